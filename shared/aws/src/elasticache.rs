//! Snapshots and the caches they were taken of, in one Region.

mod cache;
mod failure;
mod snapshot;

use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::config::Builder;
use domain::class::Class;
use domain::id::{BucketName, NodeName, Region, SnapshotName};
use domain::port::{CacheRef, Caches, Family, Lookup, ServiceError, SnapshotFacts};
use domain::source::{CacheKind, Source};

use crate::sdk::{self, patient};
use failure::on;

/// How long ElastiCache may take to accept an export: it checks the bucket and its own
/// permissions on it before it answers.
const EXPORT: Duration = Duration::from_secs(30);

/// ElastiCache in one Region.
#[derive(Debug, Clone)]
pub struct ElastiCache {
    client: Client,
    region: Region,
}

impl ElastiCache {
    /// A client for the caches and snapshots of `region`.
    #[must_use]
    pub fn new(config: &SdkConfig, region: &Region) -> Self {
        let config = Builder::from(config).region(sdk::region(region)).build();
        Self { client: Client::from_conf(config), region: region.clone() }
    }
}

#[async_trait]
impl Caches for ElastiCache {
    async fn snapshot(&self, family: Family, name: &SnapshotName) -> Result<Lookup, ServiceError> {
        let found = match family {
            Family::NodeBased => snapshot::node_based(&self.client, name).await?,
            Family::Serverless => snapshot::serverless(&self.client, name).await?,
        };
        let Some(found) = found else { return Ok(Lookup::Missing) };
        let facts = found.facts(&self.region)?;
        Ok(facts.map_or(Lookup::Young, |facts| Lookup::Found(Box::new(facts))))
    }

    async fn snapshots_of(&self, cache: &CacheRef) -> Result<Vec<SnapshotFacts>, ServiceError> {
        let found = match cache.kind {
            CacheKind::Serverless => snapshot::all_serverless(&self.client, cache).await?,
            CacheKind::ReplicationGroup | CacheKind::CacheCluster => {
                snapshot::all_node_based(&self.client, cache).await?
            }
        };
        let mut all = Vec::with_capacity(found.len());
        for found in found {
            match found.facts(&self.region) {
                Ok(facts) => all.extend(facts),
                // One snapshot that we cannot read must not keep the others from being copied.
                Err(error) => tracing::error!(
                    cache = %cache.name, %error, "a snapshot is passed over: it cannot be understood"
                ),
            }
        }
        all.sort_by_key(|facts| std::cmp::Reverse(facts.source.snapshot.taken_at));
        Ok(all)
    }

    async fn cache_of_node(&self, node: &NodeName) -> Result<Option<CacheRef>, ServiceError> {
        cache::of_node(&self.client, node).await
    }

    async fn complete(&self, source: Source) -> Result<Source, ServiceError> {
        cache::complete(&self.client, source).await
    }

    async fn export(
        &self,
        source: &Source,
        target: &str,
        bucket: &BucketName,
    ) -> Result<(), ServiceError> {
        let name = source.snapshot.name.as_str();
        let slow = Builder::new().timeout_config(patient(EXPORT));
        match source.kind.family() {
            Family::NodeBased => {
                let call = self
                    .client
                    .copy_snapshot()
                    .source_snapshot_name(name)
                    .target_snapshot_name(target)
                    .target_bucket(bucket.as_str());
                let answer = call.customize().config_override(slow).send().await;
                answer.map(drop).map_err(|error| on("elasticache:CopySnapshot", name, error))
            }
            Family::Serverless => {
                let call = self
                    .client
                    .export_serverless_cache_snapshot()
                    .serverless_cache_snapshot_name(name)
                    .s3_bucket_name(bucket.as_str());
                let answer = call.customize().config_override(slow).send().await;
                answer
                    .map(drop)
                    .map_err(|error| on("elasticache:ExportServerlessCacheSnapshot", name, error))
            }
        }
    }
}

/// An answer that cannot be, by our understanding of the API.
fn misunderstood(operation: &'static str, subject: &str, why: impl Into<String>) -> ServiceError {
    ServiceError::new(operation, subject, Class::Bug, why)
}

#[cfg(test)]
mod tests;
