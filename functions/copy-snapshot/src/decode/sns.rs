//! What node-based caches publish to their SNS topic.
//!
//! Two forms are known: a JSON object with one key, the event, and the node as its value; and a
//! sentence that names the snapshot. Events other than snapshots share the topic.
//! <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ElastiCacheSNS.html>

use serde_json::Value;

use super::{DecodeError, Report, Request, Subject, message, text};

const KIND: &str = "SNS notice";

/// Takes the notification: an object with `Message` and `Timestamp`.
pub(super) fn decode(notification: &Value) -> Result<Request, DecodeError> {
    let body = text(notification, "Message", KIND)?;
    let at = notification
        .get("Timestamp")
        .and_then(Value::as_str)
        .and_then(|t| t.parse::<jiff::Timestamp>().ok());
    if let Some(sentence) = message::sentence(body) {
        let name = sentence.snapshot.parse().map_err(DecodeError::name(KIND))?;
        let request = Request::snapshot(name, None, KIND);
        let failure = sentence.failed.then(|| Report { cause: body.to_owned(), at });
        return Ok(Request { failure, ..request });
    }
    let event: Value = serde_json::from_str(body).map_err(|_| {
        DecodeError::field(KIND, "Message is neither JSON nor a sentence about a snapshot")
    })?;
    let Some(fields) = event.as_object().filter(|f| !f.is_empty()) else {
        return Err(DecodeError::field(KIND, "Message must be an object naming an event"));
    };
    // AWS has spelt the prefix both "ElastiCache:" and "Elasticache:".
    let find = |name: &str| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    for event in ["ElastiCache:SnapshotComplete", "ElastiCache:SnapshotFailed"] {
        if let Some((key, value)) = find(event) {
            let node = value
                .as_str()
                .ok_or_else(|| DecodeError::field(KIND, format!("{key} must name a node")))?;
            let node = node.parse().map_err(DecodeError::name(KIND))?;
            return Ok(Request::about(Subject::Node(node), KIND));
        }
    }
    if fields
        .keys()
        .any(|key| key.get(..12).is_some_and(|p| p.eq_ignore_ascii_case("elasticache:")))
    {
        return Ok(Request::nothing("an ElastiCache event that is not about a snapshot", KIND));
    }
    Err(DecodeError::field(KIND, "Message names no ElastiCache event"))
}
