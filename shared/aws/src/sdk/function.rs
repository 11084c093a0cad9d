//! The configuration of a Lambda function, from its environment alone.
//!
//! Lambda puts Region and credentials into environment variables. The SDK's own loader also
//! prepares profiles, roles by web identity, containers and instance metadata, with an STS client
//! and its tables: a quarter of what is left of the start-up, and none of it is ever used.
//! docs/START.md has the measurement.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::{IdentityCache, SharedAsyncSleep};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::{behavior, retries, timeouts};
use crate::transport::{self, Roots};

/// The configuration of every client of a function.
///
/// It is read from the standard variables of the AWS SDKs: `AWS_REGION`, `AWS_ACCESS_KEY_ID` and
/// its companions, `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`,
/// `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`. Trusted are the roots of AWS, or those
/// of `SSL_CERT_FILE` or `SSL_CERT_DIR` where one is set: for a proxy that opens connections, and
/// for the Regions in China. Nothing is called yet.
#[must_use]
pub fn config_of_function() -> SdkConfig {
    let roots = if variable("SSL_CERT_FILE").or_else(|| variable("SSL_CERT_DIR")).is_some() {
        Roots::Machine
    } else {
        Roots::Amazon
    };
    let mut config = SdkConfig::builder();
    config
        .set_region(variable("AWS_REGION").map(Region::new))
        .set_endpoint_url(variable("AWS_ENDPOINT_URL"))
        .set_use_fips(flag("AWS_USE_FIPS_ENDPOINT"))
        .set_use_dual_stack(flag("AWS_USE_DUALSTACK_ENDPOINT"));
    config
        .behavior_version(behavior())
        .service_config(Variables)
        .credentials_provider(SharedCredentialsProvider::new(
            EnvironmentVariableCredentialsProvider::new(),
        ))
        .identity_cache(IdentityCache::lazy().build())
        .time_source(SystemTimeSource::new())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .http_client(transport::client(roots))
        .retry_config(retries())
        .timeout_config(timeouts())
        .build()
}

/// Settings of single services, such as `AWS_ENDPOINT_URL_ELASTICACHE`.
#[derive(Debug)]
struct Variables;

impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        variable(&name_for_service(key.env(), key.service_id())).or_else(|| variable(key.env()))
    }
}

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
fn name_for_service(name: &str, service: &str) -> String {
    format!("{name}_{}", service.to_uppercase().replace([' ', '-'], "_"))
}

/// A variable that is set to nothing counts as not set: templates pass optional parameters on as
/// empty strings.
#[expect(clippy::disallowed_methods, reason = "the SDK's own settings are read where it is set up")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn flag(name: &str) -> Option<bool> {
    variable(name).map(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_its_own_variable() {
        let name = name_for_service("AWS_ENDPOINT_URL", "ElastiCache");
        assert_eq!(name, "AWS_ENDPOINT_URL_ELASTICACHE");
        assert_eq!(
            name_for_service("AWS_ENDPOINT_URL", "API Gateway"),
            "AWS_ENDPOINT_URL_API_GATEWAY"
        );
    }

    #[tokio::test]
    async fn every_client_can_be_made_of_it() {
        // The SDK panics on a configuration that lacks a part it needs, such as a clock.
        let config = config_of_function();
        let region = "eu-west-1".parse().unwrap();
        let s3 = crate::S3::new(&config, &region);
        let elasticache = crate::ElastiCache::new(&config, &region);
        assert!(format!("{s3:?}{elasticache:?}").contains("eu-west-1"));
    }
}
