//! How a snapshot is taken: begun within a call, finished in the background.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::lifecycle;
use crate::engine::Server;
use crate::fault::Fault;
use crate::model::{
    CacheKind, CacheStatus, NodeSnapshot, Snapshot, SnapshotOrigin, SnapshotStatus, SourceType,
    Tags,
};
use crate::scope::Scope;
use crate::service::Call;
use crate::store::Region;

/// What a snapshot is taken of.
#[derive(Clone)]
pub(super) struct Subject {
    /// The kind of cache.
    pub(super) kind: CacheKind,
    /// Its name.
    pub(super) id: String,
    /// The node, when the snapshot is of a node of a group rather than of the group.
    pub(super) node: Option<String>,
}

/// A snapshot to be begun.
pub(super) struct Begin {
    pub(super) name: String,
    pub(super) origin: SnapshotOrigin,
    pub(super) kms_key_id: Option<String>,
    pub(super) tags: Tags,
    /// Where its files go.
    pub(super) directory: PathBuf,
}

impl Default for Begin {
    fn default() -> Self {
        Self {
            name: String::new(),
            origin: SnapshotOrigin::Manual,
            kms_key_id: None,
            tags: Tags::default(),
            directory: PathBuf::new(),
        }
    }
}

/// A snapshot that has begun.
pub(super) struct Taking {
    subject: Subject,
    name: String,
    nodes: Vec<String>,
    jobs: Vec<(Arc<Server>, PathBuf)>,
}

impl Begin {
    /// Begins: the snapshot is `creating` and the cache `snapshotting` from here on.
    ///
    /// # Errors
    /// `SnapshotAlreadyExistsFault`, `InvalidReplicationGroupState`, `InvalidCacheClusterState`,
    /// `SnapshotQuotaExceededFault`, and the not-found errors; then nothing has changed.
    pub(super) fn of(
        self,
        region: &mut Region,
        scope: &Scope,
        subject: Subject,
    ) -> Result<Taking, Fault> {
        if region.snapshots.contains_key(&self.name) {
            return Err(Fault::snapshot_exists(&self.name));
        }
        let cache = region.cache(subject.kind, &subject.id).ok_or_else(|| match subject.kind {
            CacheKind::ReplicationGroup => Fault::group_not_found(&subject.id),
            CacheKind::Cluster => Fault::cluster_not_found(&subject.id),
        })?;
        if cache.status != CacheStatus::Available {
            let (id, status) = (&subject.id, cache.status);
            return Err(match subject.kind {
                CacheKind::ReplicationGroup => Fault::group_state(format!(
                    "Cannot create snapshot: replication group {id} has status {status}, not \
                     available."
                )),
                CacheKind::Cluster => Fault::cluster_state(format!(
                    "Cannot create snapshot: cache cluster {id} has status {status}, not available."
                )),
            });
        }

        let now = Timestamp::now();
        let (mut nodes, mut jobs) = (Vec::new(), Vec::new());
        for (index, shard) in cache.shards.iter().enumerate() {
            let Some(server) = &shard.server else {
                return Err(Fault::internal(format!("Shard {} has no server.", shard.id)));
            };
            let file = self.directory.join(format!("{:04}.rdb", index + 1));
            jobs.push((Arc::clone(server), file.clone()));
            nodes.push(NodeSnapshot {
                cluster_id: subject.node.clone().unwrap_or_else(|| cache.primary_of(index)),
                node_group_id: shard.id.clone(),
                slots: shard.slots.clone(),
                replicas: shard.replicas,
                node_created: cache.created,
                taken: now,
                bytes: None,
                file,
            });
        }
        let of_cluster = match subject.kind {
            CacheKind::Cluster => Some(subject.id.clone()),
            CacheKind::ReplicationGroup => subject.node.clone(),
        };
        let snapshot = Snapshot {
            arn: scope.arn("snapshot", &self.name),
            status: SnapshotStatus::Creating,
            origin: self.origin,
            of_cluster,
            cache_created: cache.created,
            nodes,
            kms_key_id: self.kms_key_id.or_else(|| cache.spec.kms_key_id.clone()),
            tags: self.tags,
            spec: cache.spec.clone(),
            name: self.name,
        };
        let names: Vec<_> = snapshot.nodes.iter().map(|node| node.cluster_id.clone()).collect();
        if self.origin == SnapshotOrigin::Manual {
            region.count_manual(&names, now)?;
        }
        if let Some(cache) = region.cache(subject.kind, &subject.id) {
            cache.status = CacheStatus::Snapshotting;
        }
        let name = snapshot.name.clone();
        region.snapshots.insert(name.clone(), snapshot);
        Ok(Taking { subject, name, nodes: names, jobs })
    }
}

