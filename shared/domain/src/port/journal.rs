use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ServiceError;
use crate::id::{JourneyId, Region, SnapshotName};
use crate::journey::{Change, Journey};

/// Who did something: recorded in every entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The function, or `cli`.
    pub function: String,
    /// The invocation's request id, or the person's ARN.
    pub request_id: String,
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The journey is ours until the lease runs out.
    Held {
        /// The journey as the ledger has it.
        journey: Box<Journey>,
        /// The number of entries written so far: what the next record must still find.
        version: u64,
    },
    /// Somebody else works on it.
    Busy {
        /// Until when their lease runs, unless they renew it.
        until: Timestamp,
    },
}

/// The ledger, as a function that drives journeys needs it.
///
/// A journey is worked on by one invocation at a time. The holder renews its lease while it
/// works; one that died is recognised by a lease that runs out.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Takes hold of a journey for `lease`, opening it with `fresh` (and an `Opened` entry) if
    /// the ledger does not have it.
    async fn claim(
        &self,
        fresh: &Journey,
        who: &Who,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claim, ServiceError>;

    /// Extends the lease. `false` when it is no longer ours.
    async fn renew(
        &self,
        id: &JourneyId,
        who: &Who,
        until: Timestamp,
    ) -> Result<bool, ServiceError>;

    /// Lets go. Does nothing when it is no longer ours.
    async fn release(&self, id: &JourneyId, who: &Who) -> Result<(), ServiceError>;

    /// Writes the journey as it is after `change` and an entry that says so, in one transaction,
    /// and answers the new version.
    ///
    /// # Errors
    /// Class `Conflict` when the ledger is no longer at `version` or the lease is no longer ours;
    /// nothing was written then.
    async fn record(
        &self,
        after: &Journey,
        change: &Change,
        version: u64,
        who: &Who,
    ) -> Result<u64, ServiceError>;

    /// The journey as the ledger has it, without taking hold of it.
    async fn load(&self, id: &JourneyId) -> Result<Option<Journey>, ServiceError>;

    /// Every journey of snapshots of this name, in every DR Region.
    async fn of_snapshot(
        &self,
        region: &Region,
        name: &SnapshotName,
    ) -> Result<Vec<Journey>, ServiceError>;
}
