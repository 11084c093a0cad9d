use async_trait::async_trait;
use domain::plan::Plan;
use domain::port::{Plans, ServiceError};

use crate::world::World;

#[async_trait]
impl Plans for World {
    async fn in_force(&self) -> Result<Option<Plan>, ServiceError> {
        self.gate.pass("ledger:plan", || Ok(self.state().plan.clone())).await
    }
}
