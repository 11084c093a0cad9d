use std::error::Error;

use crate::class::Class;

/// A call to a service that did not succeed.
///
/// `Display` says which call, on what, and the service's own words; the source chain holds the
/// transport's story and is not repeated in it.
#[derive(Debug, thiserror::Error)]
#[error("{operation} on {subject}: {message}")]
pub struct ServiceError {
    /// The operation as the service names it, such as `elasticache:CopySnapshot`.
    pub operation: &'static str,
    /// What it was made on: a snapshot, `s3://bucket/key`, a table.
    pub subject: String,
    /// What kind of failure it is.
    pub class: Class,
    /// The service's error code, where it answered with one.
    pub code: Option<String>,
    /// The service's words, or ours where it did not answer.
    pub message: String,
    /// The error underneath.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl ServiceError {
    /// An error of our own making, without one underneath.
    pub fn new(
        operation: &'static str,
        subject: impl Into<String>,
        class: Class,
        message: impl Into<String>,
    ) -> Self {
        Self {
            operation,
            subject: subject.into(),
            class,
            code: None,
            message: message.into(),
            source: None,
        }
    }
}
