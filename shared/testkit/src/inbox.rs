use std::time::Duration;

use async_trait::async_trait;
use domain::port::{Inbox, ServiceError};

use crate::world::World;

#[async_trait]
impl Inbox for World {
    async fn postpone(&self, receipt: &str, delay: Duration) -> Result<(), ServiceError> {
        self.gate
            .pass("sqs:ChangeMessageVisibility", || {
                self.state().postponed.push((receipt.to_owned(), delay));
                Ok(())
            })
            .await
    }

    async fn dead_letter(&self, body: &str, reason: &str) -> Result<(), ServiceError> {
        self.gate
            .pass("sqs:SendMessage", || {
                self.state().dead.push((body.to_owned(), reason.to_owned()));
                Ok(())
            })
            .await
    }
}
