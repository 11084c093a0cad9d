//! One place that decides how every SDK client connects, waits and retries.

mod function;

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use domain::id::Region;

pub use function::config_of_function;

use crate::transport::{self, Roots};

/// How long one attempt at an ordinary call may take. AWS answers control-plane and small data
/// calls in well under a second; ten mean that the connection is dead.
const ATTEMPT: Duration = Duration::from_secs(10);
/// How long an ordinary call may take, all its attempts and the pauses between them included.
const OPERATION: Duration = Duration::from_secs(60);
/// Attempts per call. Snapshots of many caches finish in the same minute, and ElastiCache
/// throttles by account: with the pauses below the eighth attempt comes up to half a minute after
/// the first, which outlasts the bursts.
const ATTEMPTS: u32 = 8;
/// The first pause; each further one doubles, with full jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The configuration of every client of a person's command.
///
/// Region, credentials and endpoints come from where any AWS tool looks for them: environment,
/// profiles, roles, instance metadata. Trusted are the roots the machine trusts. `region`
/// overrides the Region.
pub async fn config(region: Option<&Region>) -> SdkConfig {
    let mut loader = aws_config::defaults(behavior())
        .http_client(transport::client(Roots::Machine))
        .retry_config(retries())
        .timeout_config(timeouts());
    if let Some(name) = region {
        loader = loader.region(self::region(name));
    }
    loader.load().await
}

/// Pinned, so that an update of the SDK does not change how we retry or check unasked.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build()
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
