use std::time::Duration;

use async_trait::async_trait;
use domain::class::Class;
use domain::id::{JourneyId, Region, SnapshotName};
use domain::journey::{Change, Journey};
use domain::port::{Claim, Journal, ServiceError, Who};
use jiff::Timestamp;

use crate::world::World;

/// One entry as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub change: Change,
    pub state: &'static str,
    pub who: Who,
}

pub(crate) struct Book {
    journey: Journey,
    entries: Vec<Recorded>,
    lease: Option<(String, Timestamp)>,
}

impl Book {
    fn is_held_by(&self, who: &Who) -> bool {
        self.lease.as_ref().is_some_and(|(owner, _)| *owner == who.request_id)
    }

    fn version(&self) -> u64 {
        self.entries.len() as u64
    }
}

impl World {
    /// Every journey, as the ledger has it.
    #[must_use]
    pub fn journeys(&self) -> Vec<Journey> {
        self.state().books.values().map(|book| book.journey.clone()).collect()
    }

    /// The entries of the journey with this snapshot name, all DR Regions together.
    #[must_use]
    pub fn entries(&self, snapshot: &str) -> Vec<Recorded> {
        let state = self.state();
        let of_snapshot = |b: &&Book| b.journey.id.snapshot.name.as_str() == snapshot;
        state.books.values().filter(of_snapshot).flat_map(|b| b.entries.clone()).collect()
    }
}

#[async_trait]
impl Journal for World {
    async fn claim(
        &self,
        fresh: &Journey,
        who: &Who,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claim, ServiceError> {
        self.gate
            .pass("ledger:claim", || {
                let mut state = self.state();
                let book = state.books.entry(fresh.id.to_string()).or_insert_with(|| Book {
                    journey: fresh.clone(),
                    entries: vec![Recorded {
                        change: Change::Opened,
                        state: fresh.state.name(),
                        who: who.clone(),
                    }],
                    lease: None,
                });
                if let Some((owner, until)) = &book.lease
                    && *owner != who.request_id
                    && *until > now
                {
                    return Ok(Claim::Busy { until: *until });
                }
                book.lease = Some((who.request_id.clone(), now.checked_add(lease).unwrap()));
                Ok(Claim::Held { journey: Box::new(book.journey.clone()), version: book.version() })
            })
            .await
    }

    async fn renew(
        &self,
        id: &JourneyId,
        who: &Who,
        until: Timestamp,
    ) -> Result<bool, ServiceError> {
        self.gate
            .pass("ledger:renew", || {
                let mut state = self.state();
                let Some(book) = state.books.get_mut(&id.to_string()) else { return Ok(false) };
                let ours = book.is_held_by(who);
                if ours {
                    book.lease = Some((who.request_id.clone(), until));
                }
                Ok(ours)
            })
            .await
    }

    async fn release(&self, id: &JourneyId, who: &Who) -> Result<(), ServiceError> {
        self.gate
            .pass("ledger:release", || {
                let mut state = self.state();
                if let Some(book) = state.books.get_mut(&id.to_string())
                    && book.is_held_by(who)
                {
                    book.lease = None;
                }
                Ok(())
            })
            .await
    }

    async fn record(
        &self,
        after: &Journey,
        change: &Change,
        version: u64,
        who: &Who,
    ) -> Result<u64, ServiceError> {
        self.gate
            .pass("ledger:record", || {
                let mut state = self.state();
                let book = state.books.get_mut(&after.id.to_string()).unwrap();
                if book.version() != version || !book.is_held_by(who) {
                    return Err(ServiceError::new(
                        "ledger:record",
                        after.id.to_string(),
                        Class::Conflict,
                        "the ledger moved on",
                    ));
                }
                book.journey = after.clone();
                book.entries.push(Recorded {
                    change: change.clone(),
                    state: after.state.name(),
                    who: who.clone(),
                });
                Ok(book.version())
            })
            .await
    }

    async fn load(&self, id: &JourneyId) -> Result<Option<Journey>, ServiceError> {
        self.gate
            .pass("ledger:load", || {
                Ok(self.state().books.get(&id.to_string()).map(|b| b.journey.clone()))
            })
            .await
    }

    async fn of_snapshot(
        &self,
        region: &Region,
        name: &SnapshotName,
    ) -> Result<Vec<Journey>, ServiceError> {
        self.gate
            .pass("ledger:of_snapshot", || {
                let state = self.state();
                let of =
                    |j: &&Journey| j.id.snapshot.name == *name && j.id.snapshot.region == *region;
                Ok(state.books.values().map(|b| &b.journey).filter(of).cloned().collect())
            })
            .await
    }
}
