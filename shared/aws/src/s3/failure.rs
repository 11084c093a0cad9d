//! What S3's own error codes mean for us.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use domain::class::Class;
use domain::port::{Place, ServiceError};

use crate::failure::{Answer, failed};

/// Turns a failed call about one object into the error of the ports.
pub(super) fn on<E>(
    operation: &'static str,
    place: &Place,
    error: SdkError<E, HttpResponse>,
) -> ServiceError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    failed(operation, place.to_string(), own, error)
}

pub(super) fn own(answer: &Answer<'_>) -> Option<Class> {
    match answer.code {
        // Something moved under us: the object was replaced, expired or is being written, or the
        // upload has ended. Looking again tells which.
        "PreconditionFailed"
        | "ConditionalRequestConflict"
        | "OperationAborted"
        | "NoSuchKey"
        | "NoSuchUpload"
        | "InvalidPart"
        | "InvalidRange" => Some(Class::Conflict),
        // Bytes were damaged on their way; the next attempt sends them again.
        "BadDigest" | "XAmzContentChecksumMismatch" => Some(Class::Transient),
        "EntityTooSmall" | "EntityTooLarge" | "InvalidPartOrder" | "MalformedXML" => {
            Some(Class::Bug)
        }
        // A client for the wrong Region, or a feature the store does not have.
        "PermanentRedirect" | "NotImplemented" | "NoSuchBucket" => Some(Class::Invalid),
        code if code.starts_with("KMS.") => Some(Class::Denied),
        _ => None,
    }
}

/// The HTTP status, where the service answered.
pub(super) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    match error {
        SdkError::ServiceError(answered) => Some(answered.raw().status().as_u16()),
        _ => None,
    }
}

/// The error code, where the service answered with one.
pub(super) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// Whether an `If-None-Match: *` or another condition did not hold.
pub(super) fn precondition<E>(error: &SdkError<E, HttpResponse>) -> bool {
    status(error) == Some(412)
}
