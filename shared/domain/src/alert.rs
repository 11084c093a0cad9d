//! What a person is told, and when the telling is over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::class::Class;
use crate::id::{CacheName, JourneyId};
use crate::journey::{Failure, Journey, State, Step};

/// Whether the problem begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A person is needed.
    Opened,
    /// No longer.
    Resolved,
}

/// How soon a person is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Now: recovery itself is in danger.
    Critical,
    /// Today: a snapshot has no copy, and the ones before it still do.
    Error,
    /// Nothing is wrong any more.
    Info,
}

/// One alert. Two alerts with one fingerprint are about one problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What the problem is, the same from its beginning to its end.
    pub fingerprint: String,
    /// Beginning or end.
    pub status: Status,
    /// How soon.
    pub severity: Severity,
    /// One line that says it all.
    pub summary: String,
    /// The cache.
    pub cache: CacheName,
    /// The journey: snapshot and DR Region.
    pub journey: JourneyId,
    /// What was being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// What happened, in plain words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

impl Alert {
    /// The alert that a failed journey owes; `None` when it has not failed.
    #[must_use]
    pub fn opened(journey: &Journey) -> Option<Self> {
        let State::Failed { failure } = &journey.state else { return None };
        let id = &journey.id;
        Some(Self {
            fingerprint: fingerprint(id),
            status: Status::Opened,
            severity: severity(failure),
            summary: match failure.step {
                Step::Check => format!(
                    "The copy of snapshot {} of {} in {} is no longer what was copied",
                    id.snapshot.name, journey.source.cache, id.dr_region
                ),
                _ => format!(
                    "Snapshot {} of {} has no copy in {}",
                    id.snapshot.name, journey.source.cache, id.dr_region
                ),
            },
            cache: journey.source.cache.clone(),
            journey: id.clone(),
            step: Some(failure.step),
            cause: Some(failure.cause.clone()),
            action: Some(action(journey, failure)),
            at: journey.updated_at,
        })
    }

    /// The resolve that a recovered journey owes.
    #[must_use]
    pub fn resolved(journey: &Journey) -> Self {
        let id = &journey.id;
        Self {
            fingerprint: fingerprint(id),
            status: Status::Resolved,
            severity: Severity::Info,
            summary: format!(
                "Snapshot {} of {}: its copy in {} is in place",
                id.snapshot.name, journey.source.cache, id.dr_region
            ),
            cache: journey.source.cache.clone(),
            journey: id.clone(),
            step: None,
            cause: None,
            action: None,
            at: journey.updated_at,
        }
    }
}

/// One problem per journey: whichever step it is stuck at, the copy is missing.
fn fingerprint(id: &JourneyId) -> String {
    format!("journey:{id}")
}

fn severity(failure: &Failure) -> Severity {
    match failure.step {
        Step::Check => Severity::Critical,
        _ => Severity::Error,
    }
}

/// What a person can do about it, by step and class.
fn action(journey: &Journey, failure: &Failure) -> String {
    let again = format!(
        "then send a notice of it again: aws lambda invoke --function-name snapguard-copy-snapshot \
         --cli-binary-format raw-in-base64-out --payload '{{\"snapshot\":\"{}\"}}' /dev/stdout",
        journey.id.snapshot.name
    );
    match (failure.step, failure.class) {
        (Step::Check, _) => format!(
            "Find out who wrote to bucket {}. The recorded version of each object is still there \
             unless versions were deleted: remove what was put on top of it, {again}",
            journey.bucket
        ),
        (Step::Export, Class::Denied) => format!(
            "Let the ElastiCache service principal and this function's role write to the staging \
             bucket again (infra/stateful.yaml has the policy), {again}"
        ),
        (_, Class::Denied) => format!(
            "Give the function's role the permission named in the cause (infra/stateless.yaml has \
             the policy), {again}"
        ),
        (Step::Export, Class::Invalid) => {
            "This snapshot cannot be exported any more. Take a new one of the cache if no newer \
             copy exists."
                .to_owned()
        }
        (_, Class::Quota) => format!("Raise the quota or delete what is no longer needed, {again}"),
        (_, Class::Bug) => {
            format!(
                "Report this with the function's log of the time; meanwhile fix the cause, {again}"
            )
        }
        _ => format!("See whether the service named in the cause is healthy, {again}"),
    }
}
