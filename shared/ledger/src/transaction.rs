//! All writes that belong together, or none of them.

use std::time::Duration;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::class::Class;
use domain::port::ServiceError;

use crate::Ledger;
use crate::digest::Digest;
use crate::error::transaction_error;

/// How often a transaction that met another one is sent.
const ATTEMPTS: u32 = 6;
/// The pause before the second attempt; each later one is twice as long.
const PAUSE: Duration = Duration::from_millis(20);

impl Ledger {
    /// Sends a transaction.
    ///
    /// It is sent again when it was cancelled because another write to one of its items was under
    /// way: somebody who asks for the lease is enough for that, so it happens to a holder who did
    /// nothing wrong, and the SDK leaves it to us. The token makes DynamoDB answer a repetition
    /// (ours or the SDK's) as it answered the first, for ten minutes.
    pub(crate) async fn transact(
        &self,
        subject: &str,
        items: Vec<TransactWriteItem>,
        token: Digest,
    ) -> Result<(), ServiceError> {
        // DynamoDB takes up to 36 characters.
        let token: String = token.to_string().chars().take(36).collect();
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .client_request_token(&token)
                .send()
                .await;
            let Err(error) = sent else { return Ok(()) };
            let error = transaction_error(subject, error);
            if error.class != Class::Transient
                || error.code.as_deref() != Some("TransactionConflict")
                || attempt == ATTEMPTS
            {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            attempt += 1;
            pause *= 2;
        }
    }
}
