use async_trait::async_trait;

use super::ServiceError;
use crate::plan::Plan;

/// Where the plan in force is kept.
#[async_trait]
pub trait Plans: Send + Sync {
    /// The plan in force; `None` where none ever was.
    async fn in_force(&self) -> Result<Option<Plan>, ServiceError>;
}
