//! The samples of `events/`.

use std::path::PathBuf;

use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// One sample, by file name without its ending.
#[must_use]
pub fn load(name: &str) -> Value {
    let path = folder().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every sample: its name and its content.
#[must_use]
pub fn all() -> Vec<(String, Value)> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), load(&name))).collect()
}

/// A queue event that carries each body as one message delivered for the `deliveries`-th time.
#[must_use]
pub fn queue(bodies: &[Value], deliveries: u32) -> Value {
    let records: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(i, body)| {
            let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
            serde_json::json!({
                "messageId": format!("message-{i}"),
                "receiptHandle": format!("receipt-{i}"),
                "body": body,
                "attributes": {"ApproximateReceiveCount": deliveries.to_string()},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:snapguard-notices",
                "awsRegion": "us-east-1",
            })
        })
        .collect();
    serde_json::json!({ "Records": records })
}
