//! What to do next: a pure function of what the ledger says and what was seen.
//!
//! Events and the sweep call the same function, and a dry run prints what it answers. It trusts
//! what was *seen* over what was *recorded*: a function may have died after an effect and before
//! its record, and the objects in S3 are what a restore will read.

use std::collections::BTreeMap;

use crate::class::Class;
use crate::export;
use crate::journey::{Alarm, Copy, Failure, Journey, State, Step};
use crate::object::{Listed, Object};
use crate::source::CacheKind;

/// What ElastiCache says of the snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotSeen {
    /// It is finished and nothing is being done with it.
    Available,
    /// It is being exported or copied.
    Exporting,
    /// Something else is being done with it: being created, restored from and so on. Unknown
    /// states count as this, because ElastiCache has states its documentation does not list.
    Busy(String),
    /// ElastiCache says its creation failed.
    Failed,
    /// It does not exist, or no longer.
    Gone,
}

/// How things stand around one journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The snapshot.
    pub snapshot: SnapshotSeen,
    /// What lies in the staging bucket under the export's name.
    pub staged: Vec<Listed>,
    /// What lies in the copy's folder in the DR bucket.
    pub copies: Vec<Listed>,
    /// Objects of a recorded copy that no longer have the recorded content: those whose listing
    /// differed and whose checksum then differed too.
    pub altered: Vec<String>,
}

