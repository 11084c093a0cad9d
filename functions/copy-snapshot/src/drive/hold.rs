//! Holding a journey: one invocation works on it at a time.
//!
//! The holder renews its lease. One that finds the journey held waits until the lease is
//! released, is renewed (the holder lives and will finish), or runs out (it died). So a notice
//! that meets a dead holder takes over, and one that meets a live one costs no more than a few
//! seconds of waiting.

use std::time::Duration;

use domain::id::JourneyId;
use domain::journey::Journey;
use domain::port::{Claim, ServiceError, Who};
use jiff::Timestamp;
use tracing::{info, warn};

use crate::budget::Budget;
use crate::deps::Deps;

/// How often a waiting invocation looks whether the journey is free.
const POLL: Duration = Duration::from_millis(500);

/// How an attempt to take hold of a journey ended.
pub(super) enum Taken {
    /// It is ours, as the ledger has it, at this version.
    Held(Box<Journey>, u64),
    /// A live invocation has it.
    Underway,
    /// The invocation's time ended before either was clear.
    OutOfTime,
}

/// Takes hold of the journey, or finds out that a live invocation has it.
pub(super) async fn take(
    deps: &Deps,
    fresh: &Journey,
    who: &Who,
    budget: &Budget,
) -> Result<Taken, ServiceError> {
    let mut first_seen: Option<Timestamp> = None;
    loop {
        let lease = deps.settings.lease;
        match deps.journal.claim(fresh, who, deps.clock.now(), lease).await? {
            Claim::Held { journey, version } => return Ok(Taken::Held(journey, version)),
            Claim::Busy { until } => {
                let first = *first_seen.get_or_insert(until);
                if until > first {
                    info!(journey = %fresh.id, "another invocation works on it");
                    return Ok(Taken::Underway);
                }
            }
        }
        if budget.is_over() {
            return Ok(Taken::OutOfTime);
        }
        deps.clock.sleep(POLL).await;
    }
}

/// Renews the lease for as long as it is polled; returns when it is lost.
pub(super) async fn keep(deps: &Deps, id: &JourneyId, who: &Who) {
    let lease = deps.settings.lease;
    let mut held_until = expiry(deps, lease);
    loop {
        deps.clock.sleep(lease / 3).await;
        let until = expiry(deps, lease);
        match deps.journal.renew(id, who, until).await {
            Ok(true) => held_until = until,
            Ok(false) => return,
            Err(error) if deps.clock.now() < held_until => {
                warn!(%error, "the lease could not be renewed yet");
            }
            Err(error) => {
                warn!(%error, "the lease could not be renewed in time");
                return;
            }
        }
    }
}

fn expiry(deps: &Deps, lease: Duration) -> Timestamp {
    deps.clock.now().checked_add(lease).unwrap_or(Timestamp::MAX)
}
