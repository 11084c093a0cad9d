//! Snapshots of serverless caches. What becomes of them is told on the event bus.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::page::Page;
use super::serverless_cache::{not_found as cache_not_found, wrong_state as cache_state};
use super::{Reply, result};
use crate::bucket::Unfit;
use crate::control::BusEvent;
use crate::engine::Server;
use crate::fault::Fault;
use crate::model::{
    CacheStatus, ServerlessSnapshot, SnapshotStatus, SourceType, Tags, snapshot_name,
};
use crate::protocol::Params;
use crate::service::Call;
use crate::store::Region;

const NAME: &str = "ServerlessCacheSnapshotName";
const ELEMENT: &str = "ServerlessCacheSnapshot";

/// Takes a manual snapshot.
pub(super) async fn create(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let name = snapshot_name(&params.required(NAME)?)?;
    let cache_name = params.required("ServerlessCacheName")?.to_ascii_lowercase();
    let kms_key_id = params.optional("KmsKeyId");
    let tags = Tags::take(&mut params)?;
    params.finish()?;
    let file = call.new_directory().await?.join("0001.rdb");

    let (snapshot, server) = call.service.store.with(&call.scope, |region| {
        if region.serverless_snapshots.contains_key(&name) {
            let message = format!("Serverless cache snapshot {name} already exists.");
            return Err(Fault::new("ServerlessCacheSnapshotAlreadyExistsFault", 400, message));
        }
        let cache =
            region.serverless.get_mut(&cache_name).ok_or_else(|| cache_not_found(&cache_name))?;
        let server = match (&cache.server, cache.status) {
            (Some(server), CacheStatus::Available) => Arc::clone(server),
            (_, status) => return Err(cache_state(&cache_name, status)),
        };
        let snapshot = ServerlessSnapshot {
            arn: call.scope.arn("serverlesscachesnapshot", &name),
            status: SnapshotStatus::Creating,
            created: Timestamp::now(),
            cache: cache_name.clone(),
            engine: cache.engine.clone(),
            kms_key_id: kms_key_id.or_else(|| cache.kms_key_id.clone()),
            bytes: None,
            tags,
            file,
            name: name.clone(),
        };
        region.serverless_snapshots.insert(name.clone(), snapshot.clone());
        Ok((snapshot, server))
    })?;
    let answer = reply("CreateServerlessCacheSnapshot", &snapshot);
    tokio::spawn(finish_create(call.clone(), snapshot, server));
    Ok(answer)
}

async fn finish_create(call: Call, snapshot: ServerlessSnapshot, server: Arc<Server>) {
    let saved = if call.trouble.fail {
        Err("the work was told to fail".to_owned())
    } else {
        server.save(&snapshot.file).await.map_err(|error| error.to_string())
    };
    call.take_time().await;
    let ServerlessSnapshot { name, cache, .. } = &snapshot;
    let (detail_type, category, message) = match &saved {
        Ok(_) => {
            let message = format!("Snapshot {name} created for cache {cache}.");
            ("Snapshot Created", "creation", message)
        }
        Err(reason) => {
            tracing::warn!(snapshot = name, reason, "a serverless snapshot failed");
            let message = format!(
                "Failed to create snapshot for cache {cache}. Snapshot {name} creation failed \
                 because of an internal error."
            );
            ("Snapshot Creation Failed", "failure", message)
        }
    };
    let cache_arn = call.scope.arn("serverlesscache", cache);
    call.service.store.with(&call.scope, |region| {
        region.happened(SourceType::ServerlessCacheSnapshot, name, message.clone());
        if let Some(snapshot) = region.serverless_snapshots.get_mut(name) {
            snapshot.bytes = saved.as_ref().ok().copied();
            snapshot.status = match saved {
                Ok(_) => SnapshotStatus::Available,
                Err(_) => SnapshotStatus::Failed,
            };
        }
    });
    let resources = vec![cache_arn, snapshot.arn.clone()];
    tell(&call, &snapshot, detail_type, category, &message, resources).await;
}

/// Writes a snapshot to a bucket.
pub(super) async fn export(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let name = params.required(NAME)?.to_ascii_lowercase();
    let bucket = params.required("S3BucketName")?;
    params.finish()?;
    call.service.store.with(&call.scope, |region| available(region, &name).map(drop))?;
    // Where the bucket is shows at the call; what its policy and contents allow shows in an event.
    // AWS documents the events' texts, not which of them can be errors of the call instead.
    call.bucket(&bucket, async |bucket| bucket.check_place().await).await?;
    let snapshot = call.service.store.with(&call.scope, |region| {
        let snapshot = available(region, &name)?;
        snapshot.status = SnapshotStatus::Exporting;
        Ok::<_, Fault>(snapshot.clone())
    })?;
    let answer = reply("ExportServerlessCacheSnapshot", &snapshot);
    tokio::spawn(finish_export(call.clone(), snapshot, bucket));
    Ok(answer)
}

