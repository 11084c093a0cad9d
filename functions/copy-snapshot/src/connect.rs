//! The real world: every client, built once.

use std::sync::Arc;

use aws::{ElastiCache, S3, Sns, Sqs, sdk};
use lambda::SystemClock;
use ledger::Ledger;

use crate::config::Config;
use crate::deps::{Deps, Vault};
use crate::protection::Protection;

impl Deps {
    /// Builds every client. Nothing is called yet.
    pub async fn connect(config: Config) -> Self {
        let here = sdk::config_of_function();
        let ledger = here.to_builder().region(sdk::region(&config.ledger_region)).build();
        let region = &config.settings.region;
        let vaults = config
            .targets
            .into_iter()
            .map(|(region, bucket)| Vault {
                store: Arc::new(S3::new(&here, &region)),
                region,
                bucket,
            })
            .collect();
        let ledger = Arc::new(Ledger::connect(&ledger, config.ledger_table));
        Self {
            clock: Arc::new(SystemClock),
            protection: Protection::new(ledger.clone(), Arc::new(SystemClock)),
            caches: Arc::new(ElastiCache::new(&here, region)),
            journal: ledger,
            staging: Arc::new(S3::new(&here, region)),
            vaults,
            pager: Arc::new(Sns::new(&here, config.alerts_topic)),
            inbox: Arc::new(Sqs::new(&here, config.notices_queue, config.dead_letter_queue)),
            settings: config.settings,
        }
    }
}
