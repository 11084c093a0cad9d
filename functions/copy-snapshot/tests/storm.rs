//! Many snapshots at once, notices repeated and out of order, a world that throttles.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it cannot go on")]

mod common;

use std::collections::BTreeMap;

use common::{Scene, bytes};
use domain::class::Class;
use domain::journey::{Change, State};
use proptest::prelude::*;
use serde_json::{Value, json};
use testkit::{Fault, Spoil, event, sample};

const DRS: [&str; 2] = ["eu-west-1", "eu-central-1"];

/// One run: `order` says which snapshot each notice is about, `faults` which calls are throttled.
async fn storm(snapshots: usize, order: Vec<usize>, faults: Vec<usize>) {
    // Here nothing stands between a throttled call and its attempt; the SDK retries in between.
    let scene = Scene::with(&DRS, 20);
    let sources: Vec<_> = (0..snapshots)
        .map(|i| {
            let (cache, name) = (format!("cache{}", i % 3), format!("snap{i}"));
            let shards = 1 + i % 2;
            let taken_at = format!("2026-03-07T03:{:02}:{:02}Z", i / 60, i % 60);
            let source = sample::source(&cache, &name, shards, &taken_at);
            let bodies: Vec<_> = (0..shards).map(|s| bytes(50 + i, s)).collect();
            scene.world.snapshot(&source, bodies.clone());
            (source, bodies)
        })
        .collect();
    for from in faults {
        let spoil = Spoil::Before(Class::Throttled);
        scene.world.gate.spoil(Fault { from, times: 1, spoil });
    }
    let mut waiting: Vec<Value> = order
        .iter()
        .map(|i| {
            let (source, _) = &sources[i % snapshots];
            match i % 3 {
                0 => json!({"snapshot": source.snapshot.name.as_str()}),
                1 => json!({"Type": "Notification", "Message": format!(
                    "{{\"ElastiCache:SnapshotComplete\":\"{}-0001-001\"}}", source.cache)}),
                _ => json!({"Type": "Notification", "Message": format!(
                    "Snapshot succeeded for snapshot with ID '{}' of cache cluster with ID 'x'",
                    source.snapshot.name)}),
            }
        })
        .collect();
    // Deliver everything at once, redeliver what comes back, and announce what was exported.
    for round in 0..60 {
        let deliveries = waiting.drain(..).enumerate().map(|(i, body)| {
            let scene = scene.clone();
            async move {
                let back = scene.queue(std::slice::from_ref(&body), &format!("r{round}-{i}")).await;
                (back > 0).then_some(body)
            }
        });
        let back = futures::future::join_all(deliveries).await;
        waiting.extend(back.into_iter().flatten());
        for key in scene.world.finish_exports() {
            let mut created = event::load("s3-object-created");
            created["detail"]["object"]["key"] = json!(key);
            waiting.push(created.clone());
            waiting.push(created);
        }
        if waiting.is_empty() {
            break;
        }
    }
    assert!(waiting.is_empty(), "{} notices still come back", waiting.len());
    assert!(scene.world.alerts().is_empty(), "paged: {:#?}", scene.world.alerts());
    assert!(scene.world.dead_letters().is_empty());
    let named: Vec<usize> = order.iter().map(|i| i % snapshots).collect();
    let journeys = scene.world.journeys();
    for (i, (source, bodies)) in sources.iter().enumerate() {
        if !named.contains(&i) {
            continue;
        }
        for dr in DRS {
            let of = journeys
                .iter()
                .filter(|j| j.id.snapshot == source.snapshot && j.id.dr_region.as_str() == dr);
            let states: Vec<&State> = of.map(|j| &j.state).collect();
            assert_eq!(states, [&State::Copied], "{} to {dr}", source.snapshot);
            scene.assert_copied(source, bodies, &format!("snapguard-dr-123456789012-{dr}"));
        }
        let mut exports: BTreeMap<&str, usize> = BTreeMap::new();
        let entries = scene.world.entries(source.snapshot.name.as_str());
        for entry in &entries {
            *exports.entry(entry.change.name()).or_default() += 1;
        }
        assert_eq!(exports["opened"], DRS.len());
        assert!(entries.iter().any(|e| matches!(e.change, Change::Copied { .. })));
    }
}

#[tokio::test]
async fn fifty_snapshots_with_each_notice_three_times_and_half_the_first_attempts_throttled() {
    let mut order: Vec<usize> = (0..150).collect();
    // A fixed shuffle: multiplication by a number coprime to 150.
    order.sort_by_key(|i| (i * 77) % 150);
    let faults = (0..600).filter(|n| n % 2 == 0).collect();
    storm(50, order, faults).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_storm_ends_with_one_copy_each_and_no_page(
        snapshots in 1usize..6,
        order in prop::collection::vec(0usize..60, 1..24),
        faults in prop::collection::vec(0usize..400, 0..40),
    ) {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(storm(snapshots, order, faults));
    }
}
