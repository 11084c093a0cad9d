//! A queue that is subscribed to the alerts topic, in place of a person's pager.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::alert::{Alert, Severity, Status};
use serde::Deserialize;
use serde_json::json;

use super::narrator::wrapped;
use super::stage::{Stage, wait};

/// How long an alert may take to arrive once it is published.
const PATIENCE: Duration = Duration::from_secs(30);

const WIDTH: usize = 74;

/// The queue.
pub(super) struct Inbox {
    client: Client,
    url: String,
}

/// A message of SNS, as its queue gets it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    subject: String,
    message: String,
}

/// What a person gets.
pub(super) struct Message {
    subject: String,
    pub(super) alert: Alert,
}

impl Inbox {
    /// Makes the queue, and subscribes it.
    pub(super) async fn subscribe(stage: &Stage) -> Result<Self> {
        let topic = &stage.stacks.alerts_topic;
        let client = Client::new(&stage.cloud.sdk_config(stage.primary.region.as_str()));
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "sns.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": "*",
                "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
            }],
        });
        let queue = client.create_queue().queue_name("pager");
        let queue = queue.attributes(QueueAttributeName::Policy, policy.to_string()).send().await?;
        let url = queue.queue_url.context("a queue without a URL")?;
        let attributes = client.get_queue_attributes().queue_url(&url);
        let attributes = attributes.attribute_names(QueueAttributeName::QueueArn).send().await?;
        let arn = attributes.attributes().and_then(|all| all.get(&QueueAttributeName::QueueArn));
        let arn = arn.context("a queue without an ARN")?;
        let subscribe = ["sns", "subscribe", "--protocol", "sqs", "--topic-arn", topic];
        stage.cloud.aws(&[&subscribe[..], &["--notification-endpoint", arn]].concat()).await?;
        Ok(Self { client, url })
    }

    /// Waits for the next message, which must be about the snapshot and of this status.
    ///
    /// # Errors
    /// None comes, or another one does.
    pub(super) async fn next(&self, status: Status, snapshot: &str) -> Result<Message> {
        let kind = match status {
            Status::Opened => "alert",
            Status::Resolved => "resolve",
        };
        let body = wait(&format!("the {kind} about {snapshot}"), PATIENCE, async || {
            let answer = self.client.receive_message().queue_url(&self.url).send().await?;
            let Some(message) = answer.messages().first() else { return Ok(None) };
            let delete = self.client.delete_message().queue_url(&self.url);
            delete.set_receipt_handle(message.receipt_handle.clone()).send().await?;
            Ok(message.body.clone())
        })
        .await?;
        let Envelope { subject, message } = serde_json::from_str(&body)?;
        let alert: Alert = serde_json::from_str(&message)
            .with_context(|| format!("this is no alert of snapguard: {message}"))?;
        let expected = alert.status == status && alert.journey.snapshot.name.as_str() == snapshot;
        ensure!(expected, "instead of the {kind} about {snapshot} came: {subject}");
        Ok(Message { subject, alert })
    }
}

impl Message {
    /// The message as a pager would show it.
    pub(super) fn card(&self) -> String {
        let alert = &self.alert;
        let severity = match alert.severity {
            Severity::Critical => "critical",
            Severity::Error => "error",
            Severity::Info => "info",
        };
        let about = format!("{} of {}", alert.journey.snapshot.name, alert.cache);
        let rows = [
            ("severity", Some(severity.to_owned())),
            ("snapshot", Some(about)),
            ("to", Some(alert.journey.dr_region.to_string())),
            ("step", alert.step.map(|step| step.name().to_owned())),
            ("cause", alert.cause.clone()),
            ("to do", alert.action.clone()),
        ];
        let mut card = format!("+-- {}\n|", self.subject);
        for (name, text) in rows {
            let lines = wrapped(&text.unwrap_or_default(), WIDTH);
            for (index, line) in lines.iter().enumerate() {
                let name = if index == 0 { name } else { "" };
                card.push_str(&format!("\n|  {name:<9} {line}"));
            }
        }
        card.push_str("\n+--");
        card
    }
}
