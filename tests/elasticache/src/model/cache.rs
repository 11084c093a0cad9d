//! Replication groups and single clusters.
//!
//! Both are caches made of shards; a single cluster is a cache with one shard of one node. They
//! differ in how they are named and answered, not in what they do.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Engine, Tags, instant};
use crate::engine::Server;
use crate::xml::Element;

/// What a cache is to the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheKind {
    /// A replication group.
    ReplicationGroup,
    /// A cluster that belongs to no replication group.
    Cluster,
}

/// Where a cache is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheStatus {
    /// Its servers are starting.
    Creating,
    /// It serves.
    Available,
    /// It serves, and a snapshot of it is being taken.
    Snapshotting,
    /// Its servers are stopping.
    Deleting,
    /// Its servers did not start.
    CreateFailed,
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Snapshotting => "snapshotting",
            Self::Deleting => "deleting",
            Self::CreateFailed => "create-failed",
        })
    }
}

/// Where a cache's notices go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Topic {
    /// The topic.
    pub(crate) arn: String,
    /// Whether the last publishing to it was allowed.
    pub(crate) active: bool,
}

/// What a cache was asked to be.
#[derive(Clone, Debug)]
pub(crate) struct CacheSpec {
    /// Replication group or cluster.
    pub(crate) kind: CacheKind,
    /// Its name.
    pub(crate) id: String,
    /// What its owner says about it.
    pub(crate) description: String,
    /// What it runs.
    pub(crate) engine: Engine,
    /// The node type.
    pub(crate) node_type: String,
    /// Whether clients see a cluster.
    pub(crate) cluster_enabled: bool,
    /// The parameter group.
    pub(crate) parameter_group: String,
    /// The subnet group.
    pub(crate) subnet_group: Option<String>,
    /// The security groups.
    pub(crate) security_groups: Vec<String>,
    /// Where notices go.
    pub(crate) topic: Option<Topic>,
    /// For how many days automatic snapshots are kept.
    pub(crate) snapshot_retention: i64,
    /// When automatic snapshots are taken, UTC.
    pub(crate) snapshot_window: String,
    /// When maintenance happens, UTC.
    pub(crate) maintenance_window: String,
    /// The port that was asked for. Servers here listen on ports of their own.
    pub(crate) port: i64,
    /// Whether a replica takes over.
    pub(crate) automatic_failover: bool,
    /// Whether nodes are spread over zones.
    pub(crate) multi_az: bool,
    /// Whether connections were asked to be encrypted. Servers here speak in the clear.
    pub(crate) transit_encryption: bool,
    /// Whether disks were asked to be encrypted.
    pub(crate) at_rest_encryption: bool,
    /// The key for that.
    pub(crate) kms_key_id: Option<String>,
    /// Whether minor versions install themselves.
    pub(crate) auto_minor_version_upgrade: bool,
}

impl CacheSpec {
    /// `enabled` or `disabled`.
    pub(crate) fn failover(&self) -> &'static str {
        enabled(self.automatic_failover)
    }
}

/// One shard.
#[derive(Clone)]
pub(crate) struct Shard {
    /// Its number, such as `0001`.
    pub(crate) id: String,
    /// Its slots, in a cache with cluster mode enabled.
    pub(crate) slots: Option<String>,
    /// How many replicas it was asked to have. They are named, and served by the primary.
    pub(crate) replicas: usize,
    /// The primary, once it runs.
    pub(crate) server: Option<Arc<Server>>,
}

/// A node of a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) cluster_id: String,
    /// The index of its shard.
    pub(crate) shard: usize,
    /// Whether it takes writes.
    pub(crate) primary: bool,
}

/// A cache.
#[derive(Clone)]
pub(crate) struct Cache {
    /// What it was asked to be.
    pub(crate) spec: CacheSpec,
    /// Its ARN.
    pub(crate) arn: String,
    /// Where it is in its life.
    pub(crate) status: CacheStatus,
    /// Its shards, in order.
    pub(crate) shards: Vec<Shard>,
    /// When it was created.
    pub(crate) created: Timestamp,
    /// Its tags.
    pub(crate) tags: Tags,
}

