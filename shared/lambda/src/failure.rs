//! From a handler's error to what Lambda and the log are told.

use std::error::Error;

use domain::class::Class;
use domain::port::ServiceError;
use lambda_runtime::Diagnostic;

/// An error that knows what kind of failure it is.
pub trait Classified: Error {
    /// The kind.
    fn class(&self) -> Class;
}

impl Classified for ServiceError {
    fn class(&self) -> Class {
        self.class
    }
}

/// The error and everything underneath it, in one line.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        next = cause.source();
    }
    line
}

/// What the caller of a direct invocation sees: the class, as it can act on that, and the chain.
pub(crate) fn diagnostic(error: &impl Classified) -> Diagnostic {
    Diagnostic { error_type: name(error.class()).to_owned(), error_message: chain(error) }
}

/// The class as logs, metrics and callers spell it.
pub(crate) fn name(class: Class) -> &'static str {
    match class {
        Class::Transient => "Transient",
        Class::Throttled => "Throttled",
        Class::Conflict => "Conflict",
        Class::Invalid => "Invalid",
        Class::Denied => "Denied",
        Class::Quota => "Quota",
        Class::Bug => "Bug",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagnostic_names_the_class_and_tells_the_whole_chain() {
        let mut error = ServiceError::new("s3:HeadObject", "s3://b/k", Class::Denied, "no");
        error.source = Some("HTTP status 403".into());
        let diagnostic = diagnostic(&error);
        assert_eq!(diagnostic.error_type, "Denied");
        assert_eq!(diagnostic.error_message, "s3:HeadObject on s3://b/k: no: HTTP status 403");
    }
}
