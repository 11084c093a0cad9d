//! What the service knows: caches, snapshots, events, tags.

mod cache;
mod event;
mod identifier;
mod serverless;
mod snapshot;
mod tag;
mod version;

pub(crate) use cache::{Cache, CacheKind, CacheSpec, CacheStatus, Member, Shard, Topic};
pub(crate) use event::{Event, SourceType};
pub(crate) use identifier::{cache_id, export_name, snapshot_name};
pub(crate) use serverless::{ServerlessCache, ServerlessEngine, ServerlessSnapshot};
pub(crate) use snapshot::{NodeSnapshot, Snapshot, SnapshotOrigin, SnapshotStatus};
pub(crate) use tag::Tags;
pub(crate) use version::Engine;

/// A point in time as answers and events carry it, to the millisecond.
pub(crate) fn instant(time: jiff::Timestamp) -> String {
    format!("{time:.3}")
}