impl Cache {
    /// The nodes, shard by shard, primaries first.
    ///
    /// Nodes are named `<group>-<shard>-<node>` with cluster mode enabled and `<group>-<node>`
    /// without; a single cluster is its own node.
    pub(crate) fn members(&self) -> Vec<Member> {
        let id = &self.spec.id;
        let mut members = Vec::new();
        for (index, shard) in self.shards.iter().enumerate() {
            for node in 1..=shard.replicas + 1 {
                let cluster_id = match self.spec.kind {
                    CacheKind::Cluster => id.clone(),
                    _ if self.spec.cluster_enabled => format!("{id}-{}-{node:03}", shard.id),
                    CacheKind::ReplicationGroup => format!("{id}-{node:03}"),
                };
                members.push(Member { cluster_id, shard: index, primary: node == 1 });
            }
        }
        members
    }

    /// The name of a shard's primary node.
    pub(crate) fn primary_of(&self, shard: usize) -> String {
        let primary = self.members().into_iter().find(|m| m.primary && m.shard == shard);
        primary.map_or_else(|| self.spec.id.clone(), |member| member.cluster_id)
    }

    /// The group as answers carry it.
    pub(crate) fn group_xml(&self) -> Element {
        let spec = &self.spec;
        let members = self.members();
        let multi_az = enabled(spec.multi_az);
        let encryption = match (spec.at_rest_encryption, &spec.kms_key_id) {
            (_, Some(_)) => "sse-kms",
            (true, None) => "sse-elasticache",
            (false, None) => "none",
        };
        let element = Element::new("ReplicationGroup")
            .text("ReplicationGroupId", &spec.id)
            .text("Description", &spec.description)
            .child(Element::new("GlobalReplicationGroupInfo"))
            .text("Status", self.status)
            .child(Element::new("PendingModifiedValues"))
            .list(
                "MemberClusters",
                members.iter().map(|member| Element::leaf("ClusterId", &member.cluster_id)),
            )
            .list("NodeGroups", (0..self.shards.len()).map(|shard| self.node_group_xml(shard)));
        let element = match (self.status, self.shards.first()) {
            (CacheStatus::Snapshotting, Some(_)) => {
                element.text("SnapshottingClusterId", self.primary_of(0))
            }
            _ => element,
        };
        let element = element.text("AutomaticFailover", spec.failover()).text("MultiAZ", multi_az);
        let element = match self.shards.first().and_then(|shard| shard.server.as_ref()) {
            Some(server) if spec.cluster_enabled => {
                element.child(endpoint("ConfigurationEndpoint", server))
            }
            _ => element,
        };
        element
            .text("SnapshotRetentionLimit", spec.snapshot_retention)
            .text("SnapshotWindow", &spec.snapshot_window)
            .text("ClusterEnabled", spec.cluster_enabled)
            .text("CacheNodeType", &spec.node_type)
            .text("AuthTokenEnabled", false)
            .text("TransitEncryptionEnabled", spec.transit_encryption)
            .text("AtRestEncryptionEnabled", spec.at_rest_encryption)
            .maybe("KmsKeyId", spec.kms_key_id.as_ref())
            .text("StorageEncryptionType", encryption)
            .text("ARN", &self.arn)
            .text("ReplicationGroupCreateTime", instant(self.created))
            .text("DataTiering", "disabled")
            .text("AutoMinorVersionUpgrade", spec.auto_minor_version_upgrade)
            .text("NetworkType", "ipv4")
            .text("IpDiscovery", "ipv4")
            .text("ClusterMode", enabled(spec.cluster_enabled))
            .text("Engine", spec.engine.name())
    }

