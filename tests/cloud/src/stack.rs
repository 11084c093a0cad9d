use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cli::Cli;
use crate::options::Options;

/// Name of the stack from `dr-bucket.yaml`, the same in every DR Region.
const DR_STACK: &str = "snapguard-dr";
/// Name of the stack from `stateful.yaml`.
pub const STATEFUL_STACK: &str = "snapguard-state";
/// Name of the stack from `stateless.yaml`.
pub const STATELESS_STACK: &str = "snapguard";
/// The bucket that function zips are uploaded to, which users bring along.
const ARTIFACTS: &str = "snapguard-artifacts";

/// What was deployed, by the outputs of the stacks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stacks {
    /// Name of the ledger table, in the primary Region.
    pub ledger_table: String,
    /// Name of the bucket that snapshots are exported to.
    pub staging_bucket: String,
    /// ARN of the topic that alerts are published to.
    pub alerts_topic: String,
    /// ARN of the topic for node-based caches' `NotificationTopicArn`.
    pub notification_topic: String,
    /// Names of the DR buckets, by Region.
    pub dr_buckets: BTreeMap<String, String>,
    /// URL of the queue that notices wait in.
    pub notices_queue: String,
    /// URL of the queue for notices that need a person.
    pub dead_letter_queue: String,
    /// Name of the function copy-snapshot.
    pub copy_snapshot: String,
    /// Name of copy-snapshot's role.
    pub copy_snapshot_role: String,
}

/// Deploys the templates in the order and with the commands that `infra/README.md` gives.
pub(crate) async fn deploy(
    cli: &Cli,
    options: &Options,
    parameters: Vec<(String, String)>,
    progress: &mut dyn FnMut(&str),
) -> Result<Stacks> {
    let primary = options.primary.as_str();
    let mut dr_buckets = BTreeMap::new();
    for region in &options.dr {
        progress(&format!("Deploying {DR_STACK} to {region}"));
        stack(cli, region, DR_STACK, &options.templates.join("dr-bucket.yaml"), &[]).await?;
        let outputs = outputs(cli, region, DR_STACK).await?;
        dr_buckets.insert(region.clone(), output(&outputs, "Bucket")?);
    }

    progress(&format!("Deploying {STATEFUL_STACK} to {primary}"));
    stack(cli, primary, STATEFUL_STACK, &options.templates.join("stateful.yaml"), &[]).await?;
    let stateful = outputs(cli, primary, STATEFUL_STACK).await?;

    progress(&format!("Deploying {STATELESS_STACK} to {primary}"));
    let mut all = upload(cli, options).await?;
    all.extend(parameters);
    all.extend(options.parameters.iter().cloned());
    stack(cli, primary, STATELESS_STACK, &options.templates.join("stateless.yaml"), &all).await?;
    let stateless = outputs(cli, primary, STATELESS_STACK).await?;

    Ok(Stacks {
        ledger_table: output(&stateful, "LedgerTable")?,
        staging_bucket: output(&stateful, "StagingBucket")?,
        alerts_topic: output(&stateful, "AlertsTopic")?,
        notification_topic: output(&stateful, "NotificationTopic")?,
        dr_buckets,
        notices_queue: output(&stateless, "NoticesQueue")?,
        dead_letter_queue: output(&stateless, "DeadLetterQueue")?,
        copy_snapshot: output(&stateless, "CopySnapshot")?,
        copy_snapshot_role: output(&stateless, "CopySnapshotRole")?,
    })
}

/// Uploads the functions and returns the parameters that say where they are.
async fn upload(cli: &Cli, options: &Options) -> Result<Vec<(String, String)>> {
    let region = options.primary.as_str();
    // It is there already when a cloud is deployed to again, which the bucket's owner is not told
    // in us-east-1 and told as an error elsewhere.
    let bucket = format!("s3://{ARTIFACTS}");
    if cli.text(&["s3", "ls", &bucket, "--region", region]).await.is_err() {
        cli.text(&["s3", "mb", &bucket, "--region", region]).await?;
    }
    let mut parameters = vec![("CodeBucket".to_owned(), ARTIFACTS.to_owned())];
    for (name, zip) in &options.functions {
        let code = fs::read(zip).with_context(|| format!("cannot read {}", zip.display()))?;
        // CloudFormation notices new code only by a new key.
        let key = format!("{name}-{}.zip", digest(&code));
        let target = format!("{bucket}/{key}");
        let source = zip.to_str().context("a path that is not UTF-8")?;
        let copy = ["s3", "cp", source, &target, "--region", region, "--only-show-errors"];
        cli.text(&copy).await?;
        parameters.push((key_parameter(name), key));
    }
    Ok(parameters)
}

async fn stack(
    cli: &Cli,
    region: &str,
    name: &str,
    template: &Path,
    parameters: &[(String, String)],
) -> Result<()> {
    let template = template.to_str().context("a path that is not UTF-8")?;
    let mut arguments = vec!["cloudformation", "deploy", "--region", region];
    arguments.extend(["--stack-name", name, "--template-file", template]);
    arguments.extend(["--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset"]);
    // The CLI takes the last of several values for one name.
    let overrides: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if !overrides.is_empty() {
        arguments.push("--parameter-overrides");
        arguments.extend(overrides.iter().map(String::as_str));
    }
    if let Err(error) = cli.text(&arguments).await {
        let reasons = failures(cli, region, name).await.unwrap_or_default();
        return Err(error.context(format!("stack {name} in {region} failed\n{reasons}")));
    }
    Ok(())
}

/// The resources of a stack that could not be created or updated, with the reasons.
async fn failures(cli: &Cli, region: &str, name: &str) -> Result<String> {
    let describe = ["cloudformation", "describe-stack-events", "--region", region];
    let events = cli.json(&[describe.as_slice(), &["--stack-name", name]].concat()).await?;
    let failed = events["StackEvents"].as_array().into_iter().flatten().filter(|event| {
        event["ResourceStatus"].as_str().is_some_and(|status| status.ends_with("FAILED"))
    });
    let lines: Vec<_> = failed
        .map(|event| format!("{}: {}", event["LogicalResourceId"], event["ResourceStatusReason"]))
        .collect();
    Ok(lines.join("\n"))
}

async fn outputs(cli: &Cli, region: &str, name: &str) -> Result<BTreeMap<String, String>> {
    let describe = ["cloudformation", "describe-stacks", "--region", region, "--stack-name", name];
    let stacks = cli.json(&describe).await?;
    let outputs = stacks["Stacks"][0]["Outputs"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok(outputs
        .filter_map(|output| Some((text(&output["OutputKey"])?, text(&output["OutputValue"])?)))
        .collect())
}

fn output(outputs: &BTreeMap<String, String>, name: &str) -> Result<String> {
    outputs.get(name).cloned().with_context(|| format!("the stack has no output {name}"))
}

/// The template's parameter for a function's key: `CopySnapshotKey` for `copy-snapshot`.
fn key_parameter(function: &str) -> String {
    let words = function.split('-').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        first.to_uppercase() + rest
    });
    words.chain(["Key".to_owned()]).collect()
}

fn digest(code: &[u8]) -> String {
    Sha256::digest(code).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_named_after_functions() {
        assert_eq!(key_parameter("copy-snapshot"), "CopySnapshotKey");
    }
}
