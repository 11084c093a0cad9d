//! Replication groups.

use super::layout::Layout;
use super::page::Page;
use super::seed::Source;
use super::spec::{self, Frame};
use super::taking::{self, Subject};
use super::{Reply, lifecycle, result};
use crate::fault::Fault;
use crate::model::{CacheKind, CacheStatus, SnapshotOrigin, Tags, cache_id, snapshot_name};
use crate::protocol::Params;
use crate::service::Call;

const KIND: CacheKind = CacheKind::ReplicationGroup;

/// What AWS takes and this endpoint does not model.
const NOT_MODELLED: [&str; 10] = [
    "GlobalReplicationGroupId",
    "PrimaryClusterId",
    "CacheSecurityGroupNames",
    "AuthToken",
    "UserGroupIds",
    "LogDeliveryConfigurations",
    "DataTieringEnabled",
    "TransitEncryptionMode",
    "ServerlessCacheSnapshotName",
    "Durability",
];

/// Creates a group.
pub(super) async fn create(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let id = cache_id("ReplicationGroupId", &params.required("ReplicationGroupId")?, 40)?;
    let description = params.required("ReplicationGroupDescription")?;
    params.refuse(&NOT_MODELLED)?;
    // One machine has one zone and one kind of address, so these make no difference.
    params.list("PreferredCacheClusterAZs", "AvailabilityZone")?;
    params.optional("NetworkType");
    params.optional("IpDiscovery");
    let source = Source::take(call, &mut params).await?;
    let layout = Layout::take(&mut params, &source)?;
    let frame = Frame {
        kind: KIND,
        id,
        description,
        cluster_enabled: layout.cluster_enabled,
        automatic_failover: layout.automatic_failover,
        restored: source.snapshot.as_ref().map(|snapshot| &snapshot.spec),
    };
    let spec = spec::take(call, &mut params, frame).await?;
    let tags = Tags::take(&mut params)?;
    params.finish()?;

    let cache = lifecycle::begin(call, spec, layout, &source, tags)?;
    Ok(result("CreateReplicationGroup").child(cache.group_xml()).into())
}

/// Describes one group or all.
pub(super) fn describe(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let id = params.optional("ReplicationGroupId").map(|id| id.to_ascii_lowercase());
    let page = Page::take(&mut params, 100)?;
    params.finish()?;
    let records: Vec<_> = call.service.store.with(&call.scope, |region| {
        let wanted = |own: &String| id.as_ref().is_none_or(|id| id == own);
        let groups = region.groups.iter().filter(|(own, _)| wanted(own));
        groups.map(|(own, group)| (own.clone(), group.group_xml())).collect()
    });
    match id {
        Some(id) if records.is_empty() => Err(Fault::group_not_found(&id)),
        _ => {
            let answer = result("DescribeReplicationGroups");
            Ok(page.list(answer, "ReplicationGroups", records).into())
        }
    }
}

/// Deletes a group, after a last snapshot if that is asked for.
pub(super) async fn delete(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let id = params.required("ReplicationGroupId")?.to_ascii_lowercase();
    if params.boolean("RetainPrimaryCluster")? == Some(true) {
        return Err(Fault::not_modelled("RetainPrimaryCluster"));
    }
    let last = params.optional("FinalSnapshotIdentifier");
    let last = last.map(|name| snapshot_name(&name)).transpose()?;
    params.finish()?;
    let directory = call.new_directory().await?;

    let (taking, xml) = call.service.store.with(&call.scope, |region| {
        let group = region.cache(KIND, &id).ok_or_else(|| Fault::group_not_found(&id))?;
        let deletable = match group.status {
            CacheStatus::Available => true,
            // There is nothing to take a snapshot of.
            CacheStatus::CreateFailed => last.is_none(),
            _ => false,
        };
        if !deletable {
            return Err(Fault::group_state(format!(
                "Replication group {id} has status {}, which is not valid for deletion.",
                group.status
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
        let group = region.cache(KIND, &id).ok_or_else(|| Fault::group_not_found(&id))?;
        group.status = CacheStatus::Deleting;
        Ok((taking, group.group_xml()))
    })?;
    tokio::spawn(taking::then_end(call.clone(), KIND, id, taking));
    Ok(result("DeleteReplicationGroup").child(xml).into())
}
