//! How much of an invocation is left.

use std::sync::Arc;
use std::time::Duration;

use domain::port::Clock;
use jiff::Timestamp;

/// The time an invocation may still spend on new work. What is kept back is enough to let the
/// calls in flight end and to record where the journey got to.
pub(crate) struct Budget {
    clock: Arc<dyn Clock>,
    until: Timestamp,
}

/// Kept back from every invocation.
const MARGIN: Duration = Duration::from_secs(10);

impl Budget {
    /// The budget of an invocation that is killed at `deadline`. Of a very short one, half is
    /// kept back.
    #[must_use]
    pub(crate) fn until(deadline: Timestamp, clock: Arc<dyn Clock>) -> Self {
        let left = Duration::try_from(deadline.duration_since(clock.now())).unwrap_or_default();
        let until = deadline.checked_sub(MARGIN.min(left / 2)).unwrap_or(deadline);
        Self { clock, until }
    }

    /// Whether no new work may begin.
    #[must_use]
    pub(crate) fn is_over(&self) -> bool {
        self.clock.now() >= self.until
    }
}
