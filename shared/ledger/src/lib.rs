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
mod search;
mod transaction;

#[cfg(test)]
mod sample;

pub use audit::Audit;
pub use chain::{BrokenChain, Head, verify_chain};
pub use digest::{BadDigest, Digest};
pub use entry::{Entry, Sealed};
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
    /// which the SDK does not retry (see `transaction`).
    #[must_use]
    pub fn new(client: aws_sdk_dynamodb::Client, table: String) -> Self {
        Self { client, table }
    }
}
