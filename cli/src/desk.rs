//! Where the ledger is found.

use anyhow::{Context, Result};
use clap::Args;
use domain::id::Region;
use ledger::Ledger;

/// Which ledger to ask. Credentials come from where every AWS tool looks for them.
#[derive(Debug, Args)]
pub(crate) struct Desk {
    /// The ledger's table.
    #[arg(long, env = "SNAPGUARD_TABLE", default_value = "snapguard-ledger", value_name = "NAME")]
    pub(crate) table: String,
    /// The Region of the table; by default that of AWS_REGION or the AWS profile.
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
}

impl Desk {
    /// The ledger, and the Region it is in, which is that of its snapshots too.
    pub(crate) async fn open(&self) -> Result<(Ledger, Region)> {
        let config = aws::sdk::config(self.region.as_ref()).await;
        let region = config
            .region()
            .context("no AWS Region: give --region or set AWS_REGION")?
            .as_ref()
            .parse()?;
        Ok((Ledger::connect(&config, self.table.clone()), region))
    }
}
