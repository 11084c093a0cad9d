//! What the plan says of a cache decides whether its snapshots travel, and where to.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it cannot go on")]

mod common;

use common::{SNAPSHOT, Scene, orders};
use domain::class::Class;
use domain::journey::State;
use serde_json::{Value, json};
use testkit::event;

const DRS: [&str; 2] = ["eu-west-1", "eu-central-1"];

fn plan(selector: &Value) -> Value {
    json!({
        "tiers": {"trading": {
            "rpo": "2h", "rto": "30m", "cadence": "90m", "dr": ["eu-west-1"],
            "retention": {"last": 3},
        }},
        "selectors": [selector],
    })
}

/// The state of the journey to each of [`DRS`] after a notice under this plan.
async fn states(document: Option<&Value>) -> Vec<State> {
    let scene = Scene::with(&DRS, 3);
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    if let Some(document) = document {
        scene.world.plan(document);
    }
    scene.deliver(event::load("direct"), "first").await.unwrap();
    let journeys = scene.world.journeys();
    let state = |dr: &&str| {
        let journey = journeys.iter().find(|j| j.id.dr_region.as_str() == *dr).unwrap();
        journey.state.clone()
    };
    DRS.iter().map(state).collect()
}

#[tokio::test]
async fn without_a_plan_everything_travels_everywhere() {
    assert_eq!(states(None).await, [State::Exporting, State::Exporting]);
}

#[tokio::test]
async fn a_tier_goes_where_it_says_and_the_rest_is_recorded_as_skipped() {
    // By name, and by a tag that only the live cache tells.
    let by_name = json!({"tier": "trading", "names": ["orders"]});
    let by_tag = json!({"tier": "trading", "tags": {"team": "payments"}});
    for selector in [by_name, by_tag] {
        let states = states(Some(&plan(&selector))).await;
        assert_eq!(states[0], State::Exporting);
        let reason = "tier trading of the plan does not go there".to_owned();
        assert_eq!(states[1], State::Skipped { reason });
    }
}

#[tokio::test]
async fn a_cache_that_no_selector_matches_is_recorded_not_ignored() {
    let selector = json!({"tier": "trading", "names": ["another"]});
    let reason = "no selector of the plan matches the cache".to_owned();
    let skipped = State::Skipped { reason };
    assert_eq!(states(Some(&plan(&selector))).await, [skipped.clone(), skipped]);
}

#[tokio::test]
async fn a_plan_that_cannot_be_read_protects_everything() {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    scene.world.plan(&plan(&json!({"tier": "trading", "names": ["another"]})));
    scene.world.gate.refuse("ledger:plan", Class::Denied);
    scene.deliver(event::load("direct"), "first").await.unwrap();
    assert_eq!(scene.journey(SNAPSHOT).state, State::Exporting);
}
