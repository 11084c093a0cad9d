use std::time::Duration;

use async_trait::async_trait;
use domain::port::Clock;
use jiff::Timestamp;
use tokio::time::Instant;

/// Time as tokio has it, beginning at 2026-03-07T04:00:00Z.
pub struct TokioClock {
    began: Instant,
}

impl TokioClock {
    /// A clock that begins now.
    #[must_use]
    pub fn begin() -> Self {
        Self { began: Instant::now() }
    }
}

#[async_trait]
impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        let origin: Timestamp = "2026-03-07T04:00:00Z".parse().unwrap();
        origin.checked_add(self.began.elapsed()).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
