//! The two servers together: a snapshot is exported into the templates' own staging bucket, and the
//! notices of it arrive in their queue.

use serde_json::Value;

use crate::common::{eventually, read_until, with_stand_in};
use local_cloud::Cloud;

#[tokio::test(flavor = "multi_thread")]
async fn an_export_and_its_notices_arrive() {
    let directory = tempfile::tempdir().unwrap();
    let binaries = local_cloud::build(&["elasticache-endpoint"]).await.unwrap();
    let options = with_stand_in(directory.path())
        .endpoint(&binaries["elasticache-endpoint"])
        .parameter("Intake", "paused");
    let cloud = Cloud::start(options).await.unwrap();
    let stacks = cloud.deploy(&mut |_| {}).await.unwrap();

    // The CLI acts; it is too slow to be asked again and again.
    let caches = aws_sdk_elasticache::Client::new(&cloud.elasticache_config("us-east-1").unwrap());
    let create = ["elasticache", "create-replication-group", "--replication-group-id", "orders"];
    let rest = ["--replication-group-description", "orders", "--engine", "redis"];
    let size = ["--cache-node-type", "cache.t4g.small", "--num-cache-clusters", "1"];
    let topic = ["--notification-topic-arn", &stacks.notification_topic];
    cloud.aws(&[&create[..], &rest, &size, &topic].concat()).await.unwrap();
    eventually("an available group", async || {
        let found = caches.describe_replication_groups().send().await.unwrap();
        (found.replication_groups()[0].status() == Some("available")).then_some(())
    })
    .await;

    let snapshot = ["elasticache", "create-snapshot", "--replication-group-id", "orders"];
    cloud.aws(&[&snapshot[..], &["--snapshot-name", "nightly"]].concat()).await.unwrap();
    eventually("an available snapshot", async || {
        let found = caches.describe_snapshots().snapshot_name("nightly").send().await.unwrap();
        (found.snapshots()[0].snapshot_status() == Some("available")).then_some(())
    })
    .await;

    let copy = ["elasticache", "copy-snapshot", "--source-snapshot-name", "nightly"];
    let target = ["--target-snapshot-name", "orders/nightly"];
    let bucket = ["--target-bucket", &stacks.staging_bucket];
    cloud.aws(&[&copy[..], &target, &bucket].concat()).await.unwrap();

    let notices = read_until(&cloud, &stacks, "orders/nightly-0001.rdb").await;
    let about = |test: &dyn Fn(&Value) -> bool| notices.iter().filter(|body| test(body)).count();
    assert_eq!(about(&|body| body["detail"]["eventName"] == "CreateSnapshot"), 1);
    assert_eq!(about(&|body| body["detail"]["eventName"] == "CopySnapshot"), 1);
    let complete = r#"{"ElastiCache:SnapshotComplete":"orders-001"}"#;
    assert_eq!(about(&|body| body["Message"] == complete), 1, "{notices:#?}");
    cloud.shutdown().await.unwrap();
}
