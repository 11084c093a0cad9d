//! The function over a world in memory.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of this")]

use std::sync::Arc;
use std::time::Duration;

use copy_snapshot::deps::{Deps, Settings, Vault};
use copy_snapshot::protection::Protection;
use copy_snapshot::{Answer, Error, handle};
use domain::export;
use domain::journey::Journey;
use domain::port::{Clock, Who};
use domain::source::Source;
use lambda::{Invocation, Metrics};
use serde_json::{Value, json};
use testkit::{StepClock, World, event};

pub const STAGING: &str = "snapguard-staging-123456789012-us-east-1";
pub const DR: &str = "snapguard-dr-123456789012-eu-west-1";
pub const SNAPSHOT: &str = "automatic.orders-2026-03-07-03-15";

/// A world, and the function in it.
#[derive(Clone)]
pub struct Scene {
    pub world: World,
    pub deps: Arc<Deps>,
    pub clock: Arc<StepClock>,
}

impl Scene {
    pub fn new() -> Self {
        Self::with(&["eu-west-1"], 3)
    }

    pub fn with(regions: &[&str], max_attempts: u32) -> Self {
        let world = World::new();
        let clock = Arc::new(StepClock::default());
        let ours = Arc::new(world.clone());
        let vaults = regions
            .iter()
            .map(|region| Vault {
                region: region.parse().unwrap(),
                bucket: format!("snapguard-dr-123456789012-{region}").parse().unwrap(),
                store: ours.clone(),
            })
            .collect();
        let deps = Deps {
            clock: clock.clone(),
            protection: Protection::new(ours.clone(), clock.clone()),
            caches: ours.clone(),
            journal: ours.clone(),
            staging: ours.clone(),
            vaults,
            pager: ours.clone(),
            inbox: ours,
            settings: Settings {
                region: "us-east-1".parse().unwrap(),
                staging: STAGING.parse().unwrap(),
                multipart_above: 6 << 20,
                part_size: 5 << 20,
                max_attempts,
                lease: Duration::from_secs(20),
            },
        };
        Self { world, deps: Arc::new(deps), clock }
    }

    /// Delivers a payload as an invocation of its own.
    pub async fn deliver(&self, payload: Value, request: &str) -> Result<Answer, Error> {
        let who = Who { function: "copy-snapshot".to_owned(), request_id: request.to_owned() };
        let invocation = Invocation {
            metrics: Metrics::new(&who),
            who,
            deadline: self.clock.now().checked_add(Duration::from_secs(900)).unwrap(),
        };
        handle(&self.deps, payload, invocation).await
    }

    /// Delivers notices through the queue, and says how many of them come back.
    pub async fn queue(&self, bodies: &[Value], request: &str) -> usize {
        match self.deliver(event::queue(bodies, 1), request).await.unwrap() {
            Answer::Queue(response) => response.batch_item_failures.len(),
            other => panic!("the queue was answered with {other:?}"),
        }
    }

    /// Delivers a direct invocation for a snapshot until it stops asking for more, letting exports
    /// finish in between. Every delivery is a new invocation.
    pub async fn settle(&self, snapshot: &str) {
        for round in 0..40 {
            let answer =
                self.deliver(json!({"snapshot": snapshot}), &format!("settle-{round}")).await;
            self.world.finish_exports();
            if let Ok(Answer::Journeys { journeys }) = answer
                && !journeys.is_empty()
                && journeys.iter().all(|j| matches!(j.progress, "copied" | "failed"))
            {
                return;
            }
        }
        panic!("{snapshot} does not settle: {:#?}", self.world.journeys());
    }

    pub fn journey(&self, snapshot: &str) -> Journey {
        let mut all = self.world.journeys();
        all.retain(|journey| journey.id.snapshot.name.as_str() == snapshot);
        assert_eq!(all.len(), 1, "expected one journey of {snapshot}");
        all.remove(0)
    }

    /// Every shard is in the bucket byte for byte, written once, with a manifest beside it.
    pub fn assert_copied(&self, source: &Source, shards: &[Vec<u8>], bucket: &str) {
        for (i, shard) in shards.iter().enumerate() {
            let key = export::copy_key(source, i);
            assert_eq!(self.world.object(bucket, &key).as_ref(), Some(shard), "{key}");
        }
        let manifest = self.world.object(bucket, &export::manifest_key(source)).unwrap();
        let manifest: domain::manifest::Manifest = serde_json::from_slice(&manifest).unwrap();
        assert_eq!(manifest.shards.len(), shards.len());
        assert!(manifest.source.tags.is_some(), "the manifest lacks what the live cache told");
        let versions = self.world.versions(bucket);
        assert!(versions.values().all(|n| *n == 1), "written more than once: {versions:?}");
    }
}

/// The snapshot that the samples of `events/` are about, with bytes of odd and even length.
pub fn orders(shards: usize) -> (Source, Vec<Vec<u8>>) {
    let source = testkit::sample::source("orders", SNAPSHOT, shards, "2026-03-07T03:15:07Z");
    (source, (0..shards).map(|i| bytes(1000 + i, i)).collect())
}

/// Bytes that differ by seed.
pub fn bytes(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|i| ((i * 31 + seed * 7919) >> 3) as u8).collect()
}
