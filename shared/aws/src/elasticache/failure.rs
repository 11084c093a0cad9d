//! What ElastiCache's own error codes mean for us.
//!
//! <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CopySnapshot.html>. The
//! codes on the wire lose the `Fault` that some shapes carry in their name, so both are accepted.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use domain::class::Class;
use domain::port::ServiceError;

use crate::failure::{Answer, failed};

/// Turns a failed call about one cache or snapshot into the error of the ports.
pub(super) fn on<E>(
    operation: &'static str,
    subject: &str,
    error: SdkError<E, HttpResponse>,
) -> ServiceError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    failed(operation, subject, own, error)
}

/// The error code without its suffix, where the service answered with one.
pub(super) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code)?;
    Some(bare(code))
}

fn bare(code: &str) -> &str {
    code.strip_suffix("Fault").or_else(|| code.strip_suffix("Exception")).unwrap_or(code)
}

fn own(answer: &Answer<'_>) -> Option<Class> {
    let class = match bare(answer.code) {
        // Busy with something, or an earlier export's objects are in the way.
        "SnapshotAlreadyExists"
        | "ServerlessCacheSnapshotAlreadyExists"
        | "InvalidSnapshotState"
        | "InvalidServerlessCacheSnapshotState"
        | "InvalidCacheClusterState"
        | "InvalidReplicationGroupState" => Class::Conflict,
        "APICallRateForCustomerExceeded" => Class::Throttled,
        "SnapshotQuotaExceeded"
        | "ServerlessCacheSnapshotQuotaExceeded"
        | "TagQuotaPerResourceExceeded" => Class::Quota,
        "InvalidCredentials" => Class::Denied,
        // One code for everything about a bucket; only the words tell a permission that a person
        // has to grant from a name that is wrong.
        "InvalidParameterValue" | "InvalidParameterCombination" => by_words(answer.message),
        _ => return None,
    };
    Some(class)
}

fn by_words(message: &str) -> Class {
    let message = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    if says(&["already contains an object"]) {
        Class::Conflict
    } else if says(&[
        "has not been granted",
        "does not have sufficient permissions",
        "not authorized",
        "unable to validate the authenticated user has access",
        "is not owned by the authenticated user",
    ]) {
        Class::Denied
    } else {
        Class::Invalid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(code: &str, message: &str) -> Option<Class> {
        own(&Answer { code, message })
    }

    #[test]
    fn documented_faults_have_a_class() {
        for code in
            ["SnapshotAlreadyExistsFault", "InvalidSnapshotState", "InvalidSnapshotStateFault"]
        {
            assert_eq!(class(code, ""), Some(Class::Conflict), "{code}");
        }
        assert_eq!(class("SnapshotQuotaExceededFault", ""), Some(Class::Quota));
        // Not of ElastiCache alone: the status decides.
        assert_eq!(class("SnapshotNotFoundFault", ""), None);
        assert_eq!(class("Throttling", ""), None);
    }

    #[test]
    fn the_words_tell_a_missing_permission_from_a_wrong_name() {
        let value = |message| class("InvalidParameterValue", message);
        assert_eq!(
            value("ElastiCache has not been granted WRITE permissions x on the S3 Bucket."),
            Some(Class::Denied)
        );
        assert_eq!(
            value(
                "The authenticated user does not have sufficient permissions to perform the \
                 desired activity."
            ),
            Some(Class::Denied)
        );
        assert_eq!(
            value("The S3 bucket stage already contains an object with key n-0001.rdb."),
            Some(Class::Conflict)
        );
        assert_eq!(value("The S3 bucket stage is outside of the region."), Some(Class::Invalid));
    }
}