/// The next thing to do. Each is safe to do twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Publish the alert that is owed, then record that it was.
    OpenAlert,
    /// Publish the resolve that is owed, then record that it was.
    ResolveAlert,
    /// Ask ElastiCache to export, then record it.
    Export {
        /// `TargetSnapshotName`.
        target: String,
    },
    /// An export is under way that the ledger does not know of: record it.
    NoteExport,
    /// Learn the checksums of the staged objects, in shard order, then record them.
    Fingerprint {
        /// The objects as listed.
        staged: Vec<Listed>,
    },
    /// Record that copying begins.
    BeginCopy,
    /// Copy each staged object that is not yet whole on the other side, compare all of them,
    /// write the manifest last, and record the copy.
    Copy,
    /// Record that a copy that had been altered is whole again.
    NoteRestored,
    /// Record that the journey failed: no attempt would help.
    Fail(Failure),
    /// Nothing now; what is awaited will announce itself.
    Await(&'static str),
    /// Nothing now; nothing will announce itself, so look again soon.
    LookAgain(&'static str),
    /// Nothing left to do.
    Settled,
}

/// Decides the next step of a journey.
#[must_use]
pub fn decide(journey: &Journey, seen: &Seen) -> Next {
    match journey.alarm {
        Alarm::ResolveOwed => return Next::ResolveAlert,
        Alarm::OpenOwed => return Next::OpenAlert,
        Alarm::Quiet | Alarm::Open => {}
    }
    if matches!(journey.state, State::Skipped { .. }) {
        return Next::Settled;
    }
    match &journey.copy {
        Some(copy) => keep(journey, copy, seen),
        None => travel(journey, seen),
    }
}

/// Whether deciding depends on what ElastiCache says of the snapshot: not once everything is
/// staged, and not once there is a copy. Asking costs a call from a budget that the whole account
/// shares.
#[must_use]
pub fn needs_snapshot(journey: &Journey, seen: &Seen) -> bool {
    let staged = own_objects(journey, &seen.staged);
    journey.copy.is_none()
        && !can_copy(journey, &staged, &seen.copies)
        && (journey.source.kind == CacheKind::Serverless
            || staged.len() != journey.source.shards.len())
}

/// The listed objects that are this journey's export, in shard order.
fn own_objects(journey: &Journey, listed: &[Listed]) -> Vec<Listed> {
    let target = export::target_name(&journey.source);
    let mut staged: Vec<Listed> =
        listed.iter().filter(|o| export::owns(&target, &o.key)).cloned().collect();
    staged.sort_by(|a, b| a.key.cmp(&b.key));
    staged
}

/// A copy was finished once: is it still what it was?
fn keep(journey: &Journey, copy: &Copy, seen: &Seen) -> Next {
    let missing = copy
        .objects
        .iter()
        .chain([&copy.manifest])
        .filter(|object| !seen.copies.iter().any(|listed| listed.key == object.key))
        .map(|object| object.key.clone());
    let mut wrong: Vec<String> = missing.chain(seen.altered.iter().cloned()).collect();
    wrong.sort();
    wrong.dedup();
    match (&journey.state, wrong.is_empty()) {
        (State::Failed { .. }, true) => Next::NoteRestored,
        (State::Failed { .. }, false) | (_, true) => Next::Settled,
        (_, false) => Next::Fail(Failure {
            step: Step::Check,
            class: Class::Invalid,
            code: None,
            cause: format!(
                "{} of {} objects of a finished copy were altered or removed: {}",
                wrong.len(),
                copy.objects.len() + 1,
                wrong.join(", ")
            ),
            attempts: 1,
        }),
    }
}

/// No copy yet: find the furthest point that what was seen allows to go on from.
fn travel(journey: &Journey, seen: &Seen) -> Next {
    let staged = own_objects(journey, &seen.staged);
    if can_copy(journey, &staged, &seen.copies) {
        return if journey.state == State::Copying { Next::Copy } else { Next::BeginCopy };
    }
    if is_complete(journey, &staged, &seen.snapshot) {
        return Next::Fingerprint { staged };
    }
    match &seen.snapshot {
        SnapshotSeen::Available if journey.state == State::Exporting && !staged.is_empty() => {
            // Asking again would be refused: keys that exist are not overwritten.
            Next::LookAgain("the export shows some of its shards and the snapshot is idle")
        }
        SnapshotSeen::Available => Next::Export { target: export::target_name(&journey.source) },
        SnapshotSeen::Exporting if journey.state == State::Exporting => {
            if journey.source.kind == CacheKind::Serverless && !staged.is_empty() {
                Next::LookAgain("a serverless export announces objects, never its end")
            } else {
                Next::Await("the staging bucket announces each exported object")
            }
        }
        SnapshotSeen::Exporting => Next::NoteExport,
        SnapshotSeen::Busy(_) => Next::LookAgain("the snapshot is busy"),
        SnapshotSeen::Failed => Next::Fail(given_up(
            "ElastiCache reports that this snapshot's creation failed; it holds nothing to copy",
        )),
        SnapshotSeen::Gone => {
            Next::Fail(given_up("the snapshot was deleted before it was exported"))
        }
    }
}

/// Whether the export is whole.
///
/// A node-based snapshot has one object per shard, and S3 shows an object only once it is whole.
/// How many a serverless one has is documented nowhere, so its end is also the snapshot's rest.
fn is_complete(journey: &Journey, staged: &[Listed], snapshot: &SnapshotSeen) -> bool {
    match journey.source.kind {
        CacheKind::Serverless => !staged.is_empty() && *snapshot == SnapshotSeen::Available,
        CacheKind::ReplicationGroup | CacheKind::CacheCluster => {
            staged.len() == journey.source.shards.len()
        }
    }
}

/// Whether each recorded object is still staged as recorded, or already lies on the other side
/// (staging expires; a copy made before that still counts).
fn can_copy(journey: &Journey, staged: &[Listed], copies: &[Listed]) -> bool {
    let by_key: BTreeMap<&str, &Listed> = staged.iter().map(|o| (o.key.as_str(), o)).collect();
    let still_staged = |object: &Object| {
        by_key
            .get(object.key.as_str())
            .is_some_and(|s| s.etag == object.etag && s.size == object.size)
    };
    let on_other_side = |index: usize, object: &Object| {
        let key = export::copy_key(&journey.source, index);
        copies.iter().any(|c| c.key == key && c.size == object.size)
    };
    !journey.staged.is_empty()
        && journey
            .staged
            .iter()
            .enumerate()
            .all(|(i, object)| still_staged(object) || on_other_side(i, object))
}

fn given_up(cause: &str) -> Failure {
    Failure {
        step: Step::Export,
        class: Class::Invalid,
        code: None,
        cause: cause.to_owned(),
        attempts: 1,
    }
}
