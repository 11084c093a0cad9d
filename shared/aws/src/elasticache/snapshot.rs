//! Snapshots as ElastiCache describes them, and what we make of that.

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{NodeSnapshot, ServerlessCacheSnapshot, Snapshot};
use aws_smithy_types::DateTime;
use domain::decide::SnapshotSeen;
use domain::id::{AccountId, CacheName, Region, SnapshotId, SnapshotName};
use domain::port::{CacheRef, ServiceError, SnapshotFacts};
use domain::source::{CacheKind, Shard, Source};
use jiff::Timestamp;

use super::failure::{code, on};
use super::misunderstood;

const NODE_BASED: &str = "elasticache:DescribeSnapshots";
const SERVERLESS: &str = "elasticache:DescribeServerlessCacheSnapshots";

/// A snapshot of either family, as described.
pub(super) enum Described {
    NodeBased(Box<Snapshot>),
    Serverless(Box<ServerlessCacheSnapshot>),
}

/// The node-based snapshot of this name.
pub(super) async fn node_based(
    client: &Client,
    name: &SnapshotName,
) -> Result<Option<Described>, ServiceError> {
    let answer = client
        .describe_snapshots()
        .snapshot_name(name.as_str())
        .show_node_group_config(true)
        .send()
        .await;
    match answer {
        Ok(page) => Ok(page
            .snapshots
            .unwrap_or_default()
            .into_iter()
            .next()
            .map(|snapshot| Described::NodeBased(Box::new(snapshot)))),
        Err(error) if code(&error) == Some("SnapshotNotFound") => Ok(None),
        Err(error) => Err(on(NODE_BASED, name.as_str(), error)),
    }
}

/// The serverless snapshot of this name.
pub(super) async fn serverless(
    client: &Client,
    name: &SnapshotName,
) -> Result<Option<Described>, ServiceError> {
    let answer = client
        .describe_serverless_cache_snapshots()
        .serverless_cache_snapshot_name(name.as_str())
        .send()
        .await;
    match answer {
        Ok(page) => Ok(page
            .serverless_cache_snapshots
            .unwrap_or_default()
            .into_iter()
            .next()
            .map(|snapshot| Described::Serverless(Box::new(snapshot)))),
        Err(error) if code(&error) == Some("ServerlessCacheSnapshotNotFound") => Ok(None),
        Err(error) => Err(on(SERVERLESS, name.as_str(), error)),
    }
}

/// Every node-based snapshot of a cache, all pages. A cache that is gone has none to show under
/// its name, or is not found: both are an empty list.
pub(super) async fn all_node_based(
    client: &Client,
    cache: &CacheRef,
) -> Result<Vec<Described>, ServiceError> {
    let call = client.describe_snapshots().show_node_group_config(true);
    let call = match cache.kind {
        CacheKind::CacheCluster => call.cache_cluster_id(cache.name.as_str()),
        CacheKind::ReplicationGroup | CacheKind::Serverless => {
            call.replication_group_id(cache.name.as_str())
        }
    };
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => found.extend(
                page.snapshots
                    .unwrap_or_default()
                    .into_iter()
                    .map(|snapshot| Described::NodeBased(Box::new(snapshot))),
            ),
            Err(error)
                if matches!(
                    code(&error),
                    Some("CacheClusterNotFound" | "ReplicationGroupNotFound" | "SnapshotNotFound")
                ) =>
            {
                return Ok(Vec::new());
            }
            Err(error) => return Err(on(NODE_BASED, cache.name.as_str(), error)),
        }
    }
    Ok(found)
}

/// Every snapshot of a serverless cache, all pages.
pub(super) async fn all_serverless(
    client: &Client,
    cache: &CacheRef,
) -> Result<Vec<Described>, ServiceError> {
    let mut pages = client
        .describe_serverless_cache_snapshots()
        .serverless_cache_name(cache.name.as_str())
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => found.extend(
                page.serverless_cache_snapshots
                    .unwrap_or_default()
                    .into_iter()
                    .map(|snapshot| Described::Serverless(Box::new(snapshot))),
            ),
            Err(error)
                if matches!(
                    code(&error),
                    Some("ServerlessCacheNotFound" | "ServerlessCacheSnapshotNotFound")
                ) =>
            {
                return Ok(Vec::new());
            }
            Err(error) => return Err(on(SERVERLESS, cache.name.as_str(), error)),
        }
    }
    Ok(found)
}

