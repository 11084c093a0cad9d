//! A journey as one row.

use domain::class::Class;
use domain::journey::{Journey, State};
use serde::Serialize;

/// The fields of a journey that lists show. Their names are a promise to other people's programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub(crate) cache: String,
    pub(crate) snapshot: String,
    pub(crate) region: String,
    pub(crate) taken_at: String,
    pub(crate) dr_region: String,
    pub(crate) bucket: String,
    pub(crate) state: &'static str,
    pub(crate) shards: usize,
    /// Of the copy where there is one, else of what was exported.
    pub(crate) size_bytes: Option<u64>,
    pub(crate) attempts: u32,
    pub(crate) failure_step: Option<&'static str>,
    pub(crate) failure_class: Option<Class>,
    pub(crate) failure_code: Option<String>,
    pub(crate) failure_cause: Option<String>,
    pub(crate) skipped_reason: Option<String>,
    pub(crate) opened_at: String,
    pub(crate) updated_at: String,
}

impl Row {
    /// The names of the fields, in order.
    pub(crate) const HEADER: [&'static str; 17] = [
        "cache",
        "snapshot",
        "region",
        "taken_at",
        "dr_region",
        "bucket",
        "state",
        "shards",
        "size_bytes",
        "attempts",
        "failure_step",
        "failure_class",
        "failure_code",
        "failure_cause",
        "skipped_reason",
        "opened_at",
        "updated_at",
    ];

    pub(crate) fn of(journey: &Journey) -> Self {
        let failure = match &journey.state {
            State::Failed { failure } => Some(failure),
            _ => None,
        };
        let skipped_reason = match &journey.state {
            State::Skipped { reason } => Some(reason.clone()),
            _ => None,
        };
        let snapshot = &journey.id.snapshot;
        Self {
            cache: journey.source.cache.to_string(),
            snapshot: snapshot.name.to_string(),
            region: snapshot.region.to_string(),
            taken_at: snapshot.taken_at.to_string(),
            dr_region: journey.id.dr_region.to_string(),
            bucket: journey.bucket.to_string(),
            state: journey.state.name(),
            shards: journey.source.shards.len(),
            size_bytes: size(journey),
            attempts: journey.attempts,
            failure_step: failure.map(|f| f.step.name()),
            failure_class: failure.map(|f| f.class),
            failure_code: failure.and_then(|f| f.code.clone()),
            failure_cause: failure.map(|f| f.cause.clone()),
            skipped_reason,
            opened_at: journey.opened_at.to_string(),
            updated_at: journey.updated_at.to_string(),
        }
    }
}

/// The bytes of a journey, once it is known how many they are.
pub(crate) fn size(journey: &Journey) -> Option<u64> {
    let objects = journey.copy.as_ref().map_or(&journey.staged, |copy| &copy.objects);
    (!objects.is_empty()).then(|| objects.iter().map(|object| object.size).sum())
}
