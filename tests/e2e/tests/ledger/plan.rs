//! Plans coming into force.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::class::Class;
use domain::plan::Plan;
use jiff::Timestamp;
use serde_json::json;

use crate::desk::{Desk, who};

fn plan(rto: &str) -> Plan {
    Plan::parse_json(&json!({
        "tiers": {"all": {
            "rpo": "48h", "rto": rto, "cadence": "24h", "dr": ["eu-west-1"],
            "retention": {"last": 3}
        }},
        "selectors": [{"tier": "all", "pattern": ".*"}]
    }))
    .unwrap()
}

pub(crate) async fn one_of_two_plans_at_once_comes_into_force(desk: &Desk) {
    let ledger = &desk.ledger;
    let at: Timestamp = "2026-03-07T03:15:00Z".parse().unwrap();
    assert_eq!(ledger.plan().await.unwrap(), None);
    assert_eq!(ledger.put_plan(&plan("1h"), &who("ann"), at, 0).await.unwrap(), 1);
    let late = ledger.put_plan(&plan("2h"), &who("bob"), at, 0).await.unwrap_err();
    assert_eq!(late.class, Class::Conflict, "{late}");

    let (third, fourth) = (plan("3h"), plan("4h"));
    let (ann, bob) = (who("ann"), who("bob"));
    let (a, b) =
        tokio::join!(ledger.put_plan(&third, &ann, at, 1), ledger.put_plan(&fourth, &bob, at, 1),);
    let (won, by, lost) = match (a, b) {
        (Ok(2), Err(lost)) => (third, ann, lost),
        (Err(lost), Ok(2)) => (fourth, bob, lost),
        other => panic!("{other:?}"),
    };
    assert_eq!(lost.class, Class::Conflict, "{lost}");
    let stored = ledger.plan().await.unwrap().unwrap();
    assert_eq!((stored.plan, stored.version, stored.who, stored.at), (won, 2, by, at));

    let kept = desk
        .client
        .query()
        .table_name(ledger.table())
        .key_condition_expression("pk = :plan AND begins_with(sk, :v)")
        .expression_attribute_values(":plan", AttributeValue::S("PLAN".to_owned()))
        .expression_attribute_values(":v", AttributeValue::S("V#".to_owned()))
        .send()
        .await
        .unwrap();
    let keys: Vec<_> = kept.items().iter().map(|item| item["sk"].as_s().unwrap()).collect();
    assert_eq!(keys, ["V#00000001", "V#00000002"]);
}
