//! Counts calls, so that a test can assert how often something was really asked for.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// The counts of one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    /// Calls that arrived.
    pub(crate) received: u64,
    /// Calls that took effect, also when their answer was replaced by an injected error.
    pub(crate) accepted: u64,
    /// Of those, how many acted on each ARN.
    pub(crate) resources: BTreeMap<String, u64>,
}

/// The counts of all operations.
#[derive(Default)]
pub(crate) struct Calls(Mutex<BTreeMap<String, Count>>);

impl Calls {
    /// A call arrived.
    pub(crate) fn received(&self, operation: &str) {
        self.change(operation, |count| count.received += 1);
    }

    /// A call took effect.
    pub(crate) fn accepted(&self, operation: &str, resources: &[String]) {
        self.change(operation, |count| {
            count.accepted += 1;
            for resource in resources {
                *count.resources.entry(resource.clone()).or_default() += 1;
            }
        });
    }

    /// All counts, by operation.
    pub(crate) fn counts(&self) -> BTreeMap<String, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts again at zero.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn change(&self, operation: &str, change: impl FnOnce(&mut Count)) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(counts.entry(operation.to_owned()).or_default());
    }
}
