//! Notices of node-based caches: one small JSON message per event, to the cache's topic.

use std::collections::HashMap;

use aws_sdk_sns::error::ProvideErrorMetadata as _;
use serde_json::{Value, json};

use crate::cloud::Clients;
use crate::fault::Fault;
use crate::policy::{self, Request};
use crate::scope::Scope;

/// Why the service may not publish to a topic.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoticeError {
    /// The service does not publish to encrypted topics.
    #[error("the topic is encrypted")]
    Encrypted,
    /// The topic's policy does not let it.
    #[error("the topic's policy does not allow sns:Publish to AWS:SourceOwner {0}")]
    Forbidden(String),
    /// SNS answered with an error.
    #[error("{0}")]
    Refused(String),
}

/// The body of a notice: the event, and the node or group it happened to.
pub(crate) fn message(event: &str, source: &str) -> String {
    json!({ format!("ElastiCache:{event}"): source }).to_string()
}

/// Checks that a topic may be a cache's: it exists, in the cache's own account and Region.
///
/// # Errors
/// `InvalidParameterValue`.
pub(crate) async fn check_topic(clients: &Clients, scope: &Scope, arn: &str) -> Result<(), Fault> {
    let parts: Vec<&str> = arn.split(':').collect();
    let good = match parts.as_slice() {
        ["arn", "aws", "sns", region, account, name] => {
            *region == scope.region && *account == scope.account && !name.is_empty()
        }
        _ => false,
    };
    if !good {
        return Err(Fault::invalid_value(format!(
            "Invalid notification topic ARN: {arn}. The topic must be in the account and Region \
             of the cache."
        )));
    }
    match clients.sns.get_topic_attributes().topic_arn(arn).send().await {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.code(), Some("NotFound" | "NotFoundException")) => {
            Err(Fault::invalid_value(format!("The notification topic {arn} does not exist.")))
        }
        Err(error) => Err(Fault::internal(format!("The topic could not be examined: {error}"))),
    }
}

/// Publishes a notice, if the topic's owner lets the service.
///
/// # Errors
/// When the topic is encrypted, its policy forbids it, or SNS fails. AWS then marks the topic as
/// inactive and tells nobody.
pub(crate) async fn publish(
    clients: &Clients,
    scope: &Scope,
    topic: &str,
    message: &str,
) -> Result<(), NoticeError> {
    let refused = |error: String| NoticeError::Refused(error);
    let attributes = clients.sns.get_topic_attributes().topic_arn(topic).send().await;
    let attributes = attributes
        .map_err(|error| refused(format!("{:?}: {error}", error.code())))?
        .attributes
        .unwrap_or_default();
    if attributes.get("KmsMasterKeyId").is_some_and(|key| !key.is_empty()) {
        return Err(NoticeError::Encrypted);
    }
    let policy = attributes.get("Policy").and_then(|text| serde_json::from_str(text).ok());
    if !may_publish(policy.as_ref(), scope, topic) {
        return Err(NoticeError::Forbidden(scope.account.clone()));
    }
    let publish = clients.sns.publish().topic_arn(topic).message(message);
    let sent = publish.send().await;
    sent.map(drop).map_err(|error| refused(format!("{:?}: {error}", error.code())))
}

/// The service publishes as itself and carries the owner in `AWS:SourceOwner` only, which is why
/// a policy that asks for `aws:SourceAccount` shuts it out.
fn may_publish(policy: Option<&Value>, scope: &Scope, topic: &str) -> bool {
    let context = HashMap::from([
        ("aws:sourceowner".to_owned(), scope.account.clone()),
        ("aws:securetransport".to_owned(), "true".to_owned()),
    ]);
    let request = Request {
        principal_kind: "Service",
        principal: "elasticache.amazonaws.com",
        action: "sns:Publish",
        resource: topic,
        context: &context,
    };
    policy.is_some_and(|policy| policy::allows(policy, &request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_names_the_event_and_its_node() {
        let text = message("SnapshotComplete", "orders-0001-001");
        assert_eq!(text, r#"{"ElastiCache:SnapshotComplete":"orders-0001-001"}"#);
    }

    #[test]
    fn a_policy_must_ask_for_the_source_owner() {
        let scope = Scope::of("test", "eu-west-1");
        let topic = "arn:aws:sns:eu-west-1:000000000000:t";
        let policy = |key: &str| {
            json!({"Statement": [{
                "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "SNS:Publish",
                "Resource": topic, "Condition": {"StringEquals": {key: "000000000000"}}
            }]})
        };
        assert!(may_publish(Some(&policy("AWS:SourceOwner")), &scope, topic));
        assert!(!may_publish(Some(&policy("aws:SourceAccount")), &scope, topic));
        assert!(!may_publish(None, &scope, topic));
    }
}
