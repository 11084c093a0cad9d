//! Tags of clusters, replication groups and snapshots.

use super::{Reply, result, serverless_cache, serverless_snapshot};
use crate::fault::Fault;
use crate::model::{CacheKind, Tags};
use crate::protocol::Params;
use crate::service::Call;
use crate::store::Region;

/// Adds tags.
pub(super) fn add(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let arn = params.required("ResourceName")?;
    let more = Tags::take(&mut params)?;
    params.finish()?;
    change(call, "AddTagsToResource", &arn, |tags| tags.add(more))
}

/// Removes tags.
pub(super) fn remove(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let arn = params.required("ResourceName")?;
    let keys = params.list("TagKeys", "member")?;
    params.finish()?;
    change(call, "RemoveTagsFromResource", &arn, |tags| {
        keys.iter().try_for_each(|key| tags.remove(key))
    })
}

/// Lists tags.
pub(super) fn list(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let arn = params.required("ResourceName")?;
    params.finish()?;
    change(call, "ListTagsForResource", &arn, |_| Ok(()))
}

fn change(
    call: &Call,
    operation: &str,
    arn: &str,
    work: impl FnOnce(&mut Tags) -> Result<(), Fault>,
) -> Result<Reply, Fault> {
    let prefix = call.scope.arn("", "");
    let prefix = prefix.trim_end_matches(':');
    let name = arn.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(':'));
    let Some((kind, name)) = name.and_then(|rest| rest.split_once(':')) else {
        return Err(Fault::new("InvalidARN", 400, format!("Invalid ARN: {arn}")));
    };
    call.service.store.with(&call.scope, |region| {
        let tags = find(region, kind, name)?;
        work(tags)?;
        // The shapes of these three answers have the list as the only child of the result.
        Ok(result(operation).child(tags.to_xml()).into())
    })
}

fn find<'a>(region: &'a mut Region, kind: &str, name: &str) -> Result<&'a mut Tags, Fault> {
    match kind {
        "replicationgroup" => {
            let group = region.cache(CacheKind::ReplicationGroup, name);
            group.map(|cache| &mut cache.tags).ok_or_else(|| Fault::group_not_found(name))
        }
        "cluster" => {
            // The nodes of a replication group have the tags of the group.
            let owner = region
                .members()
                .get(name)
                .map(|(cache, _)| (cache.spec.kind, cache.spec.id.clone()));
            let cache = owner.and_then(|(kind, id)| region.cache(kind, &id));
            cache.map(|cache| &mut cache.tags).ok_or_else(|| Fault::cluster_not_found(name))
        }
        "snapshot" => {
            let snapshot = region.snapshots.get_mut(name);
            snapshot.map(|s| &mut s.tags).ok_or_else(|| Fault::snapshot_not_found(name))
        }
        "serverlesscache" => {
            let cache = region.serverless.get_mut(name);
            cache.map(|cache| &mut cache.tags).ok_or_else(|| serverless_cache::not_found(name))
        }
        "serverlesscachesnapshot" => {
            let snapshot = region.serverless_snapshots.get_mut(name);
            snapshot.map(|s| &mut s.tags).ok_or_else(|| serverless_snapshot::not_found(name))
        }
        _ => Err(Fault::new("InvalidARN", 400, format!("No resource of kind {kind} has tags."))),
    }
}
