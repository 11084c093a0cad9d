//! Snapshots: made, described, deleted.

use jiff::Timestamp;
use serde_json::json;

use super::page::Page;
use super::taking::{Begin, Subject, Taking};
use super::{Reply, result};
use crate::fault::Fault;
use crate::model::{
    CacheKind, Snapshot, SnapshotOrigin, SnapshotStatus, Tags, instant, snapshot_name,
};
use crate::protocol::Params;
use crate::service::Call;
use crate::store::Region;

/// Takes a manual snapshot.
pub(super) async fn create(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let name = snapshot_name(&params.required("SnapshotName")?)?;
    let group = params.optional("ReplicationGroupId").map(|id| id.to_ascii_lowercase());
    let cluster = params.optional("CacheClusterId").map(|id| id.to_ascii_lowercase());
    let kms_key_id = params.optional("KmsKeyId");
    let tags = Tags::take(&mut params)?;
    params.finish()?;
    let directory = call.new_directory().await?;

    let taking = call.service.store.with(&call.scope, |region| {
        let subject = subject(region, group, cluster)?;
        let origin = SnapshotOrigin::Manual;
        let begin = Begin { name: name.clone(), origin, kms_key_id, tags, directory };
        begin.of(region, &call.scope, subject)
    })?;
    finish(call, &name, taking, "CreateSnapshot")
}

/// Takes an automatic snapshot now, as the service does in the snapshot window.
///
/// Groups with cluster mode enabled have snapshots of the group; all others have snapshots of a
/// node, named after that node.
///
/// # Errors
/// As CreateSnapshot.
pub(crate) async fn automatic(call: &Call, cache: &str) -> Result<String, Fault> {
    let directory = call.new_directory().await?;
    let (name, taking) = call.service.store.with(&call.scope, |region| {
        let (kind, node) = match (region.groups.get(cache), region.clusters.get(cache)) {
            (Some(group), _) if group.spec.cluster_enabled => (CacheKind::ReplicationGroup, None),
            (Some(group), _) => (CacheKind::ReplicationGroup, Some(group.primary_of(0))),
            (None, Some(_)) => (CacheKind::Cluster, None),
            (None, None) => return Err(Fault::cluster_not_found(cache)),
        };
        let minute = Timestamp::now().strftime("%Y-%m-%d-%H-%M");
        let name = format!("automatic.{}-{minute}", node.as_deref().unwrap_or(cache));
        let origin = SnapshotOrigin::Automated;
        let begin = Begin { name: name.clone(), origin, directory, ..Default::default() };
        let subject = Subject { kind, id: cache.to_owned(), node };
        Ok((name, begin.of(region, &call.scope, subject)?))
    })?;
    let call = call.clone();
    tokio::spawn(async move { taking.run(&call).await });
    Ok(name)
}

fn subject(
    region: &mut Region,
    group: Option<String>,
    cluster: Option<String>,
) -> Result<Subject, Fault> {
    match (group, cluster) {
        (Some(id), None) => Ok(Subject { kind: CacheKind::ReplicationGroup, id, node: None }),
        (None, Some(id)) => {
            let members = region.members();
            let (cache, _) = members.get(&id).ok_or_else(|| Fault::cluster_not_found(&id))?;
            match cache.spec.kind {
                CacheKind::Cluster => Ok(Subject { kind: CacheKind::Cluster, id, node: None }),
                CacheKind::ReplicationGroup if cache.spec.cluster_enabled => {
                    Err(Fault::invalid_combination(format!(
                        "Cache cluster {id} is a shard's node: with cluster mode enabled, \
                         snapshots are of the replication group {}.",
                        cache.spec.id
                    )))
                }
                kind => Ok(Subject { kind, id: cache.spec.id.clone(), node: Some(id) }),
            }
        }
        _ => Err(Fault::invalid_combination(
            "Exactly one of ReplicationGroupId and CacheClusterId must be given.",
        )),
    }
}

fn finish(call: &Call, name: &str, taking: Taking, operation: &str) -> Result<Reply, Fault> {
    let reply = call.service.store.with(&call.scope, |region| {
        let snapshot = region.snapshots.get(name).ok_or_else(|| Fault::snapshot_not_found(name))?;
        Ok(reply(operation, snapshot))
    });
    let call = call.clone();
    tokio::spawn(async move { taking.run(&call).await });
    reply
}

