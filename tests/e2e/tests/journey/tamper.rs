//! The copy is changed behind our back.

use aws_sdk_s3::primitives::ByteStream;
use domain::journey::State;

use crate::redis::fill;
use crate::system::{System, read};

#[tokio::test]
async fn a_changed_byte_is_noticed_and_so_is_its_repair() {
    let system = System::start(&[]).await;
    for address in system.cache("orders", 2).await {
        fill(&address, 100, 100).await;
    }
    system.snapshot("orders", "orders-1").await;
    let journey = system.journey("orders-1", "copied").await;
    system.assert_copied(&journey).await;

    let bucket = journey.bucket.as_str();
    let key = journey.copy.as_ref().unwrap().objects[1].key.clone();
    let mut bytes = read(&system.vault, bucket, &key).await.unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let put = system.vault.put_object().bucket(bucket).key(&key);
    let altered = put.body(ByteStream::from(bytes)).send().await.unwrap();

    system.announce_snapshot("orders-1").await;
    let failed = system.journey("orders-1", "failed").await;
    let State::Failed { failure } = &failed.state else { unreachable!() };
    assert!(failure.cause.contains(&key), "{}", failure.cause);
    let alert = system.alert().await;
    assert_eq!(
        (alert["severity"].as_str(), alert["step"].as_str()),
        (Some("critical"), Some("check"))
    );

    // As the alert says: the recorded version is still there, beneath.
    let version = altered.version_id().unwrap();
    let undo = system.vault.delete_object().bucket(bucket).key(&key).version_id(version);
    undo.send().await.unwrap();
    system.announce_snapshot("orders-1").await;
    let journey = system.journey("orders-1", "copied").await;
    system.assert_copied(&journey).await;
    assert_eq!(system.alert().await["status"], "resolved");
    system.stop().await;
}
