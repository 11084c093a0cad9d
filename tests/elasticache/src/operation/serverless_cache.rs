//! Serverless caches. Each is one server that clients see as a cluster.

use std::sync::Arc;

use jiff::Timestamp;

use super::page::Page;
use super::{Reply, result};
use crate::control::BusEvent;
use crate::engine::{Server, SlotSet};
use crate::fault::Fault;
use crate::model::{
    CacheStatus, ServerlessCache, ServerlessEngine, SnapshotStatus, SourceType, Tags, cache_id,
};
use crate::protocol::Params;
use crate::service::Call;

/// Creates a cache.
pub(super) async fn create(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let name = cache_id("ServerlessCacheName", &params.required("ServerlessCacheName")?, 40)?;
    let engine = params.required("Engine")?;
    let engine = ServerlessEngine::find(&engine, params.optional("MajorEngineVersion").as_deref())?;
    params.refuse(&["CacheUsageLimits", "UserGroupId"])?;
    params.optional("NetworkType");
    params.optional("ConnectionType");
    let sources = params.list("SnapshotArnsToRestore", "SnapshotArn")?;
    let cache = ServerlessCache {
        arn: call.scope.arn("serverlesscache", &name),
        description: params.optional("Description").unwrap_or_default(),
        engine,
        status: CacheStatus::Creating,
        created: Timestamp::now(),
        kms_key_id: params.optional("KmsKeyId"),
        security_groups: params.list("SecurityGroupIds", "SecurityGroupId")?,
        subnets: params.list("SubnetIds", "SubnetId")?,
        snapshot_retention: params.integer_in("SnapshotRetentionLimit", 0, 35)?.unwrap_or(0),
        daily_snapshot_time: params.optional("DailySnapshotTime"),
        tags: Tags::take(&mut params)?,
        server: None,
        name: name.clone(),
    };
    params.finish()?;
    if sources.len() > 1 {
        return Err(Fault::not_modelled("filling a serverless cache from several snapshots"));
    }

    let answer = cache.to_xml("ServerlessCache");
    let seed = call.service.store.with(&call.scope, |region| {
        if region.serverless.contains_key(&name) {
            let message = format!("Serverless cache {name} already exists.");
            return Err(Fault::new("ServerlessCacheAlreadyExistsFault", 400, message));
        }
        let seed = match sources.first() {
            Some(arn) => {
                let source = region.serverless_snapshots.values().find(|s| s.arn == *arn);
                let source = source.filter(|s| s.status == SnapshotStatus::Available);
                let file = source.map(|source| source.file.clone());
                Some(file.ok_or_else(|| {
                    Fault::invalid_value(format!("There is no available snapshot {arn}."))
                })?)
            }
            None => None,
        };
        region.serverless.insert(name.clone(), cache);
        Ok(seed)
    })?;
    let call = call.clone();
    tokio::spawn(async move {
        let restored = seed.is_some();
        let whole = SlotSet::part(0, 1);
        let started = call.service.launcher.cluster(&[(whole, seed)]).await;
        call.take_time().await;
        finish(&call, &name, restored, started.map_err(|error| error.to_string())).await;
    });
    Ok(result("CreateServerlessCache").child(answer).into())
}

async fn finish(
    call: &Call,
    name: &str,
    restored: bool,
    started: Result<Vec<Arc<Server>>, String>,
) {
    let (detail_type, category, message) = match (&started, restored) {
        (Ok(_), false) => (
            "Cache Created",
            "creation",
            format!("Cache {name} is created. Your cache is ready to use."),
        ),
        (Ok(_), true) => (
            "Cache Created",
            "creation",
            format!(
                "Cache {name} is created and data was restored from snapshot. Your cache is ready \
                 to use."
            ),
        ),
        (Err(reason), _) => {
            tracing::warn!(cache = name, reason, "a serverless cache could not be created");
            let failed = format!("Failed to create cache {name}.");
            ("Cache Creation Failed", "failure", failed)
        }
    };
    let arn = call.service.store.with(&call.scope, |region| {
        region.happened(SourceType::ServerlessCache, name, message.clone());
        let cache = region.serverless.get_mut(name)?;
        cache.server = started.ok().and_then(|servers| servers.first().cloned());
        cache.status = match cache.server {
            Some(_) => CacheStatus::Available,
            None => CacheStatus::CreateFailed,
        };
        Some(cache.arn.clone())
    });
    if let Some(arn) = arn {
        let about = (SourceType::ServerlessCache, name, arn.as_str());
        let event = BusEvent::about(detail_type, category, &message, about, vec![arn.clone()]);
        call.announce(event).await;
    }
}

/// Describes one cache or all.
pub(super) fn describe(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let name = params.optional("ServerlessCacheName").map(|name| name.to_ascii_lowercase());
    let page = Page::take_results(&mut params)?;
    params.finish()?;
    let records: Vec<_> = call.service.store.with(&call.scope, |region| {
        let caches = region.serverless.iter();
        caches
            .filter(|(own, _)| name.as_ref().is_none_or(|name| name == *own))
            .map(|(own, cache)| (own.clone(), cache.to_xml("member")))
            .collect()
    });
    match name {
        Some(name) if records.is_empty() => Err(not_found(&name)),
        _ => Ok(page.list(result("DescribeServerlessCaches"), "ServerlessCaches", records).into()),
    }
}

/// Deletes a cache.
pub(super) fn delete(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let name = params.required("ServerlessCacheName")?.to_ascii_lowercase();
    params.refuse(&["FinalSnapshotName"])?;
    params.finish()?;
    let (answer, server) = call.service.store.with(&call.scope, |region| {
        let cache = region.serverless.get_mut(&name).ok_or_else(|| not_found(&name))?;
        if !matches!(cache.status, CacheStatus::Available | CacheStatus::CreateFailed) {
            return Err(wrong_state(&name, cache.status));
        }
        cache.status = CacheStatus::Deleting;
        Ok((cache.to_xml("ServerlessCache"), cache.server.clone()))
    })?;
    let call = call.clone();
    tokio::spawn(async move {
        if let Some(server) = server {
            server.stop().await;
        }
        call.take_time().await;
        call.service.store.with(&call.scope, |region| {
            region.serverless.remove(&name);
            let message = format!("Cache {name} has been deleted.");
            region.happened(SourceType::ServerlessCache, &name, message);
        });
    });
    Ok(result("DeleteServerlessCache").child(answer).into())
}

/// No serverless cache of that name.
pub(super) fn not_found(name: &str) -> Fault {
    let message = format!("Serverless cache {name} not found.");
    Fault::new("ServerlessCacheNotFoundFault", 404, message)
}

/// The cache's state does not allow the operation.
pub(super) fn wrong_state(name: &str, status: CacheStatus) -> Fault {
    let message = format!("Serverless cache {name} has status {status}.");
    Fault::new("InvalidServerlessCacheStateFault", 400, message)
}
