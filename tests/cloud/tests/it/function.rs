//! How the local cloud runs a function: with its role, several at once, and again after a crash.

use crate::common::{eventually, with_stand_in};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use local_cloud::{Cloud, Stacks};
use serde_json::Value;

const NAMES: [&str; 3] = ["one", "two", "three"];

async fn exists(s3: &Client, stacks: &Stacks, key: &str) -> Option<()> {
    s3.head_object().bucket(&stacks.staging_bucket).key(key).send().await.ok().map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_runs_with_its_role_several_at_once_and_again_after_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let options = with_stand_in(directory.path())
        .parameter("MaximumConcurrency", "3")
        .parameter("TimeoutSeconds", "60")
        .parameter("VisibilityTimeoutSeconds", "10");
    let cloud = Cloud::start(options).await.unwrap();
    let stacks = cloud.deploy(&mut |_| {}).await.unwrap();
    let s3 = Client::new(&cloud.sdk_config("us-east-1"));
    let queue = aws_sdk_sqs::Client::new(&cloud.sdk_config("us-east-1"));
    for name in NAMES {
        let message = queue.send_message().queue_url(&stacks.notices_queue).message_body(name);
        message.send().await.unwrap();
    }

    // None ends before `go` is there, so all that arrive are at work at the same time.
    for name in NAMES {
        eventually("three invocations at once", async || {
            exists(&s3, &stacks, &format!("arrived/{name}")).await
        })
        .await;
    }
    assert_eq!(cloud.kill_function(&stacks.copy_snapshot).await.unwrap(), 3);

    let go = s3.put_object().bucket(&stacks.staging_bucket).key("go");
    go.body(ByteStream::from_static(b"")).send().await.unwrap();
    for name in NAMES {
        let key = format!("done/{name}");
        eventually("the message again after its visibility timeout", async || {
            exists(&s3, &stacks, &key).await
        })
        .await;
        let object = s3.get_object().bucket(&stacks.staging_bucket).key(&key).send().await.unwrap();
        let bytes = object.body.collect().await.unwrap().into_bytes();
        let seen: Value = serde_json::from_slice(&bytes).unwrap();
        let identity = format!(
            "arn:aws:sts::000000000000:assumed-role/{}/{}",
            stacks.copy_snapshot_role, stacks.copy_snapshot
        );
        assert_eq!(seen["identity"], identity, "{}", cloud.log_tail());
        assert_eq!(seen["refusal"], "AccessDenied");
        assert_eq!(seen["received"], "2");
    }
    cloud.shutdown().await.unwrap();
}
