//! API calls that CloudTrail reports. They say that a call was accepted, not that it is done.

use domain::port::Family;
use serde_json::Value;

use super::{DecodeError, Request, text};

const KIND: &str = "CloudTrail event";

pub(super) fn decode(detail: &Value) -> Result<Request, DecodeError> {
    if detail.get("errorCode").and_then(Value::as_str).is_some() {
        return Ok(Request::nothing("an API call that was refused", KIND));
    }
    let event = text(detail, "eventName", KIND)?;
    let parameters = detail
        .get("requestParameters")
        .filter(|p| p.is_object())
        .ok_or_else(|| DecodeError::field(KIND, "detail.requestParameters must be an object"))?;
    let to_bucket =
        parameters.get("targetBucket").and_then(Value::as_str).is_some_and(|b| !b.is_empty());
    let (field, family) = match event {
        "CreateSnapshot" => ("snapshotName", Family::NodeBased),
        // With a bucket it is an export of the source; without, a new snapshot.
        "CopySnapshot" if to_bucket => ("sourceSnapshotName", Family::NodeBased),
        "CopySnapshot" => ("targetSnapshotName", Family::NodeBased),
        "CreateServerlessCacheSnapshot" | "ExportServerlessCacheSnapshot" => {
            ("serverlessCacheSnapshotName", Family::Serverless)
        }
        "CopyServerlessCacheSnapshot" => ("targetServerlessCacheSnapshotName", Family::Serverless),
        // What a deleted snapshot's journey is worth is decided when something needs it.
        "DeleteSnapshot" | "DeleteServerlessCacheSnapshot" => {
            return Ok(Request::nothing("a snapshot was deleted", KIND));
        }
        other => {
            return Err(DecodeError::field(
                KIND,
                format!("detail.eventName {other:?} is not a snapshot operation"),
            ));
        }
    };
    let name = text(parameters, field, KIND)?;
    Ok(Request::snapshot(name.parse().map_err(DecodeError::name(KIND))?, family, KIND))
}
