//! A direct invocation: `{"snapshot": "<name or ARN>"}`.

use domain::port::Family;
use serde::Deserialize;
use serde_json::Value;

use super::{DecodeError, Request, message};

const KIND: &str = "direct invocation";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Direct {
    snapshot: String,
}

pub(super) fn decode(value: &Value) -> Result<Request, DecodeError> {
    let direct = Direct::deserialize(value)?;
    let request = match message::snapshot_arn(&direct.snapshot) {
        Some((family, name)) => {
            Request::snapshot(name.parse().map_err(DecodeError::name(KIND))?, family, KIND)
        }
        None => Request::snapshot(
            direct.snapshot.parse().map_err(DecodeError::name(KIND))?,
            None::<Family>,
            KIND,
        ),
    };
    Ok(Request { asked: true, ..request })
}
