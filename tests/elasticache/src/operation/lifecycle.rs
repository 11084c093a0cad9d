//! How caches come and go, in the background of the calls that ask for it.

use std::sync::Arc;

use jiff::Timestamp;

use super::layout::{Layout, ShardPlan};
use super::seed::Source;
use crate::engine::Server;
use crate::fault::Fault;
use crate::model::{
    Cache, CacheKind, CacheSpec, CacheStatus, Shard, SnapshotStatus, SourceType, Tags,
};
use crate::notice;
use crate::service::Call;
use crate::store::Region;

/// Puts a new cache into the state and starts its servers in the background.
///
/// # Errors
/// `ReplicationGroupAlreadyExists` or `CacheClusterAlreadyExists`.
pub(super) fn begin(
    call: &Call,
    spec: CacheSpec,
    layout: Layout,
    source: &Source,
    tags: Tags,
) -> Result<Cache, Fault> {
    let (kind, id) = (spec.kind, spec.id.clone());
    let restored = source.snapshot.as_ref().map(|snapshot| snapshot.name.clone());
    let arn = call.scope.arn(arn_kind(kind), &id);
    let shards = layout.shards.iter().map(|plan| Shard {
        id: plan.id.clone(),
        slots: plan.slots.as_ref().map(ToString::to_string),
        replicas: plan.replicas,
        server: None,
    });
    let cache = Cache {
        arn,
        status: CacheStatus::Creating,
        shards: shards.collect(),
        created: Timestamp::now(),
        tags,
        spec,
    };
    call.service.store.with(&call.scope, |region| {
        check_free(region, &cache)?;
        if let Some(name) = &restored {
            set_snapshot(region, name, SnapshotStatus::Available, SnapshotStatus::Restoring)?;
        }
        region.caches(kind).insert(id.clone(), cache.clone());
        Ok(())
    })?;
    tokio::spawn(run(call.clone(), kind, id, layout.shards, restored));
    Ok(cache)
}

/// Names of nodes are unique, whether they belong to a group or not.
fn check_free(region: &mut Region, cache: &Cache) -> Result<(), Fault> {
    let id = &cache.spec.id;
    if cache.spec.kind == CacheKind::ReplicationGroup && region.groups.contains_key(id) {
        let message = format!("Replication group {id} already exists.");
        return Err(Fault::new("ReplicationGroupAlreadyExists", 400, message));
    }
    let taken = region.members();
    match cache.members().iter().find(|member| taken.contains_key(&member.cluster_id)) {
        Some(member) => {
            let message = format!("Cache cluster {} already exists.", member.cluster_id);
            let code = match cache.spec.kind {
                CacheKind::ReplicationGroup => "ReplicationGroupAlreadyExists",
                CacheKind::Cluster => "CacheClusterAlreadyExists",
            };
            Err(Fault::new(code, 400, message))
        }
        None => Ok(()),
    }
}

fn set_snapshot(
    region: &mut Region,
    name: &str,
    from: SnapshotStatus,
    to: SnapshotStatus,
) -> Result<(), Fault> {
    let snapshot = region.snapshots.get_mut(name).ok_or_else(|| Fault::snapshot_not_found(name))?;
    if snapshot.status != from {
        let message = format!("Snapshot {name} has status {}, not {from}.", snapshot.status);
        return Err(Fault::snapshot_state(message));
    }
    snapshot.status = to;
    Ok(())
}

async fn run(
    call: Call,
    kind: CacheKind,
    id: String,
    shards: Vec<ShardPlan>,
    restored: Option<String>,
) {
    let started = if call.trouble.fail {
        Err("the work was told to fail".to_owned())
    } else {
        start(&call, &shards).await
    };
    call.take_time().await;
    let members = call.service.store.with(&call.scope, |region| {
        if let Some(name) = &restored {
            let done =
                set_snapshot(region, name, SnapshotStatus::Restoring, SnapshotStatus::Available);
            if let Err(error) = done {
                tracing::warn!(snapshot = name, %error, "changed during a restore");
            }
        }
        let (source_type, what) = described(kind);
        let message = match &started {
            Ok(_) => format!("{what} created"),
            Err(reason) => format!("{what} could not be created: {reason}"),
        };
        region.happened(source_type, &id, message);
        let cache = region.cache(kind, &id)?;
        match &started {
            Ok(servers) => {
                for (shard, server) in cache.shards.iter_mut().zip(servers) {
                    shard.server = Some(Arc::clone(server));
                }
                cache.status = CacheStatus::Available;
                Some(cache.members())
            }
            Err(reason) => {
                tracing::warn!(cache = id, reason, "a cache could not be created");
                cache.status = CacheStatus::CreateFailed;
                None
            }
        }
    });
    let Some(members) = members else { return };
    for member in members {
        notify(&call, kind, &id, "CacheClusterProvisioningComplete", &member.cluster_id).await;
    }
    if kind == CacheKind::ReplicationGroup {
        notify(&call, kind, &id, "CreateReplicationGroupComplete", &id).await;
    }
}