impl Described {
    /// Our view of it; `None` while ElastiCache does not yet say when all of it was taken.
    pub(super) fn facts(self, region: &Region) -> Result<Option<SnapshotFacts>, ServiceError> {
        match self {
            Self::NodeBased(snapshot) => facts_of_node_based(*snapshot, region),
            Self::Serverless(snapshot) => facts_of_serverless(*snapshot, region),
        }
    }
}

fn facts_of_node_based(
    snapshot: Snapshot,
    region: &Region,
) -> Result<Option<SnapshotFacts>, ServiceError> {
    let subject = snapshot.snapshot_name.clone().unwrap_or_default();
    let bad = |why: String| misunderstood(NODE_BASED, &subject, why);
    let nodes = in_shard_order(snapshot.node_snapshots.clone().unwrap_or_default());
    let Some(taken_at) = first_taken(&nodes, snapshot.num_node_groups) else { return Ok(None) };
    let (kind, cache) = match (&snapshot.replication_group_id, &snapshot.cache_cluster_id) {
        (Some(group), _) if !group.is_empty() => (CacheKind::ReplicationGroup, group),
        (_, Some(cluster)) => (CacheKind::CacheCluster, cluster),
        _ => return Err(bad("it names neither a replication group nor a cluster".to_owned())),
    };
    let shards: Vec<Shard> = nodes
        .iter()
        .map(|node| {
            let group = node.node_group_configuration.as_ref();
            Shard {
                node_group: node.node_group_id.clone().filter(|id| !id.is_empty()),
                slots: group.and_then(|group| group.slots.clone()).filter(|s| !s.is_empty()),
            }
        })
        .collect();
    let replicas = nodes
        .iter()
        .find_map(|node| node.node_group_configuration.as_ref()?.replica_count)
        .and_then(|count| u32::try_from(count).ok());
    let arn = snapshot.arn.clone().unwrap_or_default();
    let source = Source {
        snapshot: SnapshotId {
            region: region.clone(),
            name: subject.parse().map_err(|error| bad(format!("its name: {error}")))?,
            taken_at,
        },
        account: account(&arn).ok_or_else(|| bad(format!("its ARN {arn:?} names no account")))?,
        arn,
        cache: cache.parse::<CacheName>().map_err(|error| bad(format!("its cache: {error}")))?,
        kind,
        engine: snapshot.engine.unwrap_or_else(|| "redis".to_owned()),
        engine_version: snapshot.engine_version.unwrap_or_default(),
        node_type: snapshot.cache_node_type,
        cluster_mode: shards.len() > 1 || shards.iter().any(|shard| shard.slots.is_some()),
        shards,
        nodes_per_shard: replicas.map(|count| count + 1),
        port: snapshot.port.and_then(|port| u16::try_from(port).ok()),
        parameter_group: snapshot.cache_parameter_group_name,
        subnet_group: snapshot.cache_subnet_group_name,
        security_groups: None,
        automatic_failover: snapshot.automatic_failover.map(|status| status.as_str().to_owned()),
        transit_encryption: None,
        kms_key: snapshot.kms_key_id,
        data_tiering: snapshot.data_tiering.map(|status| status.as_str().to_owned()),
        tags: None,
    };
    let status = seen(snapshot.snapshot_status.as_deref().unwrap_or_default());
    Ok(Some(SnapshotFacts { source, status }))
}

