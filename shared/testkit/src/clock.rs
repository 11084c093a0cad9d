use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::port::Clock;
use jiff::{SignedDuration, Timestamp};

/// Time that passes only while somebody waits for it, beginning at 2026-03-07T04:00:00Z.
///
/// Whoever sleeps lets everyone else have a turn and moves time on by a millisecond, again and
/// again until it has passed. So tests take no time, and those who work race those who wait.
#[derive(Default)]
pub struct StepClock {
    millis: AtomicI64,
}

impl StepClock {
    /// Moves time on at once.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for StepClock {
    fn now(&self) -> Timestamp {
        let origin: Timestamp = "2026-03-07T04:00:00Z".parse().unwrap();
        let passed = SignedDuration::from_millis(self.millis.load(Ordering::SeqCst));
        origin.checked_add(passed).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.now().checked_add(duration).unwrap();
        while self.now() < until {
            self.advance(Duration::from_millis(1));
            tokio::task::yield_now().await;
        }
    }
}
