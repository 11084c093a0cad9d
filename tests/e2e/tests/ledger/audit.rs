//! What someone with write access to the table could try.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::journey::Journey;
use ledger::BrokenChain;
use tokio::process::Command;

use crate::desk::{Desk, journey};
use crate::record::lived;

pub(crate) type Key = HashMap<String, AttributeValue>;

pub(crate) async fn what_was_tampered_with_is_found(desk: &Desk) {
    assert_eq!(tampered(desk, "untouched", None).await, Ok(()));

    let doctored = r#"{"seq":3}"#;
    let unreadable = tampered(desk, "doctored", Some(("E#", 3, "entry", doctored))).await;
    assert!(matches!(unreadable, Err(BrokenChain::Unreadable { seq: 3, .. })), "{unreadable:?}");

    let other_hash = "0".repeat(64);
    assert_eq!(
        tampered(desk, "rehashed", Some(("E#", 2, "hash", &other_hash))).await,
        Err(BrokenChain::Altered { seq: 2 })
    );
    assert_eq!(
        tampered(desk, "hidden", Some(("J#", 0, "state", "failed"))).await,
        Err(BrokenChain::StateAltered)
    );
    assert_eq!(
        tampered(desk, "beheaded", Some(("J#", 0, "head", &other_hash))).await,
        Err(BrokenChain::WrongHead { version: 5, found: 5 })
    );

    let fresh = journey("shortened");
    lived(desk, &fresh).await;
    desk.client
        .delete_item()
        .table_name(desk.ledger.table())
        .set_key(Some(key(&fresh, "E#", 5)))
        .send()
        .await
        .unwrap();
    assert_eq!(chain(desk, &fresh).await, Err(BrokenChain::WrongHead { version: 5, found: 4 }));
}

/// The recipe of the ledger's README, taken from there and run by boto3: an auditor needs nothing
/// of ours.
pub(crate) async fn the_published_recipe_agrees(desk: &Desk) {
    const README: &str = include_str!("../../../../shared/ledger/README.md");
    let recipe = README.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let script = format!(
        "{recipe}\n\
         import sys, boto3\n\
         from boto3.dynamodb.conditions import Key\n\
         table = boto3.resource('dynamodb').Table('{}')\n\
         items = table.query(KeyConditionExpression=Key('pk').eq(sys.argv[1]))['Items']\n\
         state, = [item for item in items if item['sk'].startswith('J#')]\n\
         check(state, [item for item in items if item['sk'].startswith('E#')])\n",
        desk.ledger.table()
    );
    let holds = async |snapshot: &str| {
        let output = Command::new(desk.cloud.options().toolbox.python())
            .args(["-c", &script, &format!("S#us-east-1#{snapshot}")])
            .env_clear()
            .envs(desk.cloud.variables())
            .output()
            .await
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() || said.contains("AssertionError"), "{said}");
        output.status.success()
    };
    assert!(holds("untouched").await);
    for snapshot in ["rehashed", "beheaded", "shortened"] {
        assert!(!holds(snapshot).await, "{snapshot}");
    }
}

/// Lives a journey, overwrites one attribute of one item, and asks for the audit.
async fn tampered(
    desk: &Desk,
    snapshot: &str,
    change: Option<(&str, u64, &str, &str)>,
) -> Result<(), BrokenChain> {
    let fresh = journey(snapshot);
    lived(desk, &fresh).await;
    if let Some((kind, seq, name, value)) = change {
        overwrite(desk, key(&fresh, kind, seq), name, value).await;
    }
    chain(desk, &fresh).await
}

/// Sets one attribute of one item.
pub(crate) async fn overwrite(desk: &Desk, key: Key, name: &str, value: &str) {
    desk.client
        .update_item()
        .table_name(desk.ledger.table())
        .set_key(Some(key))
        .update_expression("SET #name = :value")
        .expression_attribute_names("#name", name)
        .expression_attribute_values(":value", AttributeValue::S(value.to_owned()))
        .send()
        .await
        .unwrap();
}

async fn chain(desk: &Desk, journey: &Journey) -> Result<(), BrokenChain> {
    let snapshot = &journey.id.snapshot;
    let mut audits = desk.ledger.audit(&snapshot.region, &snapshot.name).await.unwrap();
    assert_eq!(audits.len(), 1);
    audits.remove(0).chain
}

/// Spelled out and not taken from the ledger: this is the layout its README promises.
pub(crate) fn key(journey: &Journey, kind: &str, seq: u64) -> Key {
    let id = &journey.id;
    let place = format!("{kind}{}#{}", id.snapshot.stamp(), id.dr_region);
    let sk = if kind == "E#" { format!("{place}#{seq:08}") } else { place };
    let pk = format!("S#{}#{}", id.snapshot.region, id.snapshot.name);
    [("pk", pk), ("sk", sk)].map(|(k, v)| (k.to_owned(), AttributeValue::S(v))).into()
}
