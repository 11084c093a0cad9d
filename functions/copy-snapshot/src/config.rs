//! The function's settings, from its environment. infra/stateless.yaml sets every one of them.

use std::time::Duration;

use domain::id::{BucketName, Region};
use lambda::{BadSetting, Environment};

use crate::deps::Settings;

/// Everything the function is told from outside.
#[derive(Debug, Clone)]
pub struct Config {
    /// The ledger's table.
    pub ledger_table: String,
    /// The Region the ledger is in.
    pub ledger_region: Region,
    /// The DR Regions, with the bucket in each.
    pub targets: Vec<(Region, BucketName)>,
    /// The alerts topic.
    pub alerts_topic: String,
    /// The notices queue.
    pub notices_queue: String,
    /// The dead-letter queue.
    pub dead_letter_queue: String,
    /// What does not change while the process lives.
    pub settings: Settings,
}

const MIB: u64 = 1 << 20;

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// Names the first variable that is missing or unusable, and what was expected.
    pub fn from_env(environment: &Environment) -> Result<Self, BadSetting> {
        let region: Region = environment.required("AWS_REGION", "a Region")?;
        let prefix: String =
            environment.required("DR_BUCKET_PREFIX", "what DR buckets' names begin with")?;
        let number = |name, default: u64| {
            environment.optional(name, "a whole number").map(|n| n.unwrap_or(default))
        };
        let settings = Settings {
            staging: environment.required("STAGING_BUCKET", "a bucket")?,
            multipart_above: number("MULTIPART_THRESHOLD_MIB", 256)?.saturating_mul(MIB),
            part_size: number("PART_SIZE_MIB", 64)?.saturating_mul(MIB),
            max_attempts: environment.optional("MAX_ATTEMPTS", "a whole number")?.unwrap_or(5),
            lease: Duration::from_secs(number("LEASE_SECONDS", 20)?.max(3)),
            region: region.clone(),
        };
        Ok(Self {
            ledger_table: environment.required("LEDGER_TABLE", "a DynamoDB table")?,
            ledger_region: environment.optional("LEDGER_REGION", "a Region")?.unwrap_or(region),
            targets: targets(environment, &prefix)?,
            alerts_topic: environment.required("ALERTS_TOPIC_ARN", "an SNS topic's ARN")?,
            notices_queue: environment.required("NOTICES_QUEUE_URL", "an SQS queue's URL")?,
            dead_letter_queue: environment
                .required("DEAD_LETTER_QUEUE_URL", "an SQS queue's URL")?,
            settings,
        })
    }
}

/// `DR_REGIONS` names them, separated by commas; each one's bucket is `<prefix>-<Region>`.
fn targets(
    environment: &Environment,
    prefix: &str,
) -> Result<Vec<(Region, BucketName)>, BadSetting> {
    const NAME: &str = "DR_REGIONS";
    const EXPECTED: &str = "Regions separated by commas";
    let list: String = environment.required(NAME, EXPECTED)?;
    let unusable = |why: String| BadSetting::Unusable { name: NAME, expected: EXPECTED, why };
    list.split(',')
        .map(|region| {
            let region: Region =
                region.trim().parse().map_err(|e: domain::id::BadName| unusable(e.to_string()))?;
            let bucket = format!("{prefix}-{region}");
            let bucket =
                bucket.parse().map_err(|e: domain::id::BadName| unusable(e.to_string()))?;
            Ok((region, bucket))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 8] = [
        ("AWS_REGION", "us-east-1"),
        ("STAGING_BUCKET", "staging"),
        ("DR_REGIONS", "eu-west-1, eu-central-1"),
        ("DR_BUCKET_PREFIX", "snapguard-dr-123456789012"),
        ("LEDGER_TABLE", "snapguard-ledger"),
        ("ALERTS_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:alerts"),
        ("NOTICES_QUEUE_URL", "https://sqs/notices"),
        ("DEAD_LETTER_QUEUE_URL", "https://sqs/dead"),
    ];

    #[test]
    fn each_dr_region_has_its_bucket() {
        let config = Config::from_env(&Environment::of(GOOD)).unwrap();
        let targets: Vec<String> =
            config.targets.iter().map(|(region, bucket)| format!("{region} {bucket}")).collect();
        assert_eq!(
            targets,
            [
                "eu-west-1 snapguard-dr-123456789012-eu-west-1",
                "eu-central-1 snapguard-dr-123456789012-eu-central-1"
            ]
        );
        assert_eq!(config.ledger_region.as_str(), "us-east-1");
    }

    #[test]
    fn each_missing_variable_is_named() {
        for (missing, _) in GOOD {
            let rest = GOOD.into_iter().filter(|(name, _)| *name != missing);
            let error = Config::from_env(&Environment::of(rest)).unwrap_err();
            assert!(error.to_string().contains(missing), "{error}");
        }
    }
}
