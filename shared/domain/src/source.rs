//! A finished snapshot, with everything a restore will need to know about its cache.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, CacheName, SnapshotId};

/// Which of ElastiCache's three shapes the cache has. It decides which API exports the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheKind {
    /// A replication group: one or more shards.
    ReplicationGroup,
    /// A single node without a replication group.
    CacheCluster,
    /// A serverless cache.
    Serverless,
}

/// One shard of the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// The node group's id, such as `0001`. A serverless cache has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_group: Option<String>,
    /// The hash slots it holds, such as `0-8191`. Seeding a cluster-mode cache from S3 is refused
    /// without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots: Option<String>,
}

/// What was known of a snapshot and its cache when the journey began.
///
/// It is kept in the ledger and copied into the manifest, because by the time someone restores
/// it the cache, its Region or its account may be gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// Its ARN.
    pub arn: String,
    /// The account it belongs to.
    pub account: AccountId,
    /// The cache it was taken of.
    pub cache: CacheName,
    /// The cache's shape.
    pub kind: CacheKind,
    /// `redis` or `valkey`.
    pub engine: String,
    /// Full version where ElastiCache tells it (`7.1.0`), else the major version.
    pub engine_version: String,
    /// Node type such as `cache.r7g.large`; serverless caches have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_type: Option<String>,
    /// Whether cluster mode is enabled: more than one shard, or one shard that names its slots.
    pub cluster_mode: bool,
    /// The shards in the order ElastiCache numbers the exported files.
    pub shards: Vec<Shard>,
    /// Nodes in each shard, the primary included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes_per_shard: Option<u32>,
    /// TCP port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Parameter group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter_group: Option<String>,
    /// Subnet group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnet_group: Option<String>,
    /// VPC security groups. `None` when the cache was already gone and nobody could tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_groups: Option<Vec<String>>,
    /// `enabled`, `disabled` and so on, as ElastiCache says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic_failover: Option<String>,
    /// Whether traffic was encrypted in transit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transit_encryption: Option<bool>,
    /// The KMS key of the snapshot, where it has one of the customer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// `enabled` or `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_tiering: Option<String>,
    /// Tags of the cache. `None` when the cache was already gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
}
