#![doc = include_str!("../README.md")]

mod audit;
mod canonical;
mod chain;
mod digest;
mod entry;
mod error;
mod item;
mod journal;
mod key;
mod lease;
mod packed;
mod plan;
mod search;
mod transaction;

#[cfg(test)]
mod sample;

pub use audit::Audit;
pub use chain::{BrokenChain, Head, verify_chain};
pub use digest::{BadDigest, Digest};
pub use entry::{Entry, Sealed};
pub use plan::StoredPlan;
pub use search::{Page, Pages, Search};

/// The journeys and their history, in one DynamoDB table.
#[derive(Debug, Clone)]
pub struct Ledger {
    client: aws_sdk_dynamodb::Client,
    table: String,
}

impl Ledger {
    /// A ledger in `table`, which must be in the client's Region.
    ///
    /// The client's retries and timeouts are the only ones, but for cancelled transactions,
    /// which the SDK leaves to its callers.
    #[must_use]
    pub fn new(client: aws_sdk_dynamodb::Client, table: String) -> Self {
        Self { client, table }
    }

    /// The same, with a client of its own. `config` is the `&SdkConfig` all clients share.
    #[must_use]
    pub fn connect(config: impl Into<aws_sdk_dynamodb::Config>, table: String) -> Self {
        Self::new(aws_sdk_dynamodb::Client::from_conf(config.into()), table)
    }

    /// The name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }
}
