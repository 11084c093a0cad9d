//! What the plan says of a cache.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::id::Region;
use domain::plan::Plan;
use domain::port::{Caches, Clock, Plans, ServiceError};
use domain::source::Source;
use jiff::Timestamp;
use tracing::error;

/// How long a plan that was read counts as the one in force. A new plan takes this long to reach
/// every process.
const FRESH: Duration = Duration::from_secs(60);

/// The plan in force, read at most once a minute.
pub struct Protection {
    plans: Arc<dyn Plans>,
    clock: Arc<dyn Clock>,
    read: Mutex<Option<(Timestamp, Option<Arc<Plan>>)>>,
}

impl Protection {
    /// Protection by the plan kept in `plans`. Nothing is read yet.
    #[must_use]
    pub fn new(plans: Arc<dyn Plans>, clock: Arc<dyn Clock>) -> Self {
        Self { plans, clock, read: Mutex::new(None) }
    }

    /// Why a snapshot is not to be copied to a Region; `None` when it is.
    ///
    /// Without a plan, everything is protected everywhere. So it is while the plan cannot be read:
    /// a copy too many costs money, one too few may cost the data.
    ///
    /// # Errors
    /// When the cache's tags cannot be read.
    pub async fn refusal(
        &self,
        caches: &dyn Caches,
        source: &Source,
        to: &Region,
    ) -> Result<Option<String>, ServiceError> {
        let Some(plan) = self.plan().await else { return Ok(None) };
        let tags: BTreeMap<String, String> = match &source.tags {
            Some(tags) => tags.clone(),
            None => caches.complete(source.clone()).await?.tags.unwrap_or_default(),
        };
        Ok(plan.refusal(&source.cache, &tags, to))
    }

    async fn plan(&self) -> Option<Arc<Plan>> {
        let now = self.clock.now();
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, plan)) = known
            && now.duration_since(at).unsigned_abs() < FRESH
        {
            return plan;
        }
        match self.plans.in_force().await {
            Ok(plan) => {
                let plan = plan.map(Arc::new);
                let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
                *read = Some((now, plan.clone()));
                plan
            }
            Err(cause) => {
                error!(
                    cause = lambda::chain(&cause),
                    "the plan cannot be read: everything is protected"
                );
                None
            }
        }
    }
}
