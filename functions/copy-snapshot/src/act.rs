//! The effects. Each may be made twice, or found half made, and ends the same.

mod copy;
mod fingerprint;
mod manifest;
mod object;

pub(crate) use copy::copy;
pub(crate) use fingerprint::fingerprint;

use domain::journey::{Failure, Step};
use domain::port::ServiceError;

/// Why an effect is not complete.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It failed.
    Failed(Step, ServiceError),
    /// The invocation's time is nearly over; what is done stays done.
    OutOfTime,
}

impl Stop {
    /// Says at which step a service error happened.
    pub(crate) fn at(step: Step) -> impl Fn(ServiceError) -> Self {
        move |error| Self::Failed(step, error)
    }
}

/// A failure as it is recorded: the service's words and those of the errors underneath.
#[must_use]
pub(crate) fn failure(step: Step, error: &ServiceError, attempts: u32) -> Failure {
    Failure {
        step,
        class: error.class,
        code: error.code.clone(),
        cause: error.to_string(),
        attempts,
    }
}
