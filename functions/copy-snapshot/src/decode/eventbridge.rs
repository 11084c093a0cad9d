//! EventBridge events, by detail type. Types are compared without case: AWS's own pages spell
//! the serverless ones two ways.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use domain::port::Family;
use serde::Deserialize;
use serde_json::Value;

use super::{DecodeError, Report, Request, Subject, cloudtrail, message, staged};

pub(super) fn decode(value: &Value, staging: &str) -> Result<Request, DecodeError> {
    let event: EventBridgeEvent<Value> = EventBridgeEvent::deserialize(value)?;
    let kind = event.detail_type.to_ascii_lowercase();
    match (kind.as_str(), event.source.as_str()) {
        // Ours, sent for others to hear: answering it would be talking to ourselves.
        ("elasticache snapshot notification", "snapguard") => {
            Ok(Request::nothing("our own notification", "ElastiCache Snapshot Notification"))
        }
        ("elasticache snapshot notification", _) => {
            named(&event, "ElastiCache Snapshot Notification", None)
        }
        ("snapshot created", "aws.elasticache") => {
            named(&event, "Snapshot Created event", Some(Family::Serverless))
        }
        ("snapshot creation failed", "aws.elasticache") => {
            failed(&event, "Snapshot Creation Failed event")
        }
        ("snapshot export failed", "aws.elasticache") => {
            failed(&event, "Snapshot Export Failed event")
        }
        // The copy is another snapshot that now does not exist; the source is as it was, and is
        // looked at like any other.
        ("snapshot copy failed", "aws.elasticache") => {
            named(&event, "Snapshot Copy Failed event", Some(Family::Serverless))
        }
        ("aws api call via cloudtrail", "aws.elasticache") => cloudtrail::decode(&event.detail),
        ("object created", "aws.s3") => staged::decode(&event.detail, staging),
        _ => Err(DecodeError::Unknown(format!(
            "detail-type {:?} of source {:?}",
            shorten(&event.detail_type),
            shorten(&event.source)
        ))),
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}

/// A report of failure about a serverless snapshot.
fn failed(event: &EventBridgeEvent<Value>, kind: &'static str) -> Result<Request, DecodeError> {
    let request = named(event, kind, Some(Family::Serverless))?;
    let cause = detail(event, "Message").unwrap_or(kind).to_owned();
    let at = event.time.and_then(|t| jiff::Timestamp::from_second(t.timestamp()).ok());
    Ok(Request { failure: Some(Report { cause, at }), ..request })
}

fn detail<'a>(event: &'a EventBridgeEvent<Value>, field: &str) -> Option<&'a str> {
    let fields = event.detail.as_object()?;
    let (_, value) = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(field))?;
    value.as_str().filter(|text| !text.is_empty())
}

/// Finds the snapshot or node an event names. ARNs are trusted first: they also tell the family.
fn named(
    event: &EventBridgeEvent<Value>,
    kind: &'static str,
    family: Option<Family>,
) -> Result<Request, DecodeError> {
    let arns = event.resources.iter().flatten().map(String::as_str);
    let in_arns = arns
        .chain(detail(event, "SourceArn"))
        .chain(detail(event, "SnapshotArn"))
        .find_map(message::snapshot_arn);
    if let Some((family, name)) = in_arns {
        return Ok(Request::snapshot(name.parse().map_err(DecodeError::name(kind))?, family, kind));
    }
    let snapshot = detail(event, "SnapshotName")
        .or_else(|| detail(event, "snapshot-name"))
        .or_else(|| detail(event, "snapshot"))
        .or_else(|| detail(event, "Message").and_then(message::sentence).map(|s| s.snapshot));
    if let Some(name) = snapshot {
        return Ok(Request::snapshot(name.parse().map_err(DecodeError::name(kind))?, family, kind));
    }
    if let Some(id) = detail(event, "SourceIdentifier") {
        let source = detail(event, "SourceType").unwrap_or_default();
        // Of a node-based snapshot, the event's source is the node it was taken on.
        if source.eq_ignore_ascii_case("cache-cluster") {
            let node = id.parse().map_err(DecodeError::name(kind))?;
            return Ok(Request::about(Subject::Node(node), kind));
        }
        return Ok(Request::snapshot(id.parse().map_err(DecodeError::name(kind))?, family, kind));
    }
    if let Some(node) =
        detail(event, "CacheClusterId").or_else(|| detail(event, "cache-cluster-id"))
    {
        let node = node.parse().map_err(DecodeError::name(kind))?;
        return Ok(Request::about(Subject::Node(node), kind));
    }
    Err(DecodeError::field(
        kind,
        "it names no snapshot: expected a snapshot's ARN in resources, or detail.SnapshotName, \
         detail.SourceIdentifier or detail.CacheClusterId",
    ))
}
