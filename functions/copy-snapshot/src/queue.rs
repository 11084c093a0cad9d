//! Messages of the notices queue, each answered for on its own.
//!
//! The queue is the one owner of retries between invocations: a message is done, comes back
//! after a delay of ours, or lies in the dead-letter queue with the reason beside it.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::port::Who;
use lambda::chain;
use serde_json::Value;
use tracing::{error, info, warn};

use crate::budget::Budget;
use crate::decode::DecodeError;
use crate::deps::Deps;
use crate::{Error, notice};

/// The first delay before a message comes back.
const FIRST_DELAY: Duration = Duration::from_secs(5);
/// The longest.
const LONGEST_DELAY: Duration = Duration::from_secs(900);
/// Deliveries after which a message that only waits for others, some hours by then, is shown to a
/// person: it must neither be forgotten nor wait for ever. Below the number after which the queue
/// itself gives up (infra/stateless.yaml), so that it carries a reason.
const PATIENCE: u32 = 15;

/// Answers for every message of a batch.
pub(crate) async fn answer(
    deps: &Deps,
    event: SqsEvent,
    who: &Who,
    budget: &Budget,
) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in event.records {
        if !is_done(deps, &message, who, budget).await {
            response.add_failure(message.message_id.unwrap_or_default());
        }
    }
    response
}

async fn is_done(deps: &Deps, message: &SqsMessage, who: &Who, budget: &Budget) -> bool {
    let body = message.body.as_deref().unwrap_or_default();
    let outcome = match serde_json::from_str::<Value>(body) {
        Ok(value) => notice(deps, &value, who, budget).await,
        Err(error) => Err(Error::Malformed(DecodeError::Json(error))),
    };
    let deliveries = deliveries(message);
    match outcome {
        Ok(handled) => {
            if let Some(why) = handled.unfinished() {
                info!(why, "the notice comes back");
                return postpone(deps, message, deliveries).await;
            }
            match handled.look_again() {
                None => true,
                Some(why) if deliveries < PATIENCE => {
                    info!(why, "the notice comes back");
                    postpone(deps, message, deliveries).await
                }
                Some(why) => {
                    give_up(deps, body, &format!("waited through {deliveries} deliveries: {why}"))
                        .await
                }
            }
        }
        Err(error) if is_hopeless(deps, &error, deliveries) => {
            give_up(deps, body, &chain(&error)).await
        }
        Err(error) => {
            error!(reason = chain(&error), "the notice comes back");
            postpone(deps, message, deliveries).await
        }
    }
}

/// Puts a message into the dead-letter queue, with the reason. Where that cannot be, it comes back.
async fn give_up(deps: &Deps, body: &str, reason: &str) -> bool {
    error!(reason, "the notice goes to the dead-letter queue");
    match deps.inbox.dead_letter(body, reason).await {
        Ok(()) => true,
        Err(error) => {
            error!(reason = chain(&error), "the dead-letter queue refused it");
            false
        }
    }
}

/// Whether delivering the notice again would not help, or was tried often enough. Nothing could be
/// recorded about it, so the dead-letter queue, whose alarm pages, is where it is not forgotten.
fn is_hopeless(deps: &Deps, error: &Error, deliveries: u32) -> bool {
    match error {
        Error::Malformed(_) | Error::Unknown(_) => true,
        Error::Service(error) => {
            !error.class.retryable() || deliveries >= deps.settings.max_attempts
        }
        Error::Unfinished(_) => false,
    }
}

/// Sets when the message comes back; always `false`, because it is not done. Where that cannot
/// be set, it comes back after the queue's own timeout.
async fn postpone(deps: &Deps, message: &SqsMessage, deliveries: u32) -> bool {
    if let Some(receipt) = &message.receipt_handle {
        let delay = delay(deliveries, message.message_id.as_deref().unwrap_or_default());
        if let Err(error) = deps.inbox.postpone(receipt, delay).await {
            warn!(reason = chain(&error), "the delay could not be set");
        }
    }
    false
}

fn deliveries(message: &SqsMessage) -> u32 {
    message
        .attributes
        .get("ApproximateReceiveCount")
        .and_then(|count| count.parse().ok())
        .unwrap_or(1)
}

/// Doubling with each delivery, and up to a half longer by the message's id, so that many that
/// failed together do not come back together.
fn delay(deliveries: u32, message_id: &str) -> Duration {
    let doubled = FIRST_DELAY.saturating_mul(1 << deliveries.saturating_sub(1).min(16));
    let spread =
        message_id.bytes().fold(0u32, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
    let base = doubled.min(LONGEST_DELAY);
    (base + base / 2 * (spread % 1000) / 1000).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_delay_grows_and_stays_in_bounds(deliveries in 1u32..100, id in "[a-f0-9-]{36}") {
            let now = delay(deliveries, &id);
            prop_assert!(now >= FIRST_DELAY && now <= LONGEST_DELAY);
            prop_assert!(delay(deliveries + 1, &id) >= now);
        }
    }
}
