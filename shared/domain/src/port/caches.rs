use async_trait::async_trait;

use super::ServiceError;
use crate::decide::SnapshotSeen;
use crate::id::{BucketName, CacheName, NodeName, SnapshotName};
use crate::source::{CacheKind, Source};

/// Which of ElastiCache's two sets of snapshot operations knows a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// `DescribeSnapshots`, `CopySnapshot`.
    NodeBased,
    /// `DescribeServerlessCacheSnapshots`, `ExportServerlessCacheSnapshot`.
    Serverless,
}

impl CacheKind {
    /// The operations that know this kind's snapshots.
    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Self::ReplicationGroup | Self::CacheCluster => Family::NodeBased,
            Self::Serverless => Family::Serverless,
        }
    }
}

/// A cache, by name and shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheRef {
    /// Its name.
    pub name: CacheName,
    /// Its shape, which decides the parameter that selects it.
    pub kind: CacheKind,
}

/// A snapshot as described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFacts {
    /// What is known of it and its cache. Security groups and tags are not known from the
    /// snapshot alone: [`Caches::complete`] adds them.
    pub source: Source,
    /// What it is doing.
    pub status: SnapshotSeen,
}

/// What looking for a snapshot by name led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It is there.
    Found(Box<SnapshotFacts>),
    /// It is there, and so young that ElastiCache does not yet say when it was taken.
    Young,
    /// There is none.
    Missing,
}

/// ElastiCache in one Region.
#[async_trait]
pub trait Caches: Send + Sync {
    /// The snapshot of this name.
    async fn snapshot(&self, family: Family, name: &SnapshotName) -> Result<Lookup, ServiceError>;

    /// Every snapshot of a cache that has a moment it was taken at, newest first.
    async fn snapshots_of(&self, cache: &CacheRef) -> Result<Vec<SnapshotFacts>, ServiceError>;

    /// The cache a node belongs to: its replication group, or the single cluster it is. `None`
    /// where no such node exists.
    async fn cache_of_node(&self, node: &NodeName) -> Result<Option<CacheRef>, ServiceError>;

    /// Adds what only the live cache can tell: security groups, tags and so on. What a cache
    /// that is gone can no longer tell stays `None`.
    async fn complete(&self, source: Source) -> Result<Source, ServiceError>;

    /// Starts an export of the snapshot into a bucket of the same Region. Returns once
    /// ElastiCache has accepted it. `target` is ignored by serverless exports, which take none.
    ///
    /// # Errors
    /// Class `Conflict` when the snapshot is busy, or objects of that name exist already.
    async fn export(
        &self,
        source: &Source,
        target: &str,
        bucket: &BucketName,
    ) -> Result<(), ServiceError>;
}
