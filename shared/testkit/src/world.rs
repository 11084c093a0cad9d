use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use domain::alert::Alert;
use domain::decide::SnapshotSeen;
use domain::id::{BucketName, NodeName};
use domain::plan::Plan;
use domain::port::CacheRef;
use domain::source::{CacheKind, Source};

use crate::gate::Gate;
use crate::journal::Book;
use crate::store::{Shelf, Version};

/// A snapshot that the fake ElastiCache knows.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) source: Source,
    pub(crate) status: SnapshotSeen,
    pub(crate) shards: Vec<Vec<u8>>,
    /// Whether ElastiCache does not yet say when it was taken.
    pub(crate) young: bool,
    pub(crate) exporting_to: Option<(BucketName, String)>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) snapshots: BTreeMap<String, Snapshot>,
    pub(crate) nodes: BTreeMap<NodeName, CacheRef>,
    pub(crate) buckets: BTreeMap<BucketName, Shelf>,
    pub(crate) books: BTreeMap<String, Book>,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) postponed: Vec<(String, Duration)>,
    pub(crate) dead: Vec<(String, String)>,
    pub(crate) plan: Option<Plan>,
    pub(crate) next_id: u64,
}

/// A world in memory. Clones are the same world.
#[derive(Clone, Default)]
pub struct World {
    pub(crate) state: Arc<Mutex<State>>,
    /// What every call passes through.
    pub gate: Gate,
}

impl World {
    /// An empty world.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A finished snapshot with these shards' bytes appears, and nodes named
    /// `<cache>-0001-001` and so on that lead to its cache.
    pub fn snapshot(&self, source: &Source, shards: Vec<Vec<u8>>) {
        let mut state = self.state();
        for (i, _) in source.shards.iter().enumerate() {
            let node: NodeName = format!("{}-{:04}-001", source.cache, i + 1).parse().unwrap();
            let cache = CacheRef { name: source.cache.clone(), kind: source.kind };
            state.nodes.insert(node, cache);
        }
        let snapshot = Snapshot {
            source: source.clone(),
            status: SnapshotSeen::Available,
            shards,
            young: false,
            exporting_to: None,
        };
        state.snapshots.insert(source.snapshot.name.to_string(), snapshot);
    }

    /// A node belongs to a replication group.
    pub fn member(&self, node: &str, group: &str) {
        let cache = CacheRef { name: group.parse().unwrap(), kind: CacheKind::ReplicationGroup };
        self.state().nodes.insert(node.parse().unwrap(), cache);
    }

    /// Sets what a snapshot is doing.
    pub fn set_status(&self, snapshot: &str, status: SnapshotSeen) {
        self.state().snapshots.get_mut(snapshot).unwrap().status = status;
    }

    /// Sets whether ElastiCache does not yet say when a snapshot was taken.
    pub fn set_young(&self, snapshot: &str, young: bool) {
        self.state().snapshots.get_mut(snapshot).unwrap().young = young;
    }

    /// Deletes a snapshot.
    pub fn delete_snapshot(&self, snapshot: &str) {
        self.state().snapshots.remove(snapshot);
    }

    /// Lets every export that is under way finish; answers the keys that were written.
    pub fn finish_exports(&self) -> Vec<String> {
        let mut written = Vec::new();
        let mut state = self.state();
        let state = &mut *state;
        for snapshot in state.snapshots.values_mut() {
            let Some((bucket, target)) = snapshot.exporting_to.take() else { continue };
            for (i, body) in snapshot.shards.iter().enumerate() {
                let key = format!("{target}-{:04}.rdb", i + 1);
                state.next_id += 1;
                let version = Version::new(body.clone(), state.next_id);
                state.buckets.entry(bucket.clone()).or_default().put(&key, version);
                written.push(key);
            }
            snapshot.status = SnapshotSeen::Available;
        }
        written
    }

    /// Puts a plan into force.
    pub fn plan(&self, document: &serde_json::Value) {
        self.state().plan = Some(Plan::parse_json(document).unwrap());
    }

    /// The current bytes of an object.
    #[must_use]
    pub fn object(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        let bucket: BucketName = bucket.parse().unwrap();
        let state = self.state();
        Some(state.buckets.get(&bucket)?.current(key)?.body.clone())
    }

    /// Every version ever written, by key: more than one means something was written twice.
    #[must_use]
    pub fn versions(&self, bucket: &str) -> BTreeMap<String, usize> {
        let bucket: BucketName = bucket.parse().unwrap();
        let state = self.state();
        state.buckets.get(&bucket).map(Shelf::versions).unwrap_or_default()
    }

    /// Writes an object behind everyone's back.
    pub fn overwrite(&self, bucket: &str, key: &str, body: Vec<u8>) {
        let bucket: BucketName = bucket.parse().unwrap();
        let mut state = self.state();
        state.next_id += 1;
        let version = Version::new(body, state.next_id);
        state.buckets.entry(bucket).or_default().put(key, version);
    }

    /// Removes the newest version of an object, as an operator does who undoes an overwrite.
    pub fn undo(&self, bucket: &str, key: &str) {
        let bucket: BucketName = bucket.parse().unwrap();
        self.state().buckets.get_mut(&bucket).unwrap().pop(key);
    }

    /// Empties a bucket, as its lifecycle does in time.
    pub fn empty(&self, bucket: &str) {
        let bucket: BucketName = bucket.parse().unwrap();
        self.state().buckets.remove(&bucket);
    }

    /// What was published, in order.
    #[must_use]
    pub fn alerts(&self) -> Vec<Alert> {
        self.state().alerts.clone()
    }

    /// What was postponed: receipts and delays.
    #[must_use]
    pub fn postponed(&self) -> Vec<(String, Duration)> {
        self.state().postponed.clone()
    }

    /// What lies in the dead-letter queue: bodies and reasons.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<(String, String)> {
        self.state().dead.clone()
    }
}
