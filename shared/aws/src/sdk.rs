//! One place that decides how every SDK client connects, waits and retries.

use std::time::Duration;

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use domain::id::Region;

use crate::transport;

/// How long one attempt at an ordinary call may take. AWS answers control-plane and small data
/// calls in well under a second; ten mean that the connection is dead.
const ATTEMPT: Duration = Duration::from_secs(10);
/// How long an ordinary call may take, all its attempts and the pauses between them included.
const OPERATION: Duration = Duration::from_secs(60);
/// Attempts per call. Snapshots of many caches finish in the same minute, and ElastiCache
/// throttles by account: with the pauses below the eighth attempt comes half a minute after the
/// first, which outlasts the bursts.
const ATTEMPTS: u32 = 8;
/// The first pause; each further one doubles, with full jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The configuration of every client of a function.
///
/// Region, credentials and endpoints come from the environment and the shared profile files, as
/// for any AWS SDK (`AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`, ...). `region`
/// overrides the Region. Nothing is looked up before the first call: in Lambda the credentials
/// are in the environment, so the links of the chain behind that one are never asked.
pub async fn config(region: Option<&Region>) -> SdkConfig {
    let loader = loader();
    match region {
        Some(region) => {
            loader.region(aws_config::Region::new(region.as_str().to_owned())).load().await
        }
        None => loader.load().await,
    }
}

fn loader() -> ConfigLoader {
    // Pinned, so that an update of the SDK does not change how we retry or check unasked.
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(transport::client())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(FIRST_PAUSE)
                .with_max_backoff(LONGEST_PAUSE),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(OPERATION)
                .build(),
        )
}

/// Timeouts for calls that do the work before they answer: server-side copies of gigabytes and
/// requests to export. `attempt` is for one attempt; all of them together get three times that.
pub(crate) fn patient(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(attempt)
        .operation_timeout(attempt * 3)
        .build()
}

/// A Region as the SDK takes it.
#[must_use]
pub fn region(region: &Region) -> aws_config::Region {
    aws_config::Region::new(region.as_str().to_owned())
}
