//! The queue that notices come through, and the one for those nobody can handle.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;
use domain::class::Class;
use domain::port::{Inbox, ServiceError};

use crate::failure::{Answer, failed};

/// The longest a message can stay invisible: twelve hours.
const LONGEST: Duration = Duration::from_secs(12 * 60 * 60);
/// A reason is for people; one that would not fit beside a notice helps nobody.
const REASON: usize = 1000;

/// One queue of notices and its dead-letter queue.
#[derive(Debug, Clone)]
pub struct Sqs {
    config: SdkConfig,
    // Made when a notice is first put off or put aside: most are neither, and a client costs a
    // tenth of the start-up.
    client: OnceLock<Client>,
    queue: String,
    dead_letters: String,
}

impl Sqs {
    /// The queue of this URL, and the URL of the queue beside it for notices that are hopeless.
    #[must_use]
    pub fn new(
        config: &SdkConfig,
        queue: impl Into<String>,
        dead_letters: impl Into<String>,
    ) -> Self {
        Self {
            config: config.clone(),
            client: OnceLock::new(),
            queue: queue.into(),
            dead_letters: dead_letters.into(),
        }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::new(&self.config))
    }
}

#[async_trait]
impl Inbox for Sqs {
    async fn postpone(&self, receipt: &str, delay: Duration) -> Result<(), ServiceError> {
        let seconds = i32::try_from(delay.min(LONGEST).as_secs()).unwrap_or(0);
        self.client()
            .change_message_visibility()
            .queue_url(&self.queue)
            .receipt_handle(receipt)
            .visibility_timeout(seconds)
            .send()
            .await
            .map(drop)
            .map_err(|error| failed("sqs:ChangeMessageVisibility", self.queue.clone(), own, error))
    }

    async fn dead_letter(&self, body: &str, reason: &str) -> Result<(), ServiceError> {
        const OPERATION: &str = "sqs:SendMessage";
        let reason: String = reason.chars().take(REASON).filter(|c| !c.is_control()).collect();
        let reason = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(if reason.is_empty() { "unknown" } else { &reason })
            .build()
            .map_err(|error| ServiceError {
                source: Some(error.into()),
                ..ServiceError::new(OPERATION, "the reason", Class::Bug, "it is incomplete")
            })?;
        self.client()
            .send_message()
            .queue_url(&self.dead_letters)
            .message_body(body)
            .message_attributes("reason", reason)
            .send()
            .await
            .map(drop)
            .map_err(|error| failed(OPERATION, self.dead_letters.clone(), own, error))
    }
}

fn own(answer: &Answer<'_>) -> Option<Class> {
    match answer.code {
        // The receipt ran out or the message is gone: somebody else has it, or is done with it.
        "ReceiptHandleIsInvalid"
        | "MessageNotInflight"
        | "AWS.SimpleQueueService.MessageNotInflight" => Some(Class::Conflict),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::{Replay, ok, status};

    fn sqs(replay: &Replay) -> Sqs {
        let url = |name| format!("https://sqs.us-east-1.amazonaws.com/111122223333/{name}");
        Sqs::new(&replay.config(), url("notices"), url("dead-letters"))
    }

    #[tokio::test]
    async fn a_postponed_message_stays_away_no_longer_than_it_can() {
        let replay = Replay::of([ok("{}"), ok("{}")]);
        let inbox = sqs(&replay);
        inbox.postpone("r1", Duration::from_secs(90)).await.unwrap();
        inbox.postpone("r1", Duration::from_secs(1_000_000)).await.unwrap();
        let sent: Vec<serde_json::Value> =
            replay.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
        assert_eq!(sent[0]["VisibilityTimeout"], 90);
        assert_eq!(sent[0]["ReceiptHandle"], "r1");
        assert_eq!(sent[1]["VisibilityTimeout"], 43_200);
    }

    #[tokio::test]
    async fn a_dead_letter_is_the_notice_untouched_and_the_reason_beside_it() {
        let replay = Replay::of([ok("{\"MessageId\":\"m\",\"MD5OfMessageBody\":\"x\"}")]);
        sqs(&replay).dead_letter("{\"a\": 1}", "no\nsnapshot").await.unwrap();
        let sent: serde_json::Value = serde_json::from_str(&replay.only().body).unwrap();
        assert!(sent["QueueUrl"].as_str().unwrap().ends_with("dead-letters"));
        assert_eq!(sent["MessageBody"], "{\"a\": 1}");
        assert_eq!(sent["MessageAttributes"]["reason"]["StringValue"], "nosnapshot");
    }

    #[tokio::test]
    async fn a_receipt_that_ran_out_is_a_conflict() {
        let replay = Replay::of([status(
            400,
            "{\"__type\":\"com.amazonaws.sqs#ReceiptHandleIsInvalid\",\"message\":\"gone\"}",
        )]);
        let error = sqs(&replay).postpone("r1", Duration::ZERO).await.unwrap_err();
        assert_eq!(error.class, Class::Conflict);
    }
}
