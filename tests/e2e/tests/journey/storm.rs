//! Fifty snapshots at once.

use futures::future::join_all;
use serde_json::json;

use crate::redis::fill;
use crate::system::System;

const CACHES: usize = 10;
const EACH: usize = 5;

/// Each notice three times, in an order of its own, half the first attempts throttled: fifty copies,
/// each object once, one journey each, no page.
#[tokio::test]
async fn fifty_snapshots_become_fifty_copies() {
    let system = System::start(&[]).await;
    let names: Vec<String> = (0..CACHES).map(|i| format!("cache-{i}")).collect();
    join_all(names.iter().enumerate().map(|(i, name)| {
        let system = &system;
        async move {
            let shards = if i == 0 { 2 } else { 1 };
            for address in system.cache(name, shards).await {
                fill(&address, 200, 100 + i).await;
            }
        }
    }))
    .await;

    // Nothing is heard of them until all are finished.
    for operation in ["CreateSnapshot", "CopySnapshot"] {
        system.inject(json!({"operation": operation, "effect": {"drop_notice": true}})).await;
    }
    join_all(names.iter().map(|cache| {
        let system = &system;
        async move {
            for n in 0..EACH {
                system.snapshot(cache, &format!("{cache}-snap-{n}")).await;
            }
        }
    }))
    .await;
    for operation in ["CopySnapshot", "DescribeSnapshots", "DescribeCacheClusters"] {
        let half =
            json!({"operation": operation, "effect": "throttle", "probability": 0.5, "times": 100});
        system.inject(half).await;
    }

    let snapshots: Vec<String> = names
        .iter()
        .flat_map(|cache| (0..EACH).map(move |n| format!("{cache}-snap-{n}")))
        .collect();
    let mut notices: Vec<usize> = (0..snapshots.len() * 3).collect();
    notices.sort_by_key(|i| (i * 77) % 150);
    for i in notices {
        let name = &snapshots[i % snapshots.len()];
        if i % 2 == 0 {
            let cache = name.split("-snap-").next().unwrap();
            let node =
                if cache == "cache-0" { "cache-0-0001-001" } else { &format!("{cache}-001") };
            system.announce(&json!({"ElastiCache:SnapshotComplete": node}).to_string()).await;
        } else {
            system.announce_snapshot(name).await;
        }
    }

    for name in &snapshots {
        let journey = system.journey(name, "copied").await;
        system.assert_copied(&journey).await;
        let audit = system.audits(name).await.remove(0);
        let copied =
            audit.entries.iter().filter(|sealed| sealed.entry().change.name() == "copied").count();
        assert_eq!(copied, 1, "{name}");
    }
    let versions = system.versions().await;
    // Shards and manifests: one cache has two shards.
    assert_eq!(versions.len(), CACHES * EACH * 2 + EACH);
    assert!(versions.values().all(|n| *n == 1), "{versions:#?}");
    assert!(system.alerts().await.is_empty());
    assert!(system.dead_letters().await.is_empty());
    system.stop().await;
}
