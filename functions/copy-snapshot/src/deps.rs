//! Everything the function needs of the world, built once per process.

use std::sync::Arc;
use std::time::Duration;

use domain::id::{BucketName, Region};
use domain::port::{Caches, Clock, Inbox, Journal, ObjectStore, Pager};

use crate::protection::Protection;

/// A DR Region: its bucket, and S3 as seen from there. Copies are addressed to the destination.
pub struct Vault {
    /// The DR Region.
    pub region: Region,
    /// Its bucket.
    pub bucket: BucketName,
    /// S3 there.
    pub store: Arc<dyn ObjectStore>,
}

/// Settings that are no secrets and do not change while the process lives.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The Region this function, the caches and the staging bucket are in.
    pub region: Region,
    /// Where ElastiCache writes exports.
    pub staging: BucketName,
    /// Objects larger than this many bytes are copied in parts.
    pub multipart_above: u64,
    /// The size of a part in bytes, S3's limits permitting.
    pub part_size: u64,
    /// Attempts at one step before a person is told.
    pub max_attempts: u32,
    /// How long a journey stays ours without a sign of life.
    pub lease: Duration,
}

/// The dependencies.
pub struct Deps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// ElastiCache.
    pub caches: Arc<dyn Caches>,
    /// What the plan says.
    pub protection: Protection,
    /// The ledger.
    pub journal: Arc<dyn Journal>,
    /// S3 in the staging bucket's Region.
    pub staging: Arc<dyn ObjectStore>,
    /// The DR Regions.
    pub vaults: Vec<Vault>,
    /// Where alerts go.
    pub pager: Arc<dyn Pager>,
    /// The notices queue.
    pub inbox: Arc<dyn Inbox>,
    /// Settings.
    pub settings: Settings,
}