async fn finish_export(call: Call, snapshot: ServerlessSnapshot, bucket: String) {
    call.take_time().await;
    let ServerlessSnapshot { name, cache, .. } = &snapshot;
    // The call has no parameter for it, so the name of the object is the snapshot's.
    let keys = [format!("{name}-0001.rdb")];
    let written = if call.trouble.fail {
        Err(String::new())
    } else {
        call.bucket(&bucket, async |target| {
            target.check_contents(&keys).await.map_err(|unfit| match unfit {
                Unfit::NotGranted(_) => format!(
                    " Could not export snapshot to bucket {bucket} because ElastiCache does not \
                     have permissions to the bucket."
                ),
                Unfit::Exists(_) => format!(
                    " Could not export snapshot to bucket '{bucket}' because there is already an \
                     object with the same name in the bucket."
                ),
                Unfit::Unknown(_) => format!(
                    " Could not export snapshot to bucket {bucket} because the S3 bucket is not \
                     accessible."
                ),
            })?;
            target.put(&keys[0], &snapshot.file).await.map_err(|error| {
                tracing::warn!(snapshot = name, %error, "an export failed");
                String::new()
            })
        })
        .await
    };
    call.service.store.with(&call.scope, |region| {
        if let Some(snapshot) = region.serverless_snapshots.get_mut(name) {
            snapshot.status = SnapshotStatus::Available;
        }
    });
    if let Err(why) = written {
        let message = format!("Failed to export snapshot for cache {cache}.{why}");
        call.service.store.with(&call.scope, |region| {
            region.happened(SourceType::ServerlessCacheSnapshot, name, message.clone());
        });
        let resources = vec![snapshot.arn.clone()];
        tell(&call, &snapshot, "Snapshot Export Failed", "failure", &message, resources).await;
    }
}

async fn tell(
    call: &Call,
    snapshot: &ServerlessSnapshot,
    detail_type: &'static str,
    category: &str,
    message: &str,
    resources: Vec<String>,
) {
    let about =
        (SourceType::ServerlessCacheSnapshot, snapshot.name.as_str(), snapshot.arn.as_str());
    call.announce(BusEvent::about(detail_type, category, message, about, resources)).await;
}

/// Describes snapshots.
pub(super) fn describe(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let cache = params.optional("ServerlessCacheName").map(|name| name.to_ascii_lowercase());
    let name = params.optional(NAME).map(|name| name.to_ascii_lowercase());
    let kind = params.optional("SnapshotType");
    let page = Page::take_results(&mut params)?;
    params.finish()?;
    let records: Vec<_> = call.service.store.with(&call.scope, |region| {
        let snapshots = region.serverless_snapshots.iter();
        snapshots
            .filter(|(own, _)| name.as_ref().is_none_or(|name| name == *own))
            .filter(|(_, snapshot)| cache.as_ref().is_none_or(|cache| *cache == snapshot.cache))
            .filter(|_| kind.as_deref().is_none_or(|kind| matches!(kind, "manual" | "user")))
            .map(|(own, snapshot)| (own.clone(), snapshot.to_xml(ELEMENT)))
            .collect()
    });
    match name {
        Some(name) if records.is_empty() => Err(not_found(&name)),
        _ => {
            let answer = result("DescribeServerlessCacheSnapshots");
            Ok(page.list(answer, "ServerlessCacheSnapshots", records).into())
        }
    }
}

/// Deletes a snapshot.
pub(super) fn delete(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let name = params.required(NAME)?.to_ascii_lowercase();
    params.finish()?;
    let snapshot = call.service.store.with(&call.scope, |region| {
        let snapshot =
            region.serverless_snapshots.get_mut(&name).ok_or_else(|| not_found(&name))?;
        if !matches!(snapshot.status, SnapshotStatus::Available | SnapshotStatus::Failed) {
            return Err(wrong_state(snapshot));
        }
        snapshot.status = SnapshotStatus::Deleting;
        Ok(snapshot.clone())
    })?;
    let answer = reply("DeleteServerlessCacheSnapshot", &snapshot);
    let call = call.clone();
    tokio::spawn(async move {
        call.take_time().await;
        call.service.store.with(&call.scope, |region| region.serverless_snapshots.remove(&name));
        if let Some(directory) = snapshot.file.parent()
            && let Err(error) = tokio::fs::remove_dir_all(directory).await
        {
            tracing::warn!(directory = %directory.display(), %error, "files are left");
        }
    });
    Ok(answer)
}

fn reply(operation: &str, snapshot: &ServerlessSnapshot) -> Reply {
    let told = json!({"serverlessCacheSnapshot": {
        "serverlessCacheSnapshotName": snapshot.name,
        "aRN": snapshot.arn,
        "status": snapshot.status.to_string(),
    }});
    Reply { result: result(operation).child(snapshot.to_xml(ELEMENT)), told }
}

fn available<'a>(region: &'a mut Region, name: &str) -> Result<&'a mut ServerlessSnapshot, Fault> {
    let snapshot = region.serverless_snapshots.get_mut(name).ok_or_else(|| not_found(name))?;
    if snapshot.status == SnapshotStatus::Available {
        return Ok(snapshot);
    }
    Err(wrong_state(snapshot))
}

/// No snapshot of that name.
pub(super) fn not_found(name: &str) -> Fault {
    let message = format!("Serverless cache snapshot {name} not found.");
    Fault::new("ServerlessCacheSnapshotNotFoundFault", 404, message)
}

fn wrong_state(snapshot: &ServerlessSnapshot) -> Fault {
    let message =
        format!("Serverless cache snapshot {} has status {}.", snapshot.name, snapshot.status);
    Fault::new("InvalidServerlessCacheSnapshotStateFault", 400, message)
}
