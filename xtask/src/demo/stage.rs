//! Where the demo plays: the running cloud, and the clients that look into it.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::id::Region;
use ledger::Ledger;
use local_cloud::{Cloud, Stacks};
use tokio::time::{Instant, interval, timeout_at};

/// How often anything is asked again.
const POLL: Duration = Duration::from_millis(100);

/// The services of one Region.
pub(super) struct Site {
    pub(super) region: Region,
    pub(super) elasticache: aws_sdk_elasticache::Client,
    pub(super) s3: aws_sdk_s3::Client,
}

/// The cloud, as the account's root sees it.
pub(super) struct Stage {
    pub(super) cloud: Cloud,
    pub(super) stacks: Stacks,
    pub(super) ledger: Ledger,
    /// Where the caches are.
    pub(super) primary: Site,
    /// Where the copies go.
    pub(super) dr: Site,
    /// The bucket they go to.
    pub(super) dr_bucket: String,
}

impl Stage {
    pub(super) fn new(cloud: Cloud, stacks: Stacks) -> Result<Self> {
        let (region, bucket) = stacks.dr_buckets.first_key_value().context("no DR Region")?;
        let primary = &cloud.options().primary;
        let config = cloud.sdk_config(primary);
        Ok(Self {
            ledger: Ledger::connect(&config, stacks.ledger_table.clone()),
            primary: Site::new(&cloud, primary)?,
            dr: Site::new(&cloud, region)?,
            dr_bucket: bucket.clone(),
            cloud,
            stacks,
        })
    }
}

impl Site {
    fn new(cloud: &Cloud, region: &str) -> Result<Self> {
        Ok(Self {
            region: region.parse()?,
            elasticache: aws_sdk_elasticache::Client::new(&cloud.elasticache_config(region)?),
            s3: aws_sdk_s3::Client::new(&cloud.sdk_config(region)),
        })
    }
}

/// Asks until there is an answer.
///
/// # Errors
/// There is none `within` that time, and the message says what was awaited; or asking fails.
pub(super) async fn wait<T>(
    awaited: &str,
    within: Duration,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + within;
    let answer = async {
        let mut poll = interval(POLL);
        loop {
            poll.tick().await;
            if let Some(answer) = ask().await? {
                return Ok::<T, anyhow::Error>(answer);
            }
        }
    };
    match timeout_at(deadline, answer).await {
        Ok(answer) => answer.with_context(|| format!("while waiting for {awaited}")),
        Err(_) => bail!("waited {} s in vain for {awaited}", within.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_with_the_answer_or_says_what_it_was_for() {
        let mut asked = 0;
        let third = wait("the third", Duration::from_secs(60), async || {
            asked += 1;
            Ok((asked == 3).then_some(asked))
        });
        assert_eq!(third.await.unwrap(), 3);
        let never = wait("rain", Duration::ZERO, async || Ok(None::<()>)).await;
        assert_eq!(never.unwrap_err().to_string(), "waited 0 s in vain for rain");
        let fails = wait("rain", Duration::from_secs(60), async || bail!("no sky") as Result<_>);
        let said: Result<Option<()>> = fails.await.map(Some);
        assert_eq!(format!("{:#}", said.unwrap_err()), "while waiting for rain: no sky");
    }
}
