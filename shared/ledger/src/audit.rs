//! A journey with its whole history, and whether that history is what was written.

use domain::id::{JourneyId, Region, SnapshotName};
use domain::journey::Journey;
use domain::port::ServiceError;

use crate::chain::{BrokenChain, verify_chain};
use crate::entry::Sealed;
use crate::error::unreadable;
use crate::item::{EntryItem, Item, StateItem};
use crate::{Ledger, key};

const QUERY: &str = "dynamodb:Query";

/// One journey, as an auditor wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Where it stands.
    pub journey: Journey,
    /// The number of entries its current state counts.
    pub version: u64,
    /// Its history, oldest first, without what cannot be read.
    pub entries: Vec<Sealed>,
    /// Whether history and current state are what was written.
    pub chain: Result<(), BrokenChain>,
}

impl Ledger {
    /// Everything recorded of the snapshots of this name, one answer for each moment it was taken
    /// at and each DR Region, oldest first.
    ///
    /// # Errors
    /// When the ledger cannot be read, or a current-state item is not one.
    pub async fn audit(
        &self,
        region: &Region,
        name: &SnapshotName,
    ) -> Result<Vec<Audit>, ServiceError> {
        let subject = format!("{region}/{name}");
        let items = self.partition(&key::partition(region, name), key::JOURNEY, &subject).await?;
        let mut audits = Vec::new();
        for item in items {
            let (state, journey) = read_state(item, &subject)?;
            audits.push(self.audit_of(state, journey, &subject).await?);
        }
        Ok(audits)
    }

    /// The history of one journey, oldest first; empty when the ledger does not have it.
    ///
    /// # Errors
    /// When the ledger cannot be read, or an entry is not one; [`Ledger::audit`] reports the
    /// latter and goes on.
    pub async fn entries(&self, id: &JourneyId) -> Result<Vec<Sealed>, ServiceError> {
        self.history(id)
            .await?
            .into_iter()
            .map(|item| {
                EntryItem::read(item)
                    .and_then(EntryItem::sealed)
                    .map_err(|e| unreadable(QUERY, id.to_string(), e))
            })
            .collect()
    }

    /// State and history are read one after the other; where something was recorded in between, both
    /// are read again. The state is behind its history for that reason only for a moment, and for
    /// ever where entries were added behind its back.
    async fn audit_of(
        &self,
        mut state: StateItem,
        mut journey: Journey,
        subject: &str,
    ) -> Result<Audit, ServiceError> {
        loop {
            let history = self.history(&journey.id).await?;
            let key = key::state(&journey.id);
            let items = self.partition(&key::partition_of(&journey.id), &key, subject).await?;
            let Some(item) = items.into_iter().next() else {
                return Ok(audit(&state, journey, history));
            };
            let (now, journey_now) = read_state(item, subject)?;
            if now.version == state.version {
                return Ok(audit(&state, journey, history));
            }
            (state, journey) = (now, journey_now);
        }
    }

    async fn history(&self, id: &JourneyId) -> Result<Vec<Item>, ServiceError> {
        self.partition(&key::partition_of(id), &key::entries(id), &id.to_string()).await
    }
}

fn read_state(item: Item, subject: &str) -> Result<(StateItem, Journey), ServiceError> {
    let state = StateItem::read(item).map_err(|e| unreadable(QUERY, subject, e))?;
    let journey = state.journey().map_err(|e| unreadable(QUERY, subject, e))?;
    Ok((state, journey))
}

fn audit(state: &StateItem, journey: Journey, history: Vec<Item>) -> Audit {
    let mut entries = Vec::with_capacity(history.len());
    let mut unreadable = None;
    for (item, seq) in history.into_iter().zip(1_u64..) {
        match EntryItem::read(item).and_then(EntryItem::sealed) {
            Ok(sealed) => entries.push(sealed),
            Err(error) => {
                unreadable.get_or_insert(BrokenChain::Unreadable { seq, why: error.to_string() });
            }
        }
    }
    let chain = match unreadable {
        Some(broken) => Err(broken),
        None if !state.is_consistent(&journey) => Err(BrokenChain::StateAltered),
        None => verify_chain(&entries, &journey.id, &state.head()),
    };
    Audit { journey, version: state.version, entries, chain }
}
