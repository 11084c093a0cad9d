//! The templates, deployed to the local cloud as they are: what reaches the queue.

use crate::common::{read_until, with_stand_in};
use aws_sdk_s3::primitives::ByteStream;
use local_cloud::{Cloud, Event};
use serde_json::{Value, json};

/// What a notice is about, short enough to compare.
fn name(body: &Value) -> String {
    let of = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    if body["Type"] == "Notification" {
        return format!("sns {}", of("Message"));
    }
    let detail = &body["detail"];
    let subject = detail["object"]["key"].as_str().or(detail["eventName"].as_str());
    [of("source"), of("detail-type"), subject.unwrap_or_default().to_owned()].join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_notice_reaches_the_queue_and_nothing_else_does() {
    let directory = tempfile::tempdir().unwrap();
    let options = with_stand_in(directory.path()).parameter("Intake", "paused");
    let cloud = Cloud::start(options).await.unwrap();
    let stacks = cloud.deploy(&mut |_| {}).await.unwrap();
    assert_eq!(stacks.dr_buckets["eu-west-1"], "snapguard-dr-000000000000-eu-west-1");

    // From users' own automation, by the door that AWS has for it.
    for (source, detail_type) in [
        ("our.automation", "ElastiCache Snapshot Notification"),
        ("our.automation", "elasticache snapshot notification"),
        ("snapguard", "ElastiCache Snapshot Notification"),
        ("our.automation", "Snapshot Created"),
    ] {
        let entry = json!([{ "Source": source, "DetailType": detail_type, "Detail": "{}" }]);
        let answer = cloud.aws(&["events", "put-events", "--entries", &entry.to_string()]).await;
        assert_eq!(answer.unwrap()["FailedEntryCount"], 0);
    }

    // From the services, both spellings.
    for detail_type in [
        "Snapshot Created",
        "Snapshot created",
        "Snapshot creation failed",
        "Snapshot Copy Failed",
        "Snapshot export failed",
        "Cache Updated",
    ] {
        cloud.put_event(&Event::elasticache("us-east-1", detail_type, json!({}))).await.unwrap();
    }
    cloud
        .put_event(&Event::elasticache("eu-west-1", "Snapshot Copy Failed", json!({})))
        .await
        .unwrap();
    for call in ["CreateSnapshot", "ExportServerlessCacheSnapshot", "CreateReplicationGroup"] {
        let detail = json!({ "eventSource": "elasticache.amazonaws.com", "eventName": call });
        let event = Event::elasticache("us-east-1", "AWS API Call via CloudTrail", detail);
        cloud.put_event(&event).await.unwrap();
    }

    // From the buckets.
    let s3 = aws_sdk_s3::Client::new(&cloud.sdk_config("us-east-1"));
    for key in ["exports/one-0001.rdb", "exports/one-manifest.json"] {
        let body = ByteStream::from_static(b"REDIS");
        s3.put_object().bucket(&stacks.staging_bucket).key(key).body(body).send().await.unwrap();
    }
    let body = ByteStream::from_static(b"REDIS");
    let other = s3.put_object().bucket("snapguard-artifacts").key("other-0001.rdb").body(body);
    other.send().await.unwrap();

    // From node-based caches; the last one.
    let sns = aws_sdk_sns::Client::new(&cloud.sdk_config("us-east-1"));
    sns.publish()
        .topic_arn(&stacks.notification_topic)
        .message("Snapshot succeeded for snapshot with ID 'last'")
        .send()
        .await
        .unwrap();

    let bodies = read_until(&cloud, &stacks, "with ID 'last'").await;
    let mut names: Vec<_> = bodies.iter().map(name).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "aws.elasticache AWS API Call via CloudTrail CreateSnapshot",
            "aws.elasticache AWS API Call via CloudTrail ExportServerlessCacheSnapshot",
            "aws.elasticache Snapshot Copy Failed ",
            "aws.elasticache Snapshot Created ",
            "aws.elasticache Snapshot created ",
            "aws.elasticache Snapshot creation failed ",
            "aws.elasticache Snapshot export failed ",
            "aws.s3 Object Created exports/one-0001.rdb",
            "our.automation ElastiCache Snapshot Notification ",
            "our.automation elasticache snapshot notification ",
            "sns Snapshot succeeded for snapshot with ID 'last'",
        ]
    );
    cloud.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn deploying_again_updates() {
    let directory = tempfile::tempdir().unwrap();
    let options = with_stand_in(directory.path()).parameter("Intake", "paused");
    let mut cloud = Cloud::start(options).await.unwrap();
    let first = cloud.deploy(&mut |_| {}).await.unwrap();
    cloud.options_mut().parameters.push(("MaxAttempts".to_owned(), "7".to_owned()));
    let second = cloud.deploy(&mut |_| {}).await.unwrap();
    assert_eq!(first, second);

    let get = ["lambda", "get-function-configuration", "--function-name", &second.copy_snapshot];
    let function = cloud.aws(&get).await.unwrap();
    assert_eq!(function["Environment"]["Variables"]["MAX_ATTEMPTS"], "7");
    cloud.shutdown().await.unwrap();
}
