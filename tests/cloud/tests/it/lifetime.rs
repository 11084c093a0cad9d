//! Clouds side by side, and what is left of one that stopped.

use crate::common::options;
use local_cloud::Cloud;
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn two_clouds_share_nothing_and_leave_nothing() {
    let (one, two) = tokio::join!(Cloud::start(options()), Cloud::start(options()));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!(one.endpoint(), two.endpoint());

    one.aws(&["s3api", "create-bucket", "--bucket", "only-here"]).await.unwrap();
    let buckets = async |cloud: &Cloud| {
        let list = cloud.aws(&["s3api", "list-buckets"]).await.unwrap();
        list["Buckets"].as_array().unwrap().len()
    };
    assert_eq!((buckets(&one).await, buckets(&two).await), (1, 0));

    let directory = one.directory().to_owned();
    let addresses = [one.endpoint(), one.control()]
        .map(|url| url.strip_prefix("http://127.0.0.1:").unwrap().parse::<u16>().unwrap());
    drop(one);
    assert!(!directory.exists());
    for port in addresses {
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    }
    assert_eq!(buckets(&two).await, 0);
    two.shutdown().await.unwrap();
}