fn facts_of_serverless(
    snapshot: ServerlessCacheSnapshot,
    region: &Region,
) -> Result<Option<SnapshotFacts>, ServiceError> {
    let subject = snapshot.serverless_cache_snapshot_name.clone().unwrap_or_default();
    let bad = |why: String| misunderstood(SERVERLESS, &subject, why);
    let Some(taken_at) = snapshot.create_time.as_ref().and_then(whole_seconds) else {
        return Ok(None);
    };
    let arn = snapshot.arn.clone().unwrap_or_default();
    let cache = snapshot
        .serverless_cache_configuration
        .ok_or_else(|| bad("it does not say which cache it was taken of".to_owned()))?;
    let source = Source {
        snapshot: SnapshotId {
            region: region.clone(),
            name: subject.parse().map_err(|error| bad(format!("its name: {error}")))?,
            taken_at,
        },
        account: account(&arn).ok_or_else(|| bad(format!("its ARN {arn:?} names no account")))?,
        arn,
        cache: cache
            .serverless_cache_name
            .unwrap_or_default()
            .parse::<CacheName>()
            .map_err(|error| bad(format!("its cache: {error}")))?,
        kind: CacheKind::Serverless,
        engine: cache.engine.unwrap_or_else(|| "redis".to_owned()),
        engine_version: cache.major_engine_version.unwrap_or_default(),
        node_type: None,
        // A serverless cache speaks the cluster protocol, but seeding another one from its files
        // takes no slots: that is what this field decides.
        cluster_mode: false,
        shards: vec![Shard { node_group: None, slots: None }],
        nodes_per_shard: None,
        port: None,
        parameter_group: None,
        subnet_group: None,
        security_groups: None,
        automatic_failover: None,
        transit_encryption: None,
        kms_key: snapshot.kms_key_id,
        data_tiering: None,
        tags: None,
    };
    let status = seen(snapshot.status.as_deref().unwrap_or_default());
    Ok(Some(SnapshotFacts { source, status }))
}

/// The order in which ElastiCache numbers exported files: by node group, not as listed.
fn in_shard_order(mut nodes: Vec<NodeSnapshot>) -> Vec<NodeSnapshot> {
    nodes.sort_by(|a, b| a.node_group_id.cmp(&b.node_group_id));
    nodes
}

/// When the first shard was taken, once every shard says when it was: until then the first could
/// still be another one, and the moment is part of the snapshot's identity.
fn first_taken(nodes: &[NodeSnapshot], groups: Option<i32>) -> Option<Timestamp> {
    if nodes.len() < usize::try_from(groups.unwrap_or(1)).unwrap_or(1) {
        return None;
    }
    let moments: Option<Vec<Timestamp>> = nodes
        .iter()
        .map(|node| node.snapshot_create_time.as_ref().and_then(whole_seconds))
        .collect();
    moments?.into_iter().min()
}

fn whole_seconds(moment: &DateTime) -> Option<Timestamp> {
    Timestamp::from_second(moment.secs()).ok()
}

/// The account in `arn:aws:elasticache:REGION:ACCOUNT:snapshot:NAME`.
fn account(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4)?.parse().ok()
}

/// The documented states are creating, available, restoring, copying and deleting; `exporting`
/// and `failed` are met as well, and there may be more.
fn seen(status: &str) -> SnapshotSeen {
    match status.to_ascii_lowercase().as_str() {
        "available" => SnapshotSeen::Available,
        "exporting" | "copying" => SnapshotSeen::Exporting,
        "failed" | "create-failed" => SnapshotSeen::Failed,
        other => SnapshotSeen::Busy(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(group: &str, taken: Option<i64>) -> NodeSnapshot {
        NodeSnapshot::builder()
            .node_group_id(group)
            .set_snapshot_create_time(taken.map(DateTime::from_secs))
            .build()
    }

    #[test]
    fn the_moment_is_the_earliest_and_waits_for_all() {
        let both = [node("0001", Some(20)), node("0002", Some(10))];
        assert_eq!(first_taken(&both, Some(2)).unwrap().as_second(), 10);
        assert_eq!(first_taken(&both[..1], Some(2)), None);
        assert_eq!(first_taken(&[node("0001", Some(20)), node("0002", None)], Some(2)), None);
        assert_eq!(first_taken(&[], None), None);
    }

    #[test]
    fn fractions_of_a_second_are_cut_off() {
        let moment = DateTime::from_secs_and_nanos(100, 999_999_999);
        assert_eq!(whole_seconds(&moment).unwrap().as_second(), 100);
    }

    #[test]
    fn a_state_nobody_documented_is_busy() {
        assert_eq!(seen("available"), SnapshotSeen::Available);
        assert_eq!(seen("exporting"), SnapshotSeen::Exporting);
        assert_eq!(seen("copying"), SnapshotSeen::Exporting);
        assert_eq!(seen("failed"), SnapshotSeen::Failed);
        assert_eq!(seen("levitating"), SnapshotSeen::Busy("levitating".to_owned()));
    }
}
