//! Clusters: those that stand alone, and the nodes of replication groups.

use super::layout::{Layout, ShardPlan};
use super::page::Page;
use super::seed::Source;
use super::spec::{self, Frame};
use super::taking::{self, Subject};
use super::{Reply, lifecycle, result};
use crate::fault::Fault;
use crate::model::{CacheKind, CacheStatus, SnapshotOrigin, Tags, cache_id, snapshot_name};
use crate::protocol::Params;
use crate::service::Call;

const KIND: CacheKind = CacheKind::Cluster;

/// What AWS takes and this endpoint does not model.
const NOT_MODELLED: [&str; 7] = [
    "ReplicationGroupId",
    "CacheSecurityGroupNames",
    "AuthToken",
    "OutpostMode",
    "PreferredOutpostArn",
    "PreferredOutpostArns",
    "LogDeliveryConfigurations",
];

/// Creates a cluster of one node.
pub(super) async fn create(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let id = cache_id("CacheClusterId", &params.required("CacheClusterId")?, 50)?;
    params.refuse(&NOT_MODELLED)?;
    // One machine has one zone and one kind of address, so these make no difference.
    params.optional("AZMode");
    params.optional("PreferredAvailabilityZone");
    params.list("PreferredAvailabilityZones", "PreferredAvailabilityZone")?;
    params.optional("NetworkType");
    params.optional("IpDiscovery");
    if params.integer("NumCacheNodes")?.unwrap_or(1) != 1 {
        return Err(Fault::invalid_value("NumCacheNodes must be 1 for Redis OSS and Valkey."));
    }
    let source = Source::take(call, &mut params).await?;
    if source.seeds.len() > 1 {
        return Err(Fault::invalid_combination("A cluster is restored from one snapshot file."));
    }
    let frame = Frame {
        kind: KIND,
        id,
        description: String::new(),
        cluster_enabled: false,
        automatic_failover: false,
        restored: source.snapshot.as_ref().map(|snapshot| &snapshot.spec),
    };
    let spec = spec::take(call, &mut params, frame).await?;
    let tags = Tags::take(&mut params)?;
    params.finish()?;

    let shard = ShardPlan {
        id: "0001".to_owned(),
        slots: None,
        replicas: 0,
        seed: source.seeds.first().cloned(),
    };
    let layout = Layout { cluster_enabled: false, automatic_failover: false, shards: vec![shard] };
    let cache = lifecycle::begin(call, spec, layout, &source, tags)?;
    let members = cache.members();
    let xml = members.first().map(|member| cache.cluster_xml(member, &cache.arn, false));
    Ok(xml.into_iter().fold(result("CreateCacheCluster"), crate::xml::Element::child).into())
}

/// Describes one cluster or all, nodes of replication groups included.
pub(super) fn describe(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let id = params.optional("CacheClusterId").map(|id| id.to_ascii_lowercase());
    let with_nodes = params.boolean("ShowCacheNodeInfo")?.unwrap_or(false);
    let only_single = params.boolean("ShowCacheClustersNotInReplicationGroups")?.unwrap_or(false);
    let page = Page::take(&mut params, 100)?;
    params.finish()?;
    let records: Vec<_> = call.service.store.with(&call.scope, |region| {
        region
            .members()
            .into_iter()
            .filter(|(own, _)| id.as_ref().is_none_or(|id| id == own))
            .filter(|(_, (cache, _))| !only_single || cache.spec.kind == KIND)
            .map(|(own, (cache, member))| {
                let arn = call.scope.arn("cluster", &own);
                (own, cache.cluster_xml(&member, &arn, with_nodes))
            })
            .collect()
    });
    match id {
        Some(id) if records.is_empty() => Err(Fault::cluster_not_found(&id)),
        _ => Ok(page.list(result("DescribeCacheClusters"), "CacheClusters", records).into()),
    }
}

/// Deletes a cluster that belongs to no group, after a last snapshot if that is asked for.
pub(super) async fn delete(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let id = params.required("CacheClusterId")?.to_ascii_lowercase();
    let last = params.optional("FinalSnapshotIdentifier");
    let last = last.map(|name| snapshot_name(&name)).transpose()?;
    params.finish()?;
    let directory = call.new_directory().await?;

    let (taking, xml) = call.service.store.with(&call.scope, |region| {
        if !region.clusters.contains_key(&id) && region.members().contains_key(&id) {
            return Err(Fault::cluster_state(format!(
                "Cache cluster {id} is a node of a replication group; this endpoint deletes \
                 groups as a whole."
            )));
        }
        let cluster = region.cache(KIND, &id).ok_or_else(|| Fault::cluster_not_found(&id))?;
        let deletable = match cluster.status {
            CacheStatus::Available => true,
            CacheStatus::CreateFailed => last.is_none(),
            _ => false,
        };
        if !deletable {
            return Err(Fault::cluster_state(format!(
                "Cache cluster {id} has status {}, which is not valid for deletion.",
                cluster.status
            )));
        }
        let taking = match last {
            Some(name) => {
                let subject = Subject { kind: KIND, id: id.clone(), node: None };
                let origin = SnapshotOrigin::Manual;
                let begun = taking::Begin { name, origin, directory, ..Default::default() };
                Some(begun.of(region, &call.scope, subject)?)
            }
            None => None,
        };
        let cluster = region.cache(KIND, &id).ok_or_else(|| Fault::cluster_not_found(&id))?;
        cluster.status = CacheStatus::Deleting;
        let members = cluster.members();
        let xml = members.first().map(|member| cluster.cluster_xml(member, &cluster.arn, false));
        Ok((taking, xml))
    })?;
    tokio::spawn(taking::then_end(call.clone(), KIND, id, taking));
    Ok(xml.into_iter().fold(result("DeleteCacheCluster"), crate::xml::Element::child).into())
}
