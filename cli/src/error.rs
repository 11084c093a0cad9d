//! What a failure means to the person at the terminal.

use domain::class::Class;
use domain::port::ServiceError;

/// The failure, with what to do about it where that is known.
pub(crate) fn explained(error: ServiceError, table: &str) -> anyhow::Error {
    let hint = match (error.class, error.code.as_deref()) {
        (Class::Denied, None) => Some(
            "no AWS credentials were found: sign in (aws sso login, aws configure) or set \
             AWS_PROFILE"
                .to_owned(),
        ),
        (
            Class::Denied,
            Some("ExpiredTokenException" | "UnrecognizedClientException" | "InvalidClientTokenId"),
        ) => Some("the AWS credentials are not valid or have expired: sign in again".to_owned()),
        (Class::Denied, Some(_)) => Some(format!(
            "access denied: these credentials need dynamodb:Query and dynamodb:GetItem on table \
             {table} and its indexes"
        )),
        (Class::Invalid, Some("ResourceNotFoundException")) => Some(format!(
            "there is no table {table} in this Region and account: check --table (or \
             SNAPGUARD_TABLE) and --region"
        )),
        (Class::Transient, None) => {
            Some("no answer from AWS: check the network, --region and AWS_ENDPOINT_URL".to_owned())
        }
        _ => None,
    };
    let error = anyhow::Error::new(error);
    match hint {
        Some(hint) => error.context(hint),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(class: Class, code: Option<&str>) -> String {
        let error = ServiceError::new("dynamodb:Query", "snapguard-ledger", class, "its words");
        let error = ServiceError { code: code.map(str::to_owned), ..error };
        format!("{:#}", explained(error, "snapguard-ledger"))
    }

    #[test]
    fn each_common_failure_says_what_to_do() {
        assert!(said(Class::Denied, None).starts_with("no AWS credentials"));
        assert!(said(Class::Denied, Some("ExpiredTokenException")).contains("sign in again"));
        assert!(said(Class::Denied, Some("AccessDeniedException")).contains("dynamodb:Query"));
        assert!(said(Class::Invalid, Some("ResourceNotFoundException")).contains("--table"));
        assert_eq!(
            said(Class::Throttled, Some("ThrottlingException")),
            "dynamodb:Query on snapguard-ledger: its words"
        );
    }
}
