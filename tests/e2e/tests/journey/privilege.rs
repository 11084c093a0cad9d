//! A permission is taken away: the right failure, one alert, and a resolve after the repair.

use domain::class::Class;
use domain::journey::{State, Step};
use serde_json::Value;

use crate::redis::fill;
use crate::system::System;

#[tokio::test]
async fn each_missing_permission_is_told_and_its_return_resolves_it() {
    let system = System::start(&[]).await;
    let addresses = system.cache("orders", 1).await;
    fill(&addresses[0], 100, 100).await;
    let cases = [
        ("elasticache:CopySnapshot", "elasticache", Step::Export),
        ("elasticache:ListTagsForResource", "elasticache", Step::Fingerprint),
        ("s3:PutObject", "snapguard-dr", Step::Copy),
    ];
    for (i, (action, on, step)) in cases.into_iter().enumerate() {
        let name = format!("orders-{i}");
        let (policy, document) = policy(&system).await;
        put(&system, &policy, &without(&document, action, on)).await;
        system.snapshot("orders", &name).await;

        let journey = system.journey(&name, "failed").await;
        let State::Failed { failure } = &journey.state else { unreachable!() };
        assert_eq!((failure.step, failure.class), (step, Class::Denied), "{action}: {failure:?}");
        let alert = system.alert().await;
        assert_eq!(alert["status"], "opened", "{action}");
        assert_eq!(alert["cache"], "orders");
        assert_eq!(alert["step"], step.name());
        assert!(!alert["action"].as_str().unwrap().is_empty());

        put(&system, &policy, &document).await;
        system.announce_snapshot(&name).await;
        let journey = system.journey(&name, "copied").await;
        system.assert_copied(&journey).await;
        let resolve = system.alert().await;
        assert_eq!(resolve["status"], "resolved", "{action}");
        assert_eq!(resolve["fingerprint"], alert["fingerprint"]);
    }
    system.stop().await;
}

/// The function's own policy: its name and its document.
async fn policy(system: &System) -> (String, Value) {
    let role = &system.stacks.copy_snapshot_role;
    let names =
        system.cloud.aws(&["iam", "list-role-policies", "--role-name", role]).await.unwrap();
    let name = names["PolicyNames"][0].as_str().unwrap().to_owned();
    let get = ["iam", "get-role-policy", "--role-name", role, "--policy-name", &name];
    let policy = system.cloud.aws(&get).await.unwrap();
    (name, policy["PolicyDocument"].clone())
}

async fn put(system: &System, name: &str, document: &Value) {
    let role = &system.stacks.copy_snapshot_role;
    let document = document.to_string();
    let put = ["iam", "put-role-policy", "--role-name", role, "--policy-name", name];
    system.cloud.aws(&[&put[..], &["--policy-document", &document]].concat()).await.unwrap();
}

/// The document without one action on one kind of resource, which it must have had.
fn without(document: &Value, action: &str, on: &str) -> Value {
    let mut document = document.clone();
    let mut found = false;
    for statement in document["Statement"].as_array_mut().unwrap() {
        if !statement["Resource"].to_string().contains(on) && statement["Resource"] != "*" {
            continue;
        }
        if let Some(actions) = statement["Action"].as_array_mut() {
            let before = actions.len();
            actions.retain(|a| a != action);
            found |= actions.len() < before;
        } else if statement["Action"] == action {
            statement["Action"] = "snapguard:Nothing".into();
            found = true;
        }
    }
    assert!(found, "the role never had {action}");
    document
}
