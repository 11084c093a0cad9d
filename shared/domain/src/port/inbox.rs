use std::time::Duration;

use async_trait::async_trait;

use super::ServiceError;

/// The queue that notices come through.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Has a message delivered again after `delay`, instead of after the queue's own timeout.
    async fn postpone(&self, receipt: &str, delay: Duration) -> Result<(), ServiceError>;

    /// Puts a notice that can never be handled where people find it, with the reason beside it.
    async fn dead_letter(&self, body: &str, reason: &str) -> Result<(), ServiceError>;
}
