use async_trait::async_trait;

use super::ServiceError;
use crate::alert::Alert;

/// Where alerts are published.
#[async_trait]
pub trait Pager: Send + Sync {
    /// Publishes one alert. May be called again for the same one after a crash; receivers tell
    /// them apart by fingerprint and status.
    async fn publish(&self, alert: &Alert) -> Result<(), ServiceError>;
}
