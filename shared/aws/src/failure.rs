//! From what the SDK says of a failed call to a [`ServiceError`] with a class.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use domain::class::Class;
use domain::port::ServiceError;

/// What a service answered, reduced to what classes are decided by.
pub(crate) struct Answer<'a> {
    /// The error code, empty where the answer had none, as those to HEAD requests.
    pub(crate) code: &'a str,
    /// The service's words.
    pub(crate) message: &'a str,
}

/// A service's own codes; `None` leaves the decision to the codes that all services share.
pub(crate) type Classify = fn(&Answer<'_>) -> Option<Class>;

/// Turns a failed call into the error of the ports.
///
/// `own` knows the codes of the service in question; shared ones (throttling, permissions,
/// credentials, server faults) need no mention there.
pub(crate) fn failed<E>(
    operation: &'static str,
    subject: impl Into<String>,
    own: Classify,
    error: SdkError<E, HttpResponse>,
) -> ServiceError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let subject = subject.into();
    if let SdkError::ServiceError(answered) = &error {
        let status = answered.raw().status().as_u16();
        let request_id = answered
            .raw()
            .headers()
            .get("x-amzn-requestid")
            .or_else(|| answered.raw().headers().get("x-amz-request-id"))
            .map(str::to_owned);
        let code = answered.err().code();
        let message = answered.err().message();
        let answer =
            Answer { code: code.unwrap_or_default(), message: message.unwrap_or_default() };
        return ServiceError {
            operation,
            subject,
            class: own(&answer).unwrap_or_else(|| shared(answer.code, status)),
            code: code.map(str::to_owned),
            message: match (code, message) {
                (_, Some(message)) if !message.is_empty() => message.to_owned(),
                (Some(code), _) => code.to_owned(),
                (None, _) => format!("the service answered with status {status}"),
            },
            // The words are in the message already; what remains to tell is for AWS Support.
            source: Some(Box::new(Reference { status, request_id })),
        };
    }
    let (class, message) = match &error {
        SdkError::ConstructionFailure(_) => (Class::Bug, "the request could not be built"),
        SdkError::TimeoutError(_) => (Class::Transient, "no answer in time"),
        SdkError::DispatchFailure(_) if no_credentials(&error) => {
            (Class::Denied, "no usable AWS credentials were found")
        }
        SdkError::DispatchFailure(_) => (Class::Transient, "the service could not be reached"),
        SdkError::ResponseError(_) => (Class::Transient, "the answer could not be read"),
        _ => (Class::Transient, "the call failed"),
    };
    ServiceError {
        operation,
        subject,
        class,
        code: None,
        message: message.to_owned(),
        source: error.into_source().ok(),
    }
}

/// The class of codes that mean the same everywhere.
/// <https://docs.aws.amazon.com/awsec2/latest/APIReference/errors-overview.html> and the common
/// errors page of each service.
fn shared(code: &str, status: u16) -> Class {
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "ProvisionedThroughputExceededException"
        | "BandwidthLimitExceeded"
        | "SlowDown"
        | "PriorRequestNotComplete" => Class::Throttled,
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthFailure"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "NotAuthorized"
        | "OptInRequired"
        | "SignatureDoesNotMatch"
        | "UnauthorizedOperation"
        | "UnrecognizedClientException" => Class::Denied,
        "RequestTimeout"
        | "RequestTimeoutException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "InternalError"
        | "InternalFailure"
        | "InternalServerError"
        | "ServiceUnavailable" => Class::Transient,
        _ => match status {
            401 | 403 => Class::Denied,
            408 => Class::Transient,
            409 => Class::Conflict,
            429 => Class::Throttled,
            300..=499 => Class::Invalid,
            _ => Class::Transient,
        },
    }
}

fn no_credentials(error: &(dyn Error + 'static)) -> bool {
    let mut link = Some(error);
    while let Some(here) = link {
        if let Some(credentials) = here.downcast_ref::<CredentialsError>() {
            // A provider that timed out or broke may work the next time.
            return matches!(
                credentials,
                CredentialsError::CredentialsNotLoaded(_)
                    | CredentialsError::InvalidConfiguration(_)
            );
        }
        link = here.source();
    }
    false
}

/// What AWS Support asks for.
#[derive(Debug)]
struct Reference {
    status: u16,
    request_id: Option<String>,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP status {}", self.status)?;
        match &self.request_id {
            Some(id) => write!(f, ", request id {id}"),
            None => Ok(()),
        }
    }
}

impl Error for Reference {}