    fn node_group_xml(&self, index: usize) -> Element {
        let shard = &self.shards[index];
        let members = self.members().into_iter().filter(|member| member.shard == index);
        let element =
            Element::new("NodeGroup").text("NodeGroupId", &shard.id).text("Status", self.status);
        let element = match &shard.server {
            // AWS gives shards of a cluster no endpoint of their own, since clients find them
            // through the configuration endpoint.
            Some(server) if !self.spec.cluster_enabled => element
                .child(endpoint("PrimaryEndpoint", server))
                .child(endpoint("ReaderEndpoint", server)),
            _ => element,
        };
        element.maybe("Slots", shard.slots.as_ref()).list(
            "NodeGroupMembers",
            members.map(|member| {
                let element = Element::new("NodeGroupMember")
                    .text("CacheClusterId", &member.cluster_id)
                    .text("CacheNodeId", "0001");
                let element = match &shard.server {
                    Some(server) if !self.spec.cluster_enabled => {
                        element.child(endpoint("ReadEndpoint", server))
                    }
                    _ => element,
                };
                let role = if member.primary { "primary" } else { "replica" };
                // Roles are not told for shards of a cluster, where clients ask the nodes.
                element.maybe("CurrentRole", (!self.spec.cluster_enabled).then_some(role))
            }),
        )
    }

    /// One node as answers about clusters carry it. `arn` is the node's.
    pub(crate) fn cluster_xml(&self, member: &Member, arn: &str, with_nodes: bool) -> Element {
        let spec = &self.spec;
        let group = (spec.kind == CacheKind::ReplicationGroup).then_some(&spec.id);
        let element = Element::new("CacheCluster")
            .text("CacheClusterId", &member.cluster_id)
            .text("CacheNodeType", &spec.node_type)
            .text("Engine", spec.engine.name())
            .text("EngineVersion", spec.engine.version())
            .text("CacheClusterStatus", self.status)
            .text("NumCacheNodes", 1)
            .text("CacheClusterCreateTime", instant(self.created))
            .text("PreferredMaintenanceWindow", &spec.maintenance_window)
            .child(Element::new("PendingModifiedValues"));
        let element = match &spec.topic {
            Some(topic) => element.child(
                Element::new("NotificationConfiguration")
                    .text("TopicArn", &topic.arn)
                    .text("TopicStatus", if topic.active { "active" } else { "inactive" }),
            ),
            None => element,
        };
        let element = element
            .child(Element::new("CacheSecurityGroups"))
            .child(
                Element::new("CacheParameterGroup")
                    .text("CacheParameterGroupName", &spec.parameter_group)
                    .text("ParameterApplyStatus", "in-sync")
                    .child(Element::new("CacheNodeIdsToReboot")),
            )
            .maybe("CacheSubnetGroupName", spec.subnet_group.as_ref());
        let element = match &self.shards[member.shard].server {
            Some(server) if with_nodes => element.list(
                "CacheNodes",
                [Element::new("CacheNode")
                    .text("CacheNodeId", "0001")
                    .text("CacheNodeStatus", self.status)
                    .text("CacheNodeCreateTime", instant(self.created))
                    .child(endpoint("Endpoint", server))
                    .text("ParameterGroupStatus", "in-sync")],
            ),
            _ => element,
        };
        element
            .text("AutoMinorVersionUpgrade", spec.auto_minor_version_upgrade)
            .list(
                "SecurityGroups",
                spec.security_groups.iter().map(|id| {
                    Element::new("member").text("SecurityGroupId", id).text("Status", "active")
                }),
            )
            .maybe("ReplicationGroupId", group)
            .text("SnapshotRetentionLimit", spec.snapshot_retention)
            .text("SnapshotWindow", &spec.snapshot_window)
            .text("AuthTokenEnabled", false)
            .text("TransitEncryptionEnabled", spec.transit_encryption)
            .text("AtRestEncryptionEnabled", spec.at_rest_encryption)
            .text("ARN", arn)
            .text("ReplicationGroupLogDeliveryEnabled", false)
            .text("NetworkType", "ipv4")
            .text("IpDiscovery", "ipv4")
    }
}

/// `enabled` or `disabled`.
pub(crate) fn enabled(on: bool) -> &'static str {
    if on { "enabled" } else { "disabled" }
}

fn endpoint(name: &str, server: &Server) -> Element {
    Element::new(name).text("Address", "127.0.0.1").text("Port", server.port())
}
