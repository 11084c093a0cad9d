//! What DynamoDB's answers mean.

use std::error::Error;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use domain::class::Class;
use domain::port::ServiceError;

/// The class of a code, of an error or of one cancellation reason.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
fn class_of(code: &str) -> Class {
    match code {
        "ConditionalCheckFailedException" | "ConditionalCheckFailed" | "DuplicateItem" => {
            Class::Conflict
        }
        "ProvisionedThroughputExceededException"
        | "ProvisionedThroughputExceeded"
        | "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingError"
        | "ThrottlingException" => Class::Throttled,
        "AccessDeniedException"
        | "AccessDenied"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "KMSAccessDeniedException"
        | "MissingAuthenticationTokenException"
        | "UnrecognizedClientException" => Class::Denied,
        "ResourceNotFoundException" => Class::Invalid,
        "IdempotentParameterMismatchException"
        | "ItemCollectionSizeLimitExceeded"
        | "ItemCollectionSizeLimitExceededException"
        | "SerializationException"
        | "ValidationError"
        | "ValidationException" => Class::Bug,
        // InternalServerError, ServiceUnavailable, TransactionConflict, TransactionInProgress,
        // ReplicatedWriteConflict and whatever will be new.
        _ => Class::Transient,
    }
}

/// Turns what the SDK answered into what the functions know.
pub(crate) fn service_error<E>(
    operation: &'static str,
    subject: impl Into<String>,
    error: SdkError<E, HttpResponse>,
) -> ServiceError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let (class, code, message) = match &error {
        SdkError::ServiceError(answer) => {
            let code = answer.err().code();
            let class = code.map_or_else(
                || {
                    if answer.raw().status().is_server_error() {
                        Class::Transient
                    } else {
                        Class::Bug
                    }
                },
                class_of,
            );
            let said = answer.err().message().unwrap_or("DynamoDB refused without a reason");
            let message = match code {
                Some("ResourceNotFoundException") => format!(
                    "the ledger table or its index does not exist in this account and Region; \
                     infra/stateful.yaml creates it ({said})"
                ),
                _ => said.to_owned(),
            };
            (class, code.map(str::to_owned), message)
        }
        SdkError::TimeoutError(_) => (
            Class::Transient,
            None,
            "no answer in time; whether it took effect is not known".to_owned(),
        ),
        SdkError::ResponseError(_) => (
            Class::Transient,
            None,
            "the answer could not be read; whether it took effect is not known".to_owned(),
        ),
        SdkError::DispatchFailure(_) if lacks_credentials(&error) => {
            (Class::Denied, None, "no AWS credentials could be had".to_owned())
        }
        SdkError::DispatchFailure(_) => {
            (Class::Transient, None, "DynamoDB could not be reached".to_owned())
        }
        _ => (Class::Bug, None, "the request could not be built".to_owned()),
    };
    ServiceError {
        operation,
        subject: subject.into(),
        class,
        code,
        message,
        source: Some(Box::new(error)),
    }
}

/// The SDK tells missing credentials and an unreachable host apart only in the chain of causes.
fn lacks_credentials(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |e| (**e).source())
        .any(|e| e.is::<aws_credential_types::provider::error::CredentialsError>())
}

/// A cancelled transaction: the class is that of its gravest reason, a failed condition first,
/// because that one no retry changes.
pub(crate) fn transaction_error(
    subject: impl Into<String>,
    error: SdkError<TransactWriteItemsError, HttpResponse>,
) -> ServiceError {
    const OPERATION: &str = "dynamodb:TransactWriteItems";
    let reason = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled
            .cancellation_reasons()
            .iter()
            .filter_map(|reason| Some((reason.code()?, reason.message())))
            .filter(|(code, _)| *code != "None")
            .min_by_key(|(code, _)| rank(class_of(code)))
            .map(|(code, message)| {
                (code.to_owned(), message.unwrap_or("without a message").to_owned())
            }),
        _ => None,
    };
    match reason {
        None => service_error(OPERATION, subject, error),
        Some((code, message)) => ServiceError {
            operation: OPERATION,
            subject: subject.into(),
            class: class_of(&code),
            code: Some(code),
            message: format!("the transaction was cancelled: {message}"),
            source: Some(Box::new(error)),
        },
    }
}

fn rank(class: Class) -> u8 {
    match class {
        Class::Conflict => 0,
        Class::Bug | Class::Invalid | Class::Denied | Class::Quota => 1,
        Class::Throttled => 2,
        Class::Transient => 3,
    }
}

/// A stored thing that is not what we wrote.
pub(crate) fn unreadable(
    operation: &'static str,
    subject: impl Into<String>,
    error: impl Error + Send + Sync + 'static,
) -> ServiceError {
    ServiceError {
        operation,
        subject: subject.into(),
        class: Class::Bug,
        code: None,
        message: format!(
            "the item cannot be read as this version of the ledger writes it: {error}"
        ),
        source: None,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::error::ErrorMetadata;
    use aws_sdk_dynamodb::types::CancellationReason;
    use aws_sdk_dynamodb::types::error::TransactionCanceledException;

    use super::*;

    fn response(status: u16) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), "".into())
    }

    fn cancelled(codes: &[&str]) -> ServiceError {
        let reasons = codes.iter().map(|code| CancellationReason::builder().code(*code).build());
        let error = TransactionCanceledException::builder()
            .set_cancellation_reasons(Some(reasons.collect()))
            .meta(ErrorMetadata::builder().code("TransactionCanceledException").build())
            .build();
        transaction_error(
            "a journey",
            SdkError::service_error(
                TransactWriteItemsError::TransactionCanceledException(error),
                response(400),
            ),
        )
    }

    #[test]
    fn a_failed_condition_outweighs_every_other_reason() {
        assert_eq!(cancelled(&["None", "ConditionalCheckFailed"]).class, Class::Conflict);
        assert_eq!(
            cancelled(&["TransactionConflict", "ConditionalCheckFailed"]).class,
            Class::Conflict
        );
        assert_eq!(cancelled(&["TransactionConflict", "None"]).class, Class::Transient);
        assert_eq!(cancelled(&["ThrottlingError", "None"]).class, Class::Throttled);
        assert_eq!(cancelled(&["None", "ValidationError"]).class, Class::Bug);
        assert_eq!(cancelled(&[]).class, Class::Transient);
    }

    fn refused(status: u16, code: Option<&str>) -> ServiceError {
        let mut meta = ErrorMetadata::builder();
        if let Some(code) = code {
            meta = meta.code(code).message("its words");
        }
        let error = TransactWriteItemsError::generic(meta.build());
        transaction_error("a journey", SdkError::service_error(error, response(status)))
    }

    #[test]
    fn each_code_has_its_class() {
        let class = |code| refused(400, Some(code)).class;
        assert_eq!(class("ThrottlingException"), Class::Throttled);
        assert_eq!(class("AccessDeniedException"), Class::Denied);
        assert_eq!(class("ValidationException"), Class::Bug);
        assert_eq!(class("ResourceNotFoundException"), Class::Invalid);
        assert_eq!(class("TransactionInProgressException"), Class::Transient);
        assert_eq!(refused(500, None).class, Class::Transient);
        assert_eq!(refused(400, None).class, Class::Bug);
    }

    #[test]
    fn a_missing_table_says_what_creates_it() {
        let error = refused(400, Some("ResourceNotFoundException"));
        assert!(error.to_string().contains("infra/stateful.yaml"), "{error}");
    }
}
