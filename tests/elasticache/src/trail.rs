//! What CloudTrail makes of accepted calls: `AWS API Call via CloudTrail` events.
//!
//! They say that a call was accepted, not that its work is done.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::control::BusEvent;
use crate::model::instant;
use crate::protocol::Params;
use crate::scope::Scope;

/// The calls that are told. AWS tells of every call that changes something; these are the ones
/// that snapshots are about.
const TOLD: [&str; 6] = [
    "CreateSnapshot",
    "CopySnapshot",
    "DeleteSnapshot",
    "CreateServerlessCacheSnapshot",
    "ExportServerlessCacheSnapshot",
    "DeleteServerlessCacheSnapshot",
];

/// Whether calls to `operation` are told.
pub(crate) fn tells(operation: &str) -> bool {
    TOLD.contains(&operation)
}

/// The event of an accepted call.
pub(crate) fn event(
    scope: &Scope,
    operation: &str,
    params: &Params,
    response: &Value,
    request_id: &str,
) -> BusEvent {
    let request: Map<String, Value> =
        params.scalars().map(|(name, value)| (camel(name), value.into())).collect();
    let account = &scope.account;
    let detail = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "Root",
            "principalId": account,
            "arn": format!("arn:aws:iam::{account}:root"),
            "accountId": account,
        },
        "eventTime": instant(Timestamp::now()),
        "eventSource": "elasticache.amazonaws.com",
        "eventName": operation,
        "awsRegion": scope.region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "elasticache-endpoint",
        "requestParameters": request,
        "responseElements": response,
        "requestID": request_id,
        "eventID": uuid::Uuid::new_v4().to_string(),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account,
        "eventCategory": "Management",
    });
    BusEvent { detail_type: "AWS API Call via CloudTrail", detail, resources: Vec::new() }
}

/// `SourceSnapshotName` is `sourceSnapshotName` in CloudTrail.
fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_told_in_camel_case() {
        let body = b"Action=CopySnapshot&Version=2015-02-02&SourceSnapshotName=a&TargetBucket=b";
        let (operation, params) = crate::protocol::parse(body).expect("a request");
        let scope = Scope::of("test", "eu-west-1");
        let event = event(&scope, &operation, &params, &json!({"snapshotName": "a"}), "id");
        let expected = json!({"sourceSnapshotName": "a", "targetBucket": "b"});
        assert_eq!(event.detail["requestParameters"], expected);
        assert_eq!(event.detail["eventName"], "CopySnapshot");
        assert_eq!(event.detail["awsRegion"], "eu-west-1");
    }
}
