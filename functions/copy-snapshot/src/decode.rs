//! Any notice → what it is about. The last place where raw JSON exists.
//!
//! A notice is a hint: it says where to look, never what is true. So decoding keeps only the
//! names in it, and everything else is looked up. What is not a notice at all is an error that
//! says what was wrong with it.

mod cloudtrail;
mod direct;
mod eventbridge;
mod message;
mod sns;
mod staged;

use aws_lambda_events::sqs::SqsEvent;
use domain::id::{BadName, NodeName, SnapshotName};
use domain::port::Family;
use serde_json::Value;

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A snapshot, named outright.
    Snapshot {
        /// Its name.
        name: SnapshotName,
        /// Which operations know it; `None` when the notice does not tell.
        family: Option<Family>,
    },
    /// A node of a cache one of whose snapshots has just ended, well or badly.
    Node(NodeName),
    /// A notice that is well formed and about nothing we do.
    Nothing(&'static str),
}

/// A decoded notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// What to look at.
    pub subject: Subject,
    /// What kind of notice it was, for the log.
    pub kind: &'static str,
    /// What the service says went wrong, where the notice is a report of failure.
    pub failure: Option<Report>,
    /// Whether a person or program asked directly, and so wants to hear that a name is unknown.
    pub asked: bool,
}

/// A failure that the service reports of its own accord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    /// In the service's words.
    pub cause: String,
    /// When the service said so: a report older than our last attempt is about an earlier one.
    pub at: Option<jiff::Timestamp>,
}

impl Request {
    fn about(subject: Subject, kind: &'static str) -> Self {
        Self { subject, kind, failure: None, asked: false }
    }

    fn snapshot(name: SnapshotName, family: impl Into<Option<Family>>, kind: &'static str) -> Self {
        Self::about(Subject::Snapshot { name, family: family.into() }, kind)
    }

    fn nothing(why: &'static str, kind: &'static str) -> Self {
        Self::about(Subject::Nothing(why), kind)
    }
}

/// Why something is not a notice.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The payload is not JSON at all, or not of the shape it claims to have.
    #[error("malformed notice: {0}")]
    Json(#[from] serde_json::Error),
    /// A field is missing or has the wrong type.
    #[error("malformed {kind}: {what}")]
    Field {
        /// The kind of notice.
        kind: &'static str,
        /// Which field, and what was expected.
        what: String,
    },
    /// A name in it cannot be one.
    #[error("malformed {kind}")]
    Name {
        /// The kind of notice.
        kind: &'static str,
        /// What is wrong with the name.
        #[source]
        source: BadName,
    },
    /// An object in the staging bucket that no export writes.
    #[error("not an exported object")]
    Key(#[from] domain::export::BadKey),
    /// None of the kinds we know.
    #[error("unknown notice: {0}")]
    Unknown(String),
}

impl DecodeError {
    fn field(kind: &'static str, what: impl Into<String>) -> Self {
        Self::Field { kind, what: what.into() }
    }

    fn name(kind: &'static str) -> impl FnOnce(BadName) -> Self {
        move |source| Self::Name { kind, source }
    }
}

/// An invocation's payload.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Messages of the notices queue, each answered for on its own.
    Queue(SqsEvent),
    /// Anything else: one or more notices that succeed or fail with the invocation.
    Notices(Vec<Value>),
}

/// Tells a queue's messages from notices that came directly.
///
/// # Errors
/// When a queue event does not have a queue event's shape.
pub(crate) fn payload(value: Value) -> Result<Payload, DecodeError> {
    let Some(records) = value.get("Records").and_then(Value::as_array) else {
        return Ok(Payload::Notices(vec![value]));
    };
    let from_queue = |r: &Value| r.get("eventSource").and_then(Value::as_str) == Some("aws:sqs");
    if records.iter().any(from_queue) {
        return Ok(Payload::Queue(serde_json::from_value(value)?));
    }
    if records.is_empty() {
        return Err(DecodeError::Unknown("an event with no records".to_owned()));
    }
    Ok(Payload::Notices(records.clone()))
}

/// What one notice is about: the body of a queue message, or a payload of its own.
///
/// `staging` is the bucket whose `Object Created` events are ours.
///
/// # Errors
/// When it is not a notice; the error names what was wrong.
pub(crate) fn notice(value: &Value, staging: &str) -> Result<Request, DecodeError> {
    let Some(fields) = value.as_object() else {
        return Err(DecodeError::Unknown(format!("expected a JSON object, got {}", shape(value))));
    };
    if fields.contains_key("detail-type") {
        return eventbridge::decode(value, staging);
    }
    if let Some(sns) = fields.get("Sns") {
        return sns::decode(sns);
    }
    if fields.get("Type").and_then(Value::as_str) == Some("Notification") {
        return sns::decode(value);
    }
    if fields.contains_key("snapshot") {
        return direct::decode(value);
    }
    let names: Vec<&str> = fields.keys().take(8).map(String::as_str).collect();
    Err(DecodeError::Unknown(format!(
        "an object with fields [{}]: expected an EventBridge event, an SNS notification or \
         {{\"snapshot\": \"<name>\"}}",
        names.join(", ").chars().take(200).collect::<String>()
    )))
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A text field, or an error that names it.
fn text<'a>(from: &'a Value, field: &str, kind: &'static str) -> Result<&'a str, DecodeError> {
    from.get(field)
        .and_then(Value::as_str)
        .ok_or_else(|| DecodeError::field(kind, format!("{field} must be a string")))
}
