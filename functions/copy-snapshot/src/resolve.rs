//! From the subject of a notice to the snapshots to look at.

use domain::class::Class;
use domain::decide::SnapshotSeen;
use domain::id::{BadName, CacheName, NodeName, SnapshotName};
use domain::journey::State;
use domain::port::{CacheRef, Family, Lookup, ServiceError, SnapshotFacts};
use domain::source::{CacheKind, Source};
use jiff::{SignedDuration, Timestamp};

use crate::decode::{Request, Subject};
use crate::deps::Deps;

/// How far back a node's notice looks for snapshots whose own notice may have been lost.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);

/// What to do about a notice.
#[derive(Debug)]
pub(crate) enum Resolved {
    /// Drive the journeys of these snapshots, in this order.
    Snapshots(Vec<Source>),
    /// The snapshot is not finished: look again.
    NotYet(SnapshotName),
    /// It is about nothing we do.
    Nothing(&'static str),
    /// It names something that does not exist.
    Unknown(String),
}

/// Finds the snapshots a request is about.
///
/// # Errors
/// When ElastiCache or the ledger cannot be asked.
pub(crate) async fn resolve(deps: &Deps, request: &Request) -> Result<Resolved, ServiceError> {
    match &request.subject {
        Subject::Nothing(why) => Ok(Resolved::Nothing(why)),
        Subject::Snapshot { name, family } => {
            by_name(deps, name, *family, request.failure.is_some()).await
        }
        Subject::Node(node) => by_node(deps, node, request.failure.is_some()).await,
    }
}

/// By name: as ElastiCache describes it, or as the ledger remembers it once it is deleted.
async fn by_name(
    deps: &Deps,
    name: &SnapshotName,
    family: Option<Family>,
    failed: bool,
) -> Result<Resolved, ServiceError> {
    let families = match family {
        Some(family) => vec![family],
        None => vec![Family::NodeBased, Family::Serverless],
    };
    for family in families {
        match deps.caches.snapshot(family, name).await? {
            Lookup::Found(facts) if is_finished(&facts) => {
                let source = of_whole_cache(deps, facts.source).await?;
                return Ok(Resolved::Snapshots(vec![source]));
            }
            // It will never say when it was taken, so it can have no journey that fails.
            Lookup::Young if failed => {
                return Ok(Resolved::Unknown(format!(
                    "ElastiCache reports a failure of snapshot {name}, and not when it was taken"
                )));
            }
            Lookup::Found(_) | Lookup::Young => return Ok(Resolved::NotYet(name.clone())),
            Lookup::Missing => {}
        }
    }
    let mut known = deps.journal.of_snapshot(&deps.settings.region, name).await?;
    known.sort_by_key(|journey| std::cmp::Reverse(journey.id.snapshot.taken_at));
    Ok(match known.into_iter().next() {
        Some(journey) => Resolved::Snapshots(vec![journey.source]),
        None => Resolved::Unknown(format!(
            "no snapshot named {name} exists in {}, and the ledger knows none",
            deps.settings.region
        )),
    })
}

/// By node: its cache's newest finished snapshot, and every other one of the last day that has
/// not arrived everywhere. The notice does not say which snapshot it is about, and the notices
/// of the others may be late or lost.
async fn by_node(deps: &Deps, node: &NodeName, failed: bool) -> Result<Resolved, ServiceError> {
    let Some(cache) = deps.caches.cache_of_node(node).await? else {
        return Ok(Resolved::Unknown(format!(
            "no node named {node} exists in {}",
            deps.settings.region
        )));
    };
    let mut all = deps.caches.snapshots_of(&cache).await?;
    if cache.kind == CacheKind::ReplicationGroup {
        // Automatic snapshots of a group with cluster mode disabled name the node they were taken
        // on, and not the group.
        let alone = CacheRef { name: as_cache(node)?, kind: CacheKind::CacheCluster };
        for facts in deps.caches.snapshots_of(&alone).await? {
            all.push(SnapshotFacts { source: belonging(facts.source, &cache), ..facts });
        }
        all.sort_by_key(|facts| std::cmp::Reverse(facts.source.snapshot.taken_at));
    }
    if failed && !all.iter().any(|facts| facts.status == SnapshotSeen::Failed) {
        return Ok(Resolved::Unknown(format!(
            "ElastiCache reports a failed snapshot of {}, but shows none",
            cache.name
        )));
    }
    let since = deps.clock.now().checked_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let finished: Vec<Source> = all
        .into_iter()
        .filter(is_finished)
        .map(|facts| facts.source)
        .filter(|source| source.snapshot.taken_at >= since)
        .collect();
    let mut wanted = Vec::new();
    for (i, source) in finished.into_iter().enumerate() {
        if i == 0 || !has_arrived(deps, &source).await? {
            wanted.push(source);
        }
    }
    if wanted.is_empty() {
        return Ok(Resolved::Nothing("the cache has no snapshot of the last day"));
    }
    Ok(Resolved::Snapshots(wanted))
}

/// The source with the replication group for its cache, where it was taken on a node of one.
///
/// People protect and look for the group; which of its nodes a snapshot was taken on changes from
/// day to day.
async fn of_whole_cache(deps: &Deps, source: Source) -> Result<Source, ServiceError> {
    if source.kind != CacheKind::CacheCluster {
        return Ok(source);
    }
    let Ok(node) = source.cache.as_str().parse::<NodeName>() else { return Ok(source) };
    Ok(match deps.caches.cache_of_node(&node).await? {
        Some(cache) => belonging(source, &cache),
        None => source,
    })
}

fn belonging(source: Source, cache: &CacheRef) -> Source {
    Source { cache: cache.name.clone(), kind: cache.kind, ..source }
}

/// A node's name where a single cluster's is asked for: they are the same thing.
fn as_cache(node: &NodeName) -> Result<CacheName, ServiceError> {
    node.as_str().parse().map_err(|error: BadName| {
        ServiceError::new("resolve", node.as_str(), Class::Invalid, error.to_string())
    })
}

/// A failed snapshot is finished too: its journey says so to a person.
fn is_finished(facts: &SnapshotFacts) -> bool {
    match &facts.status {
        SnapshotSeen::Available | SnapshotSeen::Exporting | SnapshotSeen::Failed => true,
        // Restoring from a snapshot takes nothing from it.
        SnapshotSeen::Busy(status) => status == "restoring",
        SnapshotSeen::Gone => false,
    }
}

async fn has_arrived(deps: &Deps, source: &Source) -> Result<bool, ServiceError> {
    let snapshot = &source.snapshot;
    let known = deps.journal.of_snapshot(&snapshot.region, &snapshot.name).await?;
    Ok(deps.vaults.iter().all(|vault| {
        known.iter().any(|journey| {
            journey.id.snapshot == *snapshot
                && journey.id.dr_region == vault.region
                && matches!(journey.state, State::Copied | State::Verified | State::Skipped { .. })
        })
    }))
}
