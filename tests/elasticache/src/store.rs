//! All state, by account and Region.
//!
//! One lock guards it and is never held across an await, so every change is atomic: what an
//! operation checks still holds when it acts.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{Timestamp, ToSpan as _};

use crate::engine::Server;
use crate::fault::Fault;
use crate::model::{
    Cache, CacheKind, Event, Member, ServerlessCache, ServerlessSnapshot, Snapshot, SourceType,
};
use crate::scope::Scope;

/// How many manual snapshots of a node may be made in 24 hours.
const MANUAL_PER_DAY: usize = 20;

/// The state of the whole endpoint.
#[derive(Default)]
pub(crate) struct Store {
    regions: Mutex<HashMap<Scope, Region>>,
}

/// The state of one account in one Region.
#[derive(Default)]
pub(crate) struct Region {
    /// Replication groups by name.
    pub(crate) groups: BTreeMap<String, Cache>,
    /// Clusters that belong to no group, by name.
    pub(crate) clusters: BTreeMap<String, Cache>,
    /// Snapshots by name.
    pub(crate) snapshots: BTreeMap<String, Snapshot>,
    /// Serverless caches by name.
    pub(crate) serverless: BTreeMap<String, ServerlessCache>,
    /// Their snapshots by name.
    pub(crate) serverless_snapshots: BTreeMap<String, ServerlessSnapshot>,
    /// What happened, oldest first.
    pub(crate) events: Vec<Event>,
    /// When manual snapshots of a node were made.
    manual: HashMap<String, Vec<Timestamp>>,
}

impl Store {
    /// Works on the state of one scope.
    pub(crate) fn with<T>(&self, scope: &Scope, work: impl FnOnce(&mut Region) -> T) -> T {
        // A panic while the lock was held is already reported; the state stays readable.
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        work(regions.entry(scope.clone()).or_default())
    }

    /// Every server that runs.
    pub(crate) fn servers(&self) -> Vec<Arc<Server>> {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let of_region = |region: &Region| -> Vec<Arc<Server>> {
            let caches = region.groups.values().chain(region.clusters.values());
            let shards = caches.flat_map(|cache| &cache.shards);
            let serverless = region.serverless.values().filter_map(|cache| cache.server.clone());
            shards.filter_map(|shard| shard.server.clone()).chain(serverless).collect()
        };
        regions.values().flat_map(of_region).collect()
    }
}

impl Region {
    /// The cache of this kind and name.
    pub(crate) fn cache(&mut self, kind: CacheKind, id: &str) -> Option<&mut Cache> {
        self.caches(kind).get_mut(id)
    }

    /// All caches of a kind.
    pub(crate) fn caches(&mut self, kind: CacheKind) -> &mut BTreeMap<String, Cache> {
        match kind {
            CacheKind::ReplicationGroup => &mut self.groups,
            CacheKind::Cluster => &mut self.clusters,
        }
    }

    /// Every node with its cache, in the order of node names.
    pub(crate) fn members(&self) -> BTreeMap<String, (&Cache, Member)> {
        self.groups
            .values()
            .chain(self.clusters.values())
            .flat_map(|cache| cache.members().into_iter().map(move |member| (cache, member)))
            .map(|(cache, member)| (member.cluster_id.clone(), (cache, member)))
            .collect()
    }

    /// Remembers that something happened.
    pub(crate) fn happened(&mut self, source_type: SourceType, source: &str, message: String) {
        let source = source.to_owned();
        self.events.push(Event { source_type, source, message, date: Timestamp::now() });
    }

    /// Counts one manual snapshot of each node against the quota.
    ///
    /// Deleting a snapshot gives nothing back: the quota is on making them.
    ///
    /// # Errors
    /// `SnapshotQuotaExceededFault`, and then nothing is counted.
    pub(crate) fn count_manual(&mut self, nodes: &[String], now: Timestamp) -> Result<(), Fault> {
        let day_ago = now - 24.hours();
        for node in nodes {
            let made = self.manual.entry(node.clone()).or_default();
            made.retain(|time| *time > day_ago);
            if made.len() >= MANUAL_PER_DAY {
                let message = format!(
                    "The request cannot be processed because it would exceed the maximum number \
                     of snapshots: {MANUAL_PER_DAY} manual snapshots of node {node} in 24 hours."
                );
                return Err(Fault::new("SnapshotQuotaExceededFault", 400, message));
            }
        }
        for node in nodes {
            self.manual.entry(node.clone()).or_default().push(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_is_per_node_and_day() {
        let mut region = Region::default();
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().expect("a time");
        let nodes = ["a-001".to_owned(), "b-001".to_owned()];
        for _ in 0..20 {
            region.count_manual(&nodes[..1], now).expect("within the quota");
        }
        let fault = region.count_manual(&nodes[..1], now).expect_err("the 21st");
        assert_eq!(fault.code, "SnapshotQuotaExceededFault");
        let fault = region.count_manual(&nodes, now).expect_err("one node is over");
        assert_eq!(fault.code, "SnapshotQuotaExceededFault");
        for _ in 0..20 {
            region.count_manual(&nodes[1..], now).expect("the refusal counted nothing");
        }
        region.count_manual(&nodes, now + 25.hours()).expect("a new day");
    }
}
