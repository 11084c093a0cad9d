//! `Object Created` in the staging bucket: the only sign that an export has finished.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>

use domain::export;
use serde_json::Value;

use super::{DecodeError, Request, text};

const KIND: &str = "Object Created event";

pub(super) fn decode(detail: &Value, staging: &str) -> Result<Request, DecodeError> {
    let bucket = detail
        .get("bucket")
        .ok_or_else(|| DecodeError::field(KIND, "detail.bucket is missing"))
        .and_then(|bucket| text(bucket, "name", KIND))?;
    if bucket != staging {
        return Err(DecodeError::field(
            KIND,
            format!("detail.bucket.name is {bucket:?}, expected the staging bucket {staging:?}"),
        ));
    }
    let key = detail
        .get("object")
        .ok_or_else(|| DecodeError::field(KIND, "detail.object is missing"))
        .and_then(|object| text(object, "key", KIND))?;
    let name = export::snapshot_of_key(key)?;
    Ok(Request::snapshot(name, None, KIND))
}
