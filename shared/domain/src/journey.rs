//! A journey's state, and how each recorded change moves it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::class::Class;
use crate::id::{BucketName, JourneyId};
use crate::object::Object;
use crate::source::Source;

/// Where a journey stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum State {
    /// The snapshot is finished and ours to protect; nothing was done yet.
    Observed,
    /// ElastiCache is writing the shard objects into the staging bucket.
    Exporting,
    /// Every shard object is staged, and its size and checksum are known.
    Exported,
    /// The objects are being copied to the DR Region.
    Copying,
    /// Every copy matches its original in size and checksum, and the manifest is in place.
    Copied,
    /// The copy's bytes were read and parsed.
    Verified,
    /// Stopped; a person was, or is about to be, told.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// Deliberately not copied.
    Skipped {
        /// Why, for an auditor.
        reason: String,
    },
}

impl State {
    /// The state's name alone, as indexes and filters spell it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Exporting => "exporting",
            Self::Exported => "exported",
            Self::Copying => "copying",
            Self::Copied => "copied",
            Self::Verified => "verified",
            Self::Failed { .. } => "failed",
            Self::Skipped { .. } => "skipped",
        }
    }

    /// Every name [`State::name`] can give, in the order of a journey.
    pub const NAMES: [&'static str; 8] =
        ["observed", "exporting", "exported", "copying", "copied", "verified", "failed", "skipped"];
}

/// The part of the work that an attempt was at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Finding out how things stand.
    Observe,
    /// Having ElastiCache write the snapshot into the staging bucket.
    Export,
    /// Learning the staged objects' checksums.
    Fingerprint,
    /// Copying the objects to the DR Region and comparing both sides.
    Copy,
    /// Writing the manifest.
    Manifest,
    /// Comparing a finished copy with what the ledger recorded of it.
    Check,
}

impl Step {
    /// The step's name, as alerts and filters spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Export => "export",
            Self::Fingerprint => "fingerprint",
            Self::Copy => "copy",
            Self::Manifest => "manifest",
            Self::Check => "check",
        }
    }
}

/// Why an attempt did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What was being done.
    pub step: Step,
    /// What kind of failure it was.
    pub class: Class,
    /// The service's own error code, where it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What happened, in a sentence a person understands.
    pub cause: String,
    /// Attempts at this step, this one included.
    pub attempts: u32,
}

/// What people have been told about this journey.
///
/// Two values say "owed": the change is recorded before the alert is published, so that a
/// function that dies in between leaves a trace that the next one acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// Nothing, and nothing is due.
    #[default]
    Quiet,
    /// The journey failed and nobody was told yet.
    OpenOwed,
    /// An alert is open.
    Open,
    /// The journey recovered and the open alert was not resolved yet.
    ResolveOwed,
}

/// A finished copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// The shard objects in the DR bucket, in shard order.
    pub objects: Vec<Object>,
    /// The manifest beside them.
    pub manifest: Object,
}

/// One snapshot on its way to one DR Region: the current-state item of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey {
    /// Which one.
    pub id: JourneyId,
    /// What travels.
    pub source: Source,
    /// The bucket it travels to.
    pub bucket: BucketName,
    /// Where it stands.
    pub state: State,
    /// The staged objects, once known. Kept after staging expires: a copy is compared with this.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub staged: Vec<Object>,
    /// The finished copy, once there is one. Kept when a later check fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<Copy>,
    /// Failed attempts since the last progress.
    #[serde(default)]
    pub attempts: u32,
    /// What people have been told.
    #[serde(default)]
    pub alarm: Alarm,
    /// When the journey was opened.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What happened: the content of a ledger entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Change {
    /// The snapshot was seen finished for the first time.
    Opened,
    /// ElastiCache accepted our export.
    ExportStarted {
        /// The export's name, which begins the staged keys.
        target: String,
    },
    /// An export was found under way: an earlier attempt of ours whose answer was lost.
    ExportSeen,
    /// Every staged object is there.
    Exported {
        /// The objects, with checksums.
        objects: Vec<Object>,
        /// The snapshot and its cache, with what only the live cache could tell.
        source: Box<Source>,
    },
    /// Copying began.
    CopyStarted,
    /// Everything matches on both sides and the manifest is in place.
    Copied {
        /// What lies in the DR Region.
        copy: Copy,
    },
    /// An attempt failed and will be made again.
    AttemptFailed {
        /// Why.
        failure: Failure,
    },
    /// The journey stopped.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// A copy that had been altered is again what the ledger recorded.
    Restored,
    /// An alert was published.
    AlertOpened,
    /// Its resolve was published.
    AlertResolved,
    /// The plan does not protect this snapshot.
    Skipped {
        /// Why.
        reason: String,
    },
}