async fn start(call: &Call, shards: &[ShardPlan]) -> Result<Vec<Arc<Server>>, String> {
    let directory = call.new_directory().await.map_err(|fault| fault.message)?;
    let mut seeds = Vec::new();
    for shard in shards {
        seeds.push(match &shard.seed {
            Some(seed) => Some(seed.fetch(call, &directory).await?),
            None => None,
        });
    }
    let launcher = &call.service.launcher;
    let slots: Option<Vec<_>> = shards.iter().map(|shard| shard.slots.clone()).collect();
    let servers = match slots {
        Some(slots) => {
            let shards: Vec<_> = slots.into_iter().zip(seeds).collect();
            launcher.cluster(&shards).await
        }
        None => {
            let seed = seeds.first().and_then(Option::as_deref);
            launcher.single(seed).await.map(|server| vec![server])
        }
    };
    let servers = servers.map_err(|error| error.to_string())?;
    if let Err(error) = tokio::fs::remove_dir_all(&directory).await {
        tracing::warn!(%error, "fetched seeds are left");
    }
    if shards.iter().any(|shard| shard.slots.is_some())
        && let Err(reason) = check_places(&servers).await
    {
        stop(&servers).await;
        return Err(reason);
    }
    Ok(servers)
}

/// Each file must have gone to the shard that owns its keys.
async fn check_places(servers: &[Arc<Server>]) -> Result<(), String> {
    for (index, server) in servers.iter().enumerate() {
        let found = server.unplaced().await.map_err(|error| error.to_string())?;
        if let Some(unplaced) = found {
            return Err(format!(
                "the file of node group {} has keys of {} slots that it does not own",
                index + 1,
                unplaced.slots
            ));
        }
    }
    Ok(())
}

/// Stops a cache's servers and forgets it.
pub(super) async fn end(call: &Call, kind: CacheKind, id: &str) {
    let servers: Vec<_> = call
        .service
        .store
        .with(&call.scope, |region| {
            let cache = region.cache(kind, id);
            cache.map(|cache| cache.shards.iter().filter_map(|s| s.server.clone()).collect())
        })
        .unwrap_or_default();
    stop(&servers).await;
    call.take_time().await;
    if kind == CacheKind::Cluster {
        notify(call, kind, id, "DeleteCacheClusterComplete", id).await;
    }
    call.service.store.with(&call.scope, |region| {
        region.caches(kind).remove(id);
        let (source_type, what) = described(kind);
        region.happened(source_type, id, format!("{what} deleted"));
    });
}

async fn stop(servers: &[Arc<Server>]) {
    futures::future::join_all(servers.iter().map(|server| server.stop())).await;
}

/// Publishes a notice to a cache's topic and keeps whether the topic is active.
///
/// How often and when follows from what is to go wrong with the call's work.
pub(super) async fn notify(call: &Call, kind: CacheKind, id: &str, event: &str, source: &str) {
    let topic = call.service.store.with(&call.scope, |region| {
        region.cache(kind, id).and_then(|cache| cache.spec.topic.clone())
    });
    let Some(topic) = topic else { return };
    if call.trouble.drop_notice {
        return;
    }
    tokio::time::sleep(call.trouble.notice_delay).await;
    let (clients, message) = (call.clients(), notice::message(event, source));
    let mut active = true;
    for _ in 0..=call.trouble.extra_notices {
        let sent = notice::publish(&clients, &call.scope, &topic.arn, &message).await;
        if let Err(error) = sent {
            tracing::warn!(topic = topic.arn, %error, "a notice was not published");
            active = false;
        }
    }
    call.service.store.with(&call.scope, |region| {
        let topic = region.cache(kind, id).and_then(|cache| cache.spec.topic.as_mut());
        if let Some(topic) = topic {
            topic.active = active;
        }
    });
}

/// The kind of resource in an ARN.
pub(super) fn arn_kind(kind: CacheKind) -> &'static str {
    match kind {
        CacheKind::ReplicationGroup => "replicationgroup",
        CacheKind::Cluster => "cluster",
    }
}

fn described(kind: CacheKind) -> (SourceType, &'static str) {
    match kind {
        CacheKind::ReplicationGroup => (SourceType::ReplicationGroup, "Replication group"),
        CacheKind::Cluster => (SourceType::CacheCluster, "Cache cluster"),
    }
}