/// The answer that carries one snapshot.
pub(super) fn reply(operation: &str, snapshot: &Snapshot) -> Reply {
    Reply {
        result: result(operation).child(snapshot.to_xml(false)),
        told: json!({
            "snapshotName": snapshot.name,
            "snapshotStatus": snapshot.status.to_string(),
            "snapshotSource": snapshot.origin.field(),
            "replicationGroupId": snapshot.group_id(),
            "cacheClusterId": snapshot.of_cluster,
            "engine": snapshot.spec.engine.name(),
            "engineVersion": snapshot.spec.engine.version(),
            "cacheClusterCreateTime": instant(snapshot.cache_created),
            "aRN": snapshot.arn,
        }),
    }
}

/// Describes snapshots.
pub(super) fn describe(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let group = params.optional("ReplicationGroupId").map(|id| id.to_ascii_lowercase());
    let cluster = params.optional("CacheClusterId").map(|id| id.to_ascii_lowercase());
    let name = params.optional("SnapshotName").map(|name| name.to_ascii_lowercase());
    let source = params.optional("SnapshotSource");
    let with_node_groups = params.boolean("ShowNodeGroupConfig")?.unwrap_or(false);
    let page = Page::take(&mut params, 50)?;
    params.finish()?;
    if group.is_some() && cluster.is_some() {
        return Err(Fault::invalid_combination(
            "ReplicationGroupId and CacheClusterId cannot both be given.",
        ));
    }
    if let Some(source) = &source
        && !["system", "user"].contains(&source.as_str())
    {
        return Err(Fault::invalid_value(format!(
            "Invalid SnapshotSource: {source}. It must be system or user."
        )));
    }

    call.service.store.with(&call.scope, |region| {
        let matches = |snapshot: &Snapshot| {
            group.as_deref().is_none_or(|id| snapshot.group_id() == Some(id))
                && cluster.as_ref().is_none_or(|id| snapshot.of_cluster.as_ref() == Some(id))
                && name.as_ref().is_none_or(|name| *name == snapshot.name)
                && source.as_deref().is_none_or(|source| source == snapshot.origin.filter())
        };
        let records: Vec<_> = region
            .snapshots
            .values()
            .filter(|snapshot| matches(snapshot))
            .map(|snapshot| (snapshot.name.clone(), snapshot.to_xml(with_node_groups)))
            .collect();
        match (&name, &cluster) {
            (Some(name), _) if records.is_empty() => Err(Fault::snapshot_not_found(name)),
            // Snapshots outlive their cluster, so only one that left none is unknown.
            (_, Some(id)) if records.is_empty() && !region.members().contains_key(id) => {
                Err(Fault::cluster_not_found(id))
            }
            _ => Ok(page.list(result("DescribeSnapshots"), "Snapshots", records).into()),
        }
    })
}

/// Deletes a snapshot.
pub(super) fn delete(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let name = params.required("SnapshotName")?.to_ascii_lowercase();
    params.finish()?;
    let (answer, files) = call.service.store.with(&call.scope, |region| {
        let snapshot =
            region.snapshots.get_mut(&name).ok_or_else(|| Fault::snapshot_not_found(&name))?;
        if !matches!(snapshot.status, SnapshotStatus::Available | SnapshotStatus::Failed) {
            return Err(Fault::snapshot_state(format!(
                "Snapshot {name} has status {} and cannot be deleted.",
                snapshot.status
            )));
        }
        snapshot.status = SnapshotStatus::Deleting;
        let files: Vec<_> = snapshot.nodes.iter().map(|node| node.file.clone()).collect();
        Ok((reply("DeleteSnapshot", snapshot), files))
    })?;
    let call = call.clone();
    tokio::spawn(async move {
        call.take_time().await;
        call.service.store.with(&call.scope, |region| region.snapshots.remove(&name));
        // All files of a snapshot are in a directory of their own.
        if let Some(directory) = files.first().and_then(|file| file.parent())
            && let Err(error) = tokio::fs::remove_dir_all(directory).await
        {
            tracing::warn!(directory = %directory.display(), %error, "files are left");
        }
    });
    Ok(answer)
}
