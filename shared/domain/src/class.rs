//! What kind of failure this is, which decides whether to retry, page or reject.

use serde::{Deserialize, Serialize};

/// The class of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The network or the service hiccuped, or the outcome is unknown: try again.
    Transient,
    /// The service asked us to slow down: try again later.
    Throttled,
    /// Somebody else was there first: look again, and decide anew.
    Conflict,
    /// The request can never succeed as it stands.
    Invalid,
    /// A permission is missing; a person has to grant it.
    Denied,
    /// A quota is used up; time or a person frees it.
    Quota,
    /// What came back cannot be, by our understanding: a defect of ours.
    Bug,
}

impl Class {
    /// Whether the same attempt, made again later without anyone's help, may succeed.
    #[must_use]
    pub fn retryable(self) -> bool {
        matches!(self, Self::Transient | Self::Throttled | Self::Conflict | Self::Quota)
    }
}
