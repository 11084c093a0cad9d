//! The alerts topic.

use std::sync::OnceLock;

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
    config: SdkConfig,
    // Made for the first alert: most functions live and die without one, and a client costs a
    // tenth of the start-up.
    client: OnceLock<Client>,
    topic: String,
}

impl Sns {
    /// A publisher to the topic of this ARN.
    #[must_use]
    pub fn new(config: &SdkConfig, topic: impl Into<String>) -> Self {
        Self { config: config.clone(), client: OnceLock::new(), topic: topic.into() }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::new(&self.config))
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
            self.client().publish().topic_arn(&self.topic).subject(subject(alert)).message(body);
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

#[cfg(test)]
mod tests {
    use domain::journey::Step;

    use super::*;
    use crate::replay::{Replay, ok, status};

    fn alert() -> Alert {
        let snapshot = domain::id::SnapshotId {
            region: "us-east-1".parse().unwrap(),
            name: "nightly".parse().unwrap(),
            taken_at: "2026-03-07T03:15:00Z".parse().unwrap(),
        };
        let journey = domain::id::JourneyId { snapshot, dr_region: "eu-west-1".parse().unwrap() };
        Alert {
            fingerprint: "journey:x".to_owned(),
            status: Status::Opened,
            severity: Severity::Error,
            summary: format!("Snapshot nightly \u{2192} {}\nend", "long ".repeat(40)),
            cache: "orders".parse().unwrap(),
            journey,
            step: Some(Step::Export),
            cause: Some("no".to_owned()),
            action: None,
            at: "2026-03-07T03:16:00Z".parse().unwrap(),
        }
    }

    fn sns(replay: &Replay) -> Sns {
        Sns::new(&replay.config(), "arn:aws:sns:us-east-1:111122223333:alerts")
    }

    #[test]
    fn a_subject_is_what_sns_takes() {
        let subject = subject(&alert());
        assert_eq!(subject.len(), SUBJECT);
        assert!(subject.starts_with("snapguard: Snapshot nightly ? long"), "{subject}");
        assert!(subject.bytes().all(|b| (b' '..=b'~').contains(&b)), "{subject:?}");
    }

    #[test]
    fn attributes_that_would_be_empty_are_left_out() {
        let about_nothing = Alert { step: None, ..alert() };
        assert!(attributes(&about_nothing).iter().all(|(name, _)| *name != "step"));
        assert!(attributes(&alert()).contains(&("step", "export".to_owned())));
    }

    #[tokio::test]
    async fn an_alert_is_published_whole_with_attributes_to_filter_by() {
        let replay = Replay::of([ok(
            "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult>\
             </PublishResponse>",
        )]);
        sns(&replay).publish(&alert()).await.unwrap();
        let asked = replay.only();
        assert!(asked.body.contains("alerts"), "{asked:?}");
        for name in ["severity", "status", "cache", "snapshot", "step", "dr_region", "fingerprint"]
        {
            assert!(asked.body.contains(&format!("Name={name}&")), "{name}: {asked:?}");
        }
        assert!(asked.body.contains("%22fingerprint%22%3A%22journey%3Ax%22"), "{asked:?}");
    }

    #[tokio::test]
    async fn a_key_that_sns_may_not_use_is_a_missing_permission() {
        let replay = Replay::of([status(
            400,
            "<ErrorResponse><Error><Code>KMSAccessDenied</Code><Message>no</Message></Error>\
             </ErrorResponse>",
        )]);
        let error = sns(&replay).publish(&alert()).await.unwrap_err();
        assert_eq!(error.class, Class::Denied);
    }
}
