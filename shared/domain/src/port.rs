//! What the functions need of the world, as narrow traits.
//!
//! `aws` and `ledger` implement them over the SDK, `testkit` in memory. None of them retries:
//! the SDK client underneath is the one owner of retries within a call.

mod caches;
mod error;
mod inbox;
mod journal;
mod pager;
mod plans;
mod store;

pub use caches::{CacheRef, Caches, Family, Lookup, SnapshotFacts};
pub use error::ServiceError;
pub use inbox::Inbox;
pub use journal::{Claim, Journal, Who};
pub use pager::Pager;
pub use plans::Plans;
pub use store::{CopySource, Head, ObjectStore, Place, Put, Upload, UploadedPart};

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// The time.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;

    /// Returns after `duration`.
    async fn sleep(&self, duration: Duration);
}
