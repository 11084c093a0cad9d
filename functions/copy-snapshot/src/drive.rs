//! One journey, driven as far as it goes now: observe, decide, act, record, until there is
//! nothing to do.

mod hold;

use domain::alert::Alert;
use domain::class::Class;
use domain::decide::{Next, decide};
use domain::id::JourneyId;
use domain::journey::{Alarm, Change, Failure, Journey, State, Step};
use domain::port::{ServiceError, Who};
use domain::source::Source;
use tracing::{info, warn};

use hold::Taken;

use crate::act::{self, Stop};
use crate::budget::Budget;
use crate::decode::Report;
use crate::deps::{Deps, Vault};
use crate::observe::observe;

/// How a journey stands when an invocation lets go of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is left to do; the state's name.
    Settled(&'static str),
    /// What it waits for will announce itself.
    Waiting(&'static str),
    /// What it waits for will not announce itself.
    LookAgain(&'static str),
    /// Our own work is not done; it must be taken up again.
    Unfinished(String),
    /// It failed, which is recorded and told.
    Failed(Failure),
    /// Another invocation works on it, and lives.
    Underway,
}

/// No journey needs as many rounds; one that does would otherwise spin.
const ROUNDS: usize = 24;

const OUT_OF_TIME: &str = "the invocation's time is over";

/// Drives the journey of one snapshot to one DR Region.
///
/// # Errors
/// Only when the ledger cannot be asked or written: every other failure is recorded there.
pub(crate) async fn drive(
    deps: &Deps,
    vault: &Vault,
    source: &Source,
    report: Option<&Report>,
    who: &Who,
    budget: &Budget,
) -> Result<Progress, ServiceError> {
    let id = JourneyId { snapshot: source.snapshot.clone(), dr_region: vault.region.clone() };
    let fresh = Journey::open(id.clone(), source.clone(), vault.bucket.clone(), deps.clock.now());
    let (journey, version) = match hold::take(deps, &fresh, who, budget).await? {
        Taken::Held(journey, version) => (*journey, version),
        Taken::Underway => return Ok(Progress::Underway),
        Taken::OutOfTime => return Ok(Progress::Unfinished(OUT_OF_TIME.to_owned())),
    };
    let drive = Drive { deps, vault, who, budget, journey, version };
    let outcome = tokio::select! {
        outcome = drive.run(report) => outcome,
        () = hold::keep(deps, &id, who) => {
            Ok(Progress::Unfinished("the lease on the journey was lost".to_owned()))
        }
    };
    if let Err(error) = deps.journal.release(&id, who).await {
        // It runs out by itself.
        warn!(%error, "the lease could not be released");
    }
    match outcome {
        Err(error) if error.class == Class::Conflict => {
            Ok(Progress::Unfinished("someone else changed the journey meanwhile".to_owned()))
        }
        outcome => outcome,
    }
}

struct Drive<'a> {
    deps: &'a Deps,
    vault: &'a Vault,
    who: &'a Who,
    budget: &'a Budget,
    journey: Journey,
    version: u64,
}

/// What a round led to.
enum Round {
    Again,
    Over(Progress),
}

impl Drive<'_> {
    async fn run(mut self, report: Option<&Report>) -> Result<Progress, ServiceError> {
        if let Some(report) = report
            && self.journey.state != State::Observed
        {
            return self.reported(report).await;
        }
        if self.journey.state == State::Observed {
            let caches = self.deps.caches.as_ref();
            let (source, to) = (&self.journey.source, &self.vault.region);
            match self.deps.protection.refusal(caches, source, to).await {
                Ok(None) => {}
                Ok(Some(reason)) => {
                    let skipped = Change::Skipped { reason };
                    self.record(skipped).await.map_err(Trouble::into_ledger)?;
                    return Ok(self.settled());
                }
                Err(error) => return self.attempt_failed(Step::Observe, &error).await,
            }
        }
        for _ in 0..ROUNDS {
            if self.budget.is_over() {
                return Ok(Progress::Unfinished(OUT_OF_TIME.to_owned()));
            }
            match self.round().await {
                Ok(Round::Again) => {}
                Ok(Round::Over(progress)) => return Ok(progress),
                Err(Trouble::Ledger(error)) => return Err(error),
                Err(Trouble::Stop(Stop::OutOfTime)) => {
                    return Ok(Progress::Unfinished(OUT_OF_TIME.to_owned()));
                }
                Err(Trouble::Stop(Stop::Failed(step, error))) => {
                    return self.attempt_failed(step, &error).await;
                }
            }
        }
        Ok(Progress::Unfinished(format!("no end after {ROUNDS} rounds")))
    }

    async fn round(&mut self) -> Result<Round, Trouble> {
        let seen =
            observe(self.deps, self.vault, &self.journey).await.map_err(Stop::at(Step::Observe))?;
        let next = decide(&self.journey, &seen);
        info!(state = self.journey.state.name(), next = ?next, "decided");
        match next {
            Next::OpenAlert | Next::ResolveAlert => self.tell().await?,
            Next::Export { target } => {
                let staging = &self.deps.settings.staging;
                self.deps
                    .caches
                    .export(&self.journey.source, &target, staging)
                    .await
                    .map_err(Stop::at(Step::Export))?;
                self.record(Change::ExportStarted { target }).await?;
            }
            Next::NoteExport => {
                self.record(Change::ExportSeen).await?;
                // It may be someone else's, to another bucket; then nothing of ours announces
                // its end.
                return Ok(Round::Over(Progress::LookAgain("an export is under way")));
            }
            Next::Fingerprint { staged } => {
                let store = self.deps.staging.as_ref();
                let objects = act::fingerprint(store, &self.deps.settings.staging, &staged)
                    .await
                    .map_err(Stop::at(Step::Fingerprint))?;
                let source = self.deps.caches.complete(self.journey.source.clone());
                let source = Box::new(source.await.map_err(Stop::at(Step::Fingerprint))?);
                self.record(Change::Exported { objects, source }).await?;
            }
            Next::BeginCopy => self.record(Change::CopyStarted).await?,
            Next::Copy => {
                let copy = act::copy(self.deps, self.vault, &self.journey, self.budget).await?;
                self.record(Change::Copied { copy }).await?;
            }
            Next::NoteRestored => self.record(Change::Restored).await?,
            Next::Fail(failure) => {
                return self.failed(failure).await.map(Round::Over).map_err(Trouble::Ledger);
            }
            Next::Await(why) => return Ok(Round::Over(Progress::Waiting(why))),
            Next::LookAgain(why) => return Ok(Round::Over(Progress::LookAgain(why))),
            Next::Settled => return Ok(Round::Over(self.settled())),
        }
        Ok(Round::Again)
    }

    fn settled(&self) -> Progress {
        match &self.journey.state {
            State::Failed { failure } => Progress::Failed(failure.clone()),
            state => Progress::Settled(state.name()),
        }
    }

    async fn record(&mut self, change: Change) -> Result<(), Trouble> {
        let after = self.journey.after(&change, self.deps.clock.now());
        self.version = self
            .deps
            .journal
            .record(&after, &change, self.version, self.who)
            .await
            .map_err(Trouble::Ledger)?;
        info!(what = change.name(), state = after.state.name(), "recorded");
        self.journey = after;
        Ok(())
    }

    /// An attempt failed: it is made again while that may help, and told to a person when not.
    async fn attempt_failed(
        &mut self,
        step: Step,
        error: &ServiceError,
    ) -> Result<Progress, ServiceError> {
        let attempts = self.journey.attempts.saturating_add(1);
        let failure = act::failure(step, error, attempts);
        if !error.class.retryable() || attempts >= self.deps.settings.max_attempts {
            return self.failed(failure).await;
        }
        let cause = failure.cause.clone();
        self.record(Change::AttemptFailed { failure }).await.map_err(Trouble::into_ledger)?;
        Ok(Progress::Unfinished(cause))
    }

    /// Records the failure and sees that it is told. The same failure again is not news.
    async fn failed(&mut self, failure: Failure) -> Result<Progress, ServiceError> {
        let known = matches!(&self.journey.state, State::Failed { failure: known }
            if known.step == failure.step && known.cause == failure.cause);
        if !known {
            self.record(Change::Failed { failure: failure.clone() })
                .await
                .map_err(Trouble::into_ledger)?;
        }
        self.tell().await.map_err(Trouble::into_ledger)?;
        Ok(Progress::Failed(failure))
    }

    /// Publishes what is owed, then records that it was: a crash in between publishes twice,
    /// never not at all.
    async fn tell(&mut self) -> Result<(), Trouble> {
        let (alert, change) = match self.journey.alarm {
            Alarm::OpenOwed => (Alert::opened(&self.journey), Change::AlertOpened),
            Alarm::ResolveOwed => (Some(Alert::resolved(&self.journey)), Change::AlertResolved),
            Alarm::Quiet | Alarm::Open => return Ok(()),
        };
        if let Some(alert) = alert {
            self.deps.pager.publish(&alert).await.map_err(Trouble::Ledger)?;
        }
        self.record(change).await
    }

    /// ElastiCache reports that our export failed. A report older than our last step is about an
    /// earlier attempt, and none of them asks for a new one: that would fail and report again.
    async fn reported(&mut self, report: &Report) -> Result<Progress, ServiceError> {
        let is_news = self.journey.state == State::Exporting
            && report.at.is_none_or(|at| at >= self.journey.updated_at);
        if is_news {
            let failure = Failure {
                step: Step::Export,
                class: if report.cause.contains("permission") {
                    Class::Denied
                } else {
                    Class::Invalid
                },
                code: None,
                cause: report.cause.clone(),
                attempts: self.journey.attempts.saturating_add(1),
            };
            return self.failed(failure).await;
        }
        self.tell().await.map_err(Trouble::into_ledger)?;
        Ok(self.settled())
    }
}

/// What ends a round early.
enum Trouble {
    /// The attempt failed, or ran out of time: recorded in the ledger.
    Stop(Stop),
    /// The ledger, or the topic that people are told through, cannot be used: nothing can be
    /// recorded or told, so the notice itself must come back.
    Ledger(ServiceError),
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl Trouble {
    /// For the paths that only record and tell.
    fn into_ledger(self) -> ServiceError {
        match self {
            Self::Ledger(error) | Self::Stop(Stop::Failed(_, error)) => error,
            Self::Stop(Stop::OutOfTime) => {
                ServiceError::new("record", "journey", Class::Transient, "out of time")
            }
        }
    }
}
