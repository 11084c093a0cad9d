//! Snapshots of node-based caches.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;

use super::{CacheKind, CacheSpec, Tags, instant};
use crate::xml::Element;

/// Where a snapshot is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotStatus {
    /// Being taken.
    Creating,
    /// Complete.
    Available,
    /// A new cache is being filled from it.
    Restoring,
    /// It is the unfinished copy of another one.
    Copying,
    /// It is being written to a bucket.
    Exporting,
    /// Being deleted.
    Deleting,
    /// It could not be taken.
    Failed,
}

impl fmt::Display for SnapshotStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Restoring => "restoring",
            Self::Copying => "copying",
            Self::Exporting => "exporting",
            Self::Deleting => "deleting",
            Self::Failed => "failed",
        })
    }
}

/// Who asked for a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotOrigin {
    /// A user.
    Manual,
    /// The service, in the snapshot window.
    Automated,
}

impl SnapshotOrigin {
    /// The `SnapshotSource` of an answer. The filter of DescribeSnapshots has other words.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Automated => "automated",
        }
    }

    /// The `SnapshotSource` filter of DescribeSnapshots that selects it.
    pub(crate) fn filter(self) -> &'static str {
        match self {
            Self::Manual => "user",
            Self::Automated => "system",
        }
    }
}

/// The data of one shard.
#[derive(Clone, Debug)]
pub(crate) struct NodeSnapshot {
    /// The node it was taken from.
    pub(crate) cluster_id: String,
    /// The shard, such as `0001`.
    pub(crate) node_group_id: String,
    /// The shard's slots, when the cache has several shards' worth of them.
    pub(crate) slots: Option<String>,
    /// How many replicas the shard had.
    pub(crate) replicas: usize,
    /// When the node was created.
    pub(crate) node_created: Timestamp,
    /// When the data was taken.
    pub(crate) taken: Timestamp,
    /// The file's size in bytes, once it is there.
    pub(crate) bytes: Option<u64>,
    /// The file.
    pub(crate) file: PathBuf,
}

/// A snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// Its name, unique in account and Region.
    pub(crate) name: String,
    /// Its ARN.
    pub(crate) arn: String,
    /// Where it is in its life.
    pub(crate) status: SnapshotStatus,
    /// Who asked for it.
    pub(crate) origin: SnapshotOrigin,
    /// The cache it was taken of, as that was then.
    pub(crate) spec: CacheSpec,
    /// The node it was taken of, when the snapshot is of a node rather than of a group.
    pub(crate) of_cluster: Option<String>,
    /// When the cache was created.
    pub(crate) cache_created: Timestamp,
    /// The shards, in order.
    pub(crate) nodes: Vec<NodeSnapshot>,
    /// The key it is encrypted with.
    pub(crate) kms_key_id: Option<String>,
    /// Its tags.
    pub(crate) tags: Tags,
}

impl Snapshot {
    /// The replication group it is of.
    pub(crate) fn group_id(&self) -> Option<&str> {
        let of_group = self.spec.kind == CacheKind::ReplicationGroup && self.of_cluster.is_none();
        of_group.then_some(self.spec.id.as_str())
    }

    /// As answers carry it.
    pub(crate) fn to_xml(&self, with_node_groups: bool) -> Element {
        let spec = &self.spec;
        let of_group = self.group_id().is_some();
        let element = Element::new("Snapshot")
            .text("SnapshotName", &self.name)
            .maybe("ReplicationGroupId", self.group_id())
            .maybe("ReplicationGroupDescription", of_group.then_some(&spec.description))
            .maybe("CacheClusterId", self.of_cluster.as_ref())
            .text("SnapshotStatus", self.status)
            .text("SnapshotSource", self.origin.field())
            .text("CacheNodeType", &spec.node_type)
            .text("Engine", spec.engine.name())
            .text("EngineVersion", spec.engine.version());
        let element = if of_group {
            element
        } else {
            element
                .text("NumCacheNodes", 1)
                .text("CacheClusterCreateTime", instant(self.cache_created))
        };
        element
            .text("PreferredMaintenanceWindow", &spec.maintenance_window)
            .maybe("TopicArn", spec.topic.as_ref().map(|topic| &topic.arn))
            .text("Port", spec.port)
            .text("CacheParameterGroupName", &spec.parameter_group)
            .maybe("CacheSubnetGroupName", spec.subnet_group.as_ref())
            .text("AutoMinorVersionUpgrade", spec.auto_minor_version_upgrade)
            .text("SnapshotRetentionLimit", spec.snapshot_retention)
            .text("SnapshotWindow", &spec.snapshot_window)
            .maybe("NumNodeGroups", of_group.then_some(self.nodes.len()))
            .maybe("AutomaticFailover", of_group.then_some(spec.failover()))
            .list("NodeSnapshots", self.nodes.iter().map(|node| node.to_xml(with_node_groups)))
            .maybe("KmsKeyId", self.kms_key_id.as_ref())
            .text("ARN", &self.arn)
            .text("DataTiering", "disabled")
    }
}

impl NodeSnapshot {
    fn to_xml(&self, with_node_groups: bool) -> Element {
        let element = Element::new("NodeSnapshot")
            .text("CacheClusterId", &self.cluster_id)
            .text("NodeGroupId", &self.node_group_id)
            .text("CacheNodeId", "0001");
        let element = if with_node_groups {
            element.child(
                Element::new("NodeGroupConfiguration")
                    .text("NodeGroupId", &self.node_group_id)
                    .maybe("Slots", self.slots.as_ref())
                    .text("ReplicaCount", self.replicas),
            )
        } else {
            element
        };
        element
            .maybe("CacheSize", self.bytes.map(megabytes))
            .text("CacheNodeCreateTime", instant(self.node_created))
            .maybe("SnapshotCreateTime", self.bytes.map(|_| instant(self.taken)))
    }
}

/// A size as the service words it: whole megabytes, at least one.
fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1024 * 1024).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_whole_megabytes() {
        assert_eq!(megabytes(0), "1 MB");
        assert_eq!(megabytes(1024 * 1024), "1 MB");
        assert_eq!(megabytes(1024 * 1024 * 2 + 1), "3 MB");
    }
}
