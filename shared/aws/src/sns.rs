//! The alerts topic.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use domain::alert::{Alert, Severity, Status};
use domain::class::Class;
use domain::port::{Pager, ServiceError};

use crate::failure::failed;

/// The longest subject SNS takes, in ASCII characters.
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
const SUBJECT: usize = 100;

const OPERATION: &str = "sns:Publish";

/// Publishes alerts to one topic: the whole alert as JSON, and beside it the attributes that
/// subscribers filter by.
#[derive(Debug, Clone)]
pub struct Sns {
    client: Client,
    topic: String,
}

impl Sns {
    /// A publisher to the topic of this ARN.
    #[must_use]
    pub fn new(config: &SdkConfig, topic: impl Into<String>) -> Self {
        Self { client: Client::new(config), topic: topic.into() }
    }
}

#[async_trait]
impl Pager for Sns {
    async fn publish(&self, alert: &Alert) -> Result<(), ServiceError> {
        let body = serde_json::to_string(alert).map_err(|error| ServiceError {
            source: Some(error.into()),
            ..ServiceError::new(OPERATION, &self.topic, Class::Bug, "the alert is no JSON")
        })?;
        let mut call =
            self.client.publish().topic_arn(&self.topic).subject(subject(alert)).message(body);
        for (name, value) in attributes(alert) {
            call = call.message_attributes(name, text(&value)?);
        }
        call.send()
            .await
            .map(drop)
            .map_err(|error| failed(OPERATION, self.topic.clone(), own, error))
    }
}

fn text(value: &str) -> Result<MessageAttributeValue, ServiceError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().map_err(
        |error| ServiceError {
            source: Some(error.into()),
            ..ServiceError::new(OPERATION, "a message attribute", Class::Bug, "it is incomplete")
        },
    )
}

/// What a filter policy can match. SNS refuses empty values, so an alert about no step has no
/// such attribute.
fn attributes(alert: &Alert) -> Vec<(&'static str, String)> {
    let severity = match alert.severity {
        Severity::Critical => "critical",
        Severity::Error => "error",
        Severity::Info => "info",
    };
    let status = match alert.status {
        Status::Opened => "opened",
        Status::Resolved => "resolved",
    };
    let mut all = vec![
        ("severity", severity.to_owned()),
        ("status", status.to_owned()),
        ("cache", alert.cache.to_string()),
        ("snapshot", alert.journey.snapshot.name.to_string()),
        ("dr_region", alert.journey.dr_region.to_string()),
        ("fingerprint", alert.fingerprint.clone()),
    ];
    all.extend(alert.step.map(|step| ("step", step.name().to_owned())));
    all
}

/// The summary as SNS wants subjects: printable ASCII, no line breaks, not too long.
fn subject(alert: &Alert) -> String {
    let begins = match alert.status {
        Status::Opened => "snapguard: ",
        Status::Resolved => "snapguard, resolved: ",
    };
    begins
        .chars()
        .chain(alert.summary.chars())
        .map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' })
        .take(SUBJECT)
        .collect()
}

fn own(answer: &crate::failure::Answer<'_>) -> Option<Class> {
    match answer.code {
        code if code.starts_with("KMS") => Some(Class::Denied),
        _ => None,
    }
}