impl Change {
    /// The change's name, as entries spell it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::ExportStarted { .. } => "export_started",
            Self::ExportSeen => "export_seen",
            Self::Exported { .. } => "exported",
            Self::CopyStarted => "copy_started",
            Self::Copied { .. } => "copied",
            Self::AttemptFailed { .. } => "attempt_failed",
            Self::Failed { .. } => "failed",
            Self::Restored => "restored",
            Self::AlertOpened => "alert_opened",
            Self::AlertResolved => "alert_resolved",
            Self::Skipped { .. } => "skipped",
        }
    }
}

impl Journey {
    /// A journey that begins now.
    #[must_use]
    pub fn open(id: JourneyId, source: Source, bucket: BucketName, now: Timestamp) -> Self {
        Self {
            id,
            source,
            bucket,
            state: State::Observed,
            staged: Vec::new(),
            copy: None,
            attempts: 0,
            alarm: Alarm::Quiet,
            opened_at: now,
            updated_at: now,
        }
    }

    /// The journey after a change. Total: any change may follow any state, because what happened
    /// happened; [`crate::decide`] is what chooses.
    #[must_use]
    pub fn after(&self, change: &Change, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.updated_at = now;
        match change {
            Change::Opened => {}
            Change::ExportStarted { .. } | Change::ExportSeen => next.moved(State::Exporting),
            Change::Exported { objects, source } => {
                next.staged = objects.clone();
                next.source = (**source).clone();
                next.moved(State::Exported);
            }
            Change::CopyStarted => next.moved(State::Copying),
            Change::Copied { copy } => {
                next.copy = Some(copy.clone());
                next.moved(State::Copied);
                next.recovered();
            }
            Change::Restored => {
                next.moved(State::Copied);
                next.recovered();
            }
            Change::AttemptFailed { failure } => next.attempts = failure.attempts,
            Change::Failed { failure } => {
                next.attempts = failure.attempts;
                next.state = State::Failed { failure: failure.clone() };
                // An alert that is still open says the same thing; a resolve that nobody has
                // heard yet is simply not sent.
                next.alarm = match self.alarm {
                    Alarm::Quiet | Alarm::OpenOwed => Alarm::OpenOwed,
                    Alarm::Open | Alarm::ResolveOwed => Alarm::Open,
                };
            }
            Change::AlertOpened => next.alarm = Alarm::Open,
            Change::AlertResolved => next.alarm = Alarm::Quiet,
            Change::Skipped { reason } => {
                next.moved(State::Skipped { reason: reason.clone() });
                next.recovered();
            }
        }
        next
    }

    fn moved(&mut self, state: State) {
        self.state = state;
        self.attempts = 0;
    }

    /// Nobody is paged for what a retry fixed: an alert that was owed but never sent is dropped,
    /// one that was sent is resolved.
    fn recovered(&mut self) {
        self.alarm = match self.alarm {
            Alarm::Quiet | Alarm::OpenOwed => Alarm::Quiet,
            Alarm::Open | Alarm::ResolveOwed => Alarm::ResolveOwed,
        };
    }
}