impl Taking {
    /// Saves the data and tells the world. Returns whether that succeeded.
    pub(super) async fn run(self, call: &Call) -> bool {
        let saved = if call.trouble.fail {
            Err("the work was told to fail".to_owned())
        } else {
            self.save().await
        };
        call.take_time().await;
        let (kind, id) = (self.subject.kind, &self.subject.id);
        call.service.store.with(&call.scope, |region| {
            self.settle(region, saved.as_deref().map_err(String::as_str));
        });
        let event = if saved.is_ok() { "SnapshotComplete" } else { "SnapshotFailed" };
        for node in &self.nodes {
            lifecycle::notify(call, kind, id, event, node).await;
        }
        saved.is_ok()
    }

    async fn save(&self) -> Result<Vec<u64>, String> {
        let saves = self.jobs.iter().map(|(server, file)| server.save(file));
        let sizes = futures::future::try_join_all(saves).await;
        sizes.map_err(|error| error.to_string())
    }

    fn settle(&self, region: &mut Region, saved: Result<&[u64], &str>) {
        let (kind, id) = (self.subject.kind, &self.subject.id);
        if let Some(snapshot) = region.snapshots.get_mut(&self.name) {
            match saved {
                Ok(sizes) => {
                    for (node, bytes) in snapshot.nodes.iter_mut().zip(sizes) {
                        node.bytes = Some(*bytes);
                    }
                    snapshot.status = SnapshotStatus::Available;
                }
                Err(reason) => {
                    tracing::warn!(snapshot = self.name, reason, "a snapshot failed");
                    snapshot.status = SnapshotStatus::Failed;
                }
            }
        }
        // A cache that is being deleted stays so: this was its last snapshot.
        if let Some(cache) = region.cache(kind, id)
            && cache.status == CacheStatus::Snapshotting
        {
            cache.status = CacheStatus::Available;
        }
        let outcome = if saved.is_ok() { "succeeded" } else { "failed" };
        let of = match (kind, &self.subject.node) {
            (CacheKind::ReplicationGroup, None) => format!("replication group with ID '{id}'"),
            (_, Some(node)) => format!("cache cluster with ID '{node}'"),
            (CacheKind::Cluster, None) => format!("cache cluster with ID '{id}'"),
        };
        let message = format!("Snapshot {outcome} for snapshot with ID '{}' of {of}", self.name);
        // The event is about a node, also when the snapshot is of a group.
        let node = self.nodes.first().map_or(id.as_str(), String::as_str);
        region.happened(SourceType::CacheCluster, node, message);
    }
}

/// Ends a cache, after its last snapshot if there is one. If that fails the cache stays.
pub(super) async fn then_end(call: Call, kind: CacheKind, id: String, last: Option<Taking>) {
    if let Some(taking) = last
        && !taking.run(&call).await
    {
        call.service.store.with(&call.scope, |region| {
            if let Some(cache) = region.cache(kind, &id) {
                cache.status = CacheStatus::Available;
            }
        });
        return;
    }
    lifecycle::end(&call, kind, &id).await;
}
