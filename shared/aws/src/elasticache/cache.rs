//! What only the live cache can tell.

use std::collections::BTreeMap;

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{CacheCluster, ReplicationGroup};
use domain::id::NodeName;
use domain::port::{CacheRef, ServiceError};
use domain::source::{CacheKind, Source};

use super::failure::{code, on};
use super::misunderstood;

const CLUSTERS: &str = "elasticache:DescribeCacheClusters";

/// The cache a node belongs to.
pub(super) async fn of_node(
    client: &Client,
    node: &NodeName,
) -> Result<Option<CacheRef>, ServiceError> {
    let Some(cluster) = cluster(client, node.as_str()).await? else { return Ok(None) };
    let (kind, name) = match cluster.replication_group_id {
        Some(group) if !group.is_empty() => (CacheKind::ReplicationGroup, group),
        _ => (CacheKind::CacheCluster, node.to_string()),
    };
    let name = name
        .parse()
        .map_err(|error| misunderstood(CLUSTERS, node.as_str(), format!("its cache: {error}")))?;
    Ok(Some(CacheRef { name, kind }))
}

/// Adds security groups, tags and so on, as far as the cache still exists.
pub(super) async fn complete(client: &Client, source: Source) -> Result<Source, ServiceError> {
    match source.kind {
        CacheKind::ReplicationGroup => complete_group(client, source).await,
        CacheKind::CacheCluster => complete_cluster(client, source).await,
        CacheKind::Serverless => complete_serverless(client, source).await,
    }
}

async fn complete_group(client: &Client, mut source: Source) -> Result<Source, ServiceError> {
    let Some(group) = group(client, source.cache.as_str()).await? else { return Ok(source) };
    source.transit_encryption = group.transit_encryption_enabled.or(source.transit_encryption);
    // The group knows; the snapshot lets it only be inferred.
    source.cluster_mode = group.cluster_enabled.unwrap_or(source.cluster_mode);
    // Subnet, parameter and security groups are told of its nodes, which all share them.
    if let Some(node) = group.member_clusters.as_deref().and_then(<[String]>::first)
        && let Some(cluster) = cluster(client, node).await?
    {
        source = with_network(source, &cluster);
    }
    if let Some(arn) = &group.arn {
        source.tags = tags(client, arn).await?;
    }
    Ok(source)
}

async fn complete_cluster(client: &Client, source: Source) -> Result<Source, ServiceError> {
    let Some(cluster) = cluster(client, source.cache.as_str()).await? else { return Ok(source) };
    let mut source = with_network(source, &cluster);
    source.transit_encryption = cluster.transit_encryption_enabled.or(source.transit_encryption);
    if let Some(arn) = &cluster.arn {
        source.tags = tags(client, arn).await?;
    }
    Ok(source)
}

async fn complete_serverless(client: &Client, mut source: Source) -> Result<Source, ServiceError> {
    let answer = client
        .describe_serverless_caches()
        .serverless_cache_name(source.cache.as_str())
        .send()
        .await;
    let found = match answer {
        Ok(page) => page.serverless_caches.unwrap_or_default().into_iter().next(),
        Err(error) if code(&error) == Some("ServerlessCacheNotFound") => None,
        Err(error) => {
            return Err(on("elasticache:DescribeServerlessCaches", source.cache.as_str(), error));
        }
    };
    let Some(cache) = found else { return Ok(source) };
    source.security_groups = Some(cache.security_group_ids.unwrap_or_default());
    // Serverless caches always encrypt in transit.
    source.transit_encryption = Some(true);
    source.engine_version = cache.full_engine_version.unwrap_or(source.engine_version);
    if let Some(arn) = &cache.arn {
        source.tags = tags(client, arn).await?;
    }
    Ok(source)
}

fn with_network(mut source: Source, cluster: &CacheCluster) -> Source {
    let groups = cluster.security_groups.iter().flatten();
    source.security_groups =
        Some(groups.filter_map(|group| group.security_group_id.clone()).collect());
    source.subnet_group = source.subnet_group.or_else(|| cluster.cache_subnet_group_name.clone());
    source.parameter_group = source
        .parameter_group
        .or_else(|| cluster.cache_parameter_group.as_ref()?.cache_parameter_group_name.clone());
    source
}

async fn cluster(client: &Client, name: &str) -> Result<Option<CacheCluster>, ServiceError> {
    match client.describe_cache_clusters().cache_cluster_id(name).send().await {
        Ok(page) => Ok(page.cache_clusters.unwrap_or_default().into_iter().next()),
        Err(error) if code(&error) == Some("CacheClusterNotFound") => Ok(None),
        Err(error) => Err(on(CLUSTERS, name, error)),
    }
}

async fn group(client: &Client, name: &str) -> Result<Option<ReplicationGroup>, ServiceError> {
    match client.describe_replication_groups().replication_group_id(name).send().await {
        Ok(page) => Ok(page.replication_groups.unwrap_or_default().into_iter().next()),
        Err(error) if code(&error) == Some("ReplicationGroupNotFound") => Ok(None),
        Err(error) => Err(on("elasticache:DescribeReplicationGroups", name, error)),
    }
}

/// Tags of a cache; `None` when it went away, or began to, between two calls.
async fn tags(
    client: &Client,
    arn: &str,
) -> Result<Option<BTreeMap<String, String>>, ServiceError> {
    match client.list_tags_for_resource().resource_name(arn).send().await {
        Ok(answer) => Ok(Some(
            answer
                .tag_list
                .unwrap_or_default()
                .into_iter()
                .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
                .collect(),
        )),
        Err(error)
            if code(&error).is_some_and(|code| {
                code.ends_with("NotFound") || code.starts_with("Invalid") && code.ends_with("State")
            }) =>
        {
            Ok(None)
        }
        Err(error) => Err(on("elasticache:ListTagsForResource", arn, error)),
    }
}
