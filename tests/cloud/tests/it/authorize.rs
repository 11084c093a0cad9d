//! The control server says who may do what, to a server that only holds the signed request.

use std::process::Command;

use crate::common::options;
use local_cloud::{Cloud, Verdict};
use serde_json::{Value, json};

const SNAPSHOT: &str = "arn:aws:elasticache:us-east-1:000000000000:snapshot:nightly";

/// What a request is signed with.
#[derive(Clone)]
struct Keys {
    id: String,
    secret: String,
    token: String,
}

/// Keys of a role that may describe snapshots and nothing else.
async fn assume_role(cloud: &Cloud) -> Keys {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::000000000000:root" },
            "Action": "sts:AssumeRole",
        },
    });
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "elasticache:DescribeSnapshots",
            "Resource": "arn:aws:elasticache:us-east-1:000000000000:snapshot:*",
        },
    });
    let role = ["iam", "create-role", "--role-name", "reader", "--assume-role-policy-document"];
    cloud.aws(&[&role[..], &[&trust.to_string()]].concat()).await.unwrap();
    let put = ["iam", "put-role-policy", "--role-name", "reader", "--policy-name", "read"];
    cloud.aws(&[&put[..], &["--policy-document", &policy.to_string()]].concat()).await.unwrap();
    let arn = "arn:aws:iam::000000000000:role/reader";
    let assume = ["sts", "assume-role", "--role-arn", arn, "--role-session-name", "test"];
    let answer = cloud.aws(&assume).await.unwrap();
    let part = |name: &str| answer["Credentials"][name].as_str().unwrap().to_owned();
    Keys { id: part("AccessKeyId"), secret: part("SecretAccessKey"), token: part("SessionToken") }
}

/// Signs a request for the action and asks whether it may be answered.
async fn ask(cloud: &Cloud, keys: &Keys, action: &str, received: Option<&str>) -> Verdict {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/signer.py");
    let signed = Command::new(cloud.options().toolbox.python())
        .arg(script)
        .args([&keys.id, &keys.secret, &keys.token, action, SNAPSHOT])
        .args(received)
        .output()
        .unwrap();
    let request: Value = serde_json::from_slice(&signed.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&signed.stderr)));
    cloud.authorize(&request).await.unwrap()
}

fn refused(verdict: Verdict) -> (String, String, u16) {
    assert!(!verdict.allowed);
    (verdict.code.unwrap(), verdict.message.unwrap(), verdict.status.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_may_do_what_its_policy_says() {
    let cloud = Cloud::start(options()).await.unwrap();
    let reader = assume_role(&cloud).await;
    let describe = "elasticache:DescribeSnapshots";

    assert!(ask(&cloud, &reader, describe, None).await.allowed);

    let denied = refused(ask(&cloud, &reader, "elasticache:CopySnapshot", None).await);
    let text = "User: arn:aws:sts::000000000000:assumed-role/reader/test is not authorized to \
                perform: elasticache:CopySnapshot on resource: \
                arn:aws:elasticache:us-east-1:000000000000:snapshot:nightly because no \
                identity-based policy allows the elasticache:CopySnapshot action";
    assert_eq!(denied, ("AccessDenied".to_owned(), text.to_owned(), 403));

    // What was signed is what must have arrived.
    let changed = Some("Action=DescribeSnapshots&SnapshotName=another");
    let forged = refused(ask(&cloud, &reader, describe, changed).await);
    assert_eq!((forged.0.as_str(), forged.2), ("SignatureDoesNotMatch", 403));

    let wrong = Keys { secret: "not the secret".to_owned(), ..reader.clone() };
    assert_eq!(refused(ask(&cloud, &wrong, describe, None).await).0, "SignatureDoesNotMatch");

    let stranger = Keys { id: "AKIASTRANGER".to_owned(), token: String::new(), ..reader };
    assert_eq!(refused(ask(&cloud, &stranger, describe, None).await).0, "InvalidClientTokenId");

    let root = Keys { id: "test".to_owned(), secret: "test".to_owned(), token: String::new() };
    assert!(ask(&cloud, &root, "elasticache:DeleteSnapshot", None).await.allowed);
    cloud.shutdown().await.unwrap();
}
