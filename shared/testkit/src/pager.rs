use async_trait::async_trait;
use domain::alert::Alert;
use domain::port::{Pager, ServiceError};

use crate::world::World;

#[async_trait]
impl Pager for World {
    async fn publish(&self, alert: &Alert) -> Result<(), ServiceError> {
        self.gate
            .pass("sns:Publish", || {
                self.state().alerts.push(alert.clone());
                Ok(())
            })
            .await
    }
}
