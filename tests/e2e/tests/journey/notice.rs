//! Notices of every kind through the deployed rules, and what is none.

use local_cloud::Event;
use serde_json::json;

use crate::redis::fill;
use crate::system::System;

#[tokio::test]
async fn rules_bring_notices_and_what_is_none_becomes_a_dead_letter() {
    let system = System::start(&[]).await;
    let addresses = system.cache("orders", 1).await;
    fill(&addresses[0], 100, 100).await;

    // Nobody is told of this one but by a user's own event.
    for operation in ["CreateSnapshot", "CopySnapshot"] {
        let dropped = json!({"operation": operation, "effect": {"drop_notice": true}, "times": 1});
        system.inject(dropped).await;
    }
    system.snapshot("orders", "orders-1").await;
    let arn = "arn:aws:elasticache:us-east-1:000000000000:snapshot:orders-1";
    system
        .cloud
        .put_event(&Event {
            source: "acme.backup".to_owned(),
            resources: vec![arn.to_owned()],
            ..Event::elasticache("us-east-1", "elasticache snapshot notification", json!({}))
        })
        .await
        .unwrap();
    let journey = system.journey("orders-1", "copied").await;
    system.assert_copied(&journey).await;

    // The same again, directly: nothing is left to do.
    let answer = system.invoke(&json!({"snapshot": "orders-1"})).await;
    assert_eq!(answer["journeys"][0]["progress"], "copied", "{answer}");
    let error = system.invoke(&json!({"snapshot": "never-existed"})).await;
    assert_eq!(error["errorType"], "Invalid", "{error}");

    system.announce("this is no notice").await;
    let letters = system
        .eventually("a dead letter", async || {
            let letters = system.dead_letters().await;
            (!letters.is_empty()).then_some(letters)
        })
        .await;
    let (body, reason) = &letters[0];
    assert!(body.contains("this is no notice"), "{body}");
    assert!(reason.contains("neither JSON nor a sentence"), "{reason}");
    assert!(system.alerts().await.is_empty());
    system.stop().await;
}
