//! `cargo xtask cloud`: the local cloud with everything deployed, until Ctrl-C.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use local_cloud::{Cloud, Stacks};
use toolbox::Toolbox;

use crate::interrupt::Interrupt;
use crate::setup::{self, Tool};
use crate::workspace;

/// What answers for ElastiCache.
const ENDPOINT: &str = "elasticache-endpoint";

/// Keep the local cloud up, with everything deployed, until Ctrl-C.
#[derive(Args)]
pub(crate) struct Options {
    /// Also write the variables to this file, for a shell to source
    #[arg(long, value_name = "PATH")]
    env_file: Option<PathBuf>,
}

pub(crate) async fn run(options: &Options, interrupt: &mut Interrupt) -> Result<ExitCode> {
    setup::ensure(Tool::Cloud, interrupt).await?;
    let toolbox = Toolbox::cloud(&mut |line| eprintln!("{line}"))?;
    let mut report = |line: &str| eprintln!("{line}");
    let up = async {
        let binaries = build(&[], &mut report).await?;
        start(local_cloud::Options::new(toolbox.clone()), &binaries, &mut report).await
    };
    let (cloud, stacks) = tokio::select! {
        // Dropped by an interrupt, it ends what it has started.
        up = up => up?,
        interrupted = interrupt.received() => return Err(interrupted.into()),
    };
    let exports = exports(&cloud, &stacks);
    if let Some(path) = &options.env_file {
        fs::write(path, &exports).with_context(|| format!("cannot write {}", path.display()))?;
    }
    print!("\n{exports}\n{}", guide(&toolbox, &stacks));
    eprintln!("\nThe local cloud is up. Ctrl-C ends it, and everything in it is gone then.");

    let interrupted = interrupt.received().await;
    eprintln!("\nEnding the local cloud");
    if let Some(path) = &options.env_file {
        // What is in it leads nowhere now. Somebody else may have removed it before.
        let _ = fs::remove_file(path);
    }
    cloud.shutdown().await?;
    Err(interrupted.into())
}

/// The programs that were built, by name.
pub(crate) type Binaries = BTreeMap<String, PathBuf>;

/// Builds the functions, what answers for ElastiCache, and `others`.
///
/// # Errors
/// One of them does not build; cargo has said why.
pub(crate) async fn build(others: &[&str], report: &mut dyn FnMut(&str)) -> Result<Binaries> {
    let functions = workspace::functions()?;
    let functions = functions.iter().map(String::as_str);
    let packages: Vec<_> = functions.chain([ENDPOINT]).chain(others.iter().copied()).collect();
    report(&format!("Building {}", packages.join(", ")));
    local_cloud::build(&packages).await
}

/// Starts the servers, and deploys the templates and functions.
///
/// # Errors
/// A program was not built, or something does not start or deploy.
pub(crate) async fn start(
    mut options: local_cloud::Options,
    binaries: &Binaries,
    report: &mut dyn FnMut(&str),
) -> Result<(Cloud, Stacks)> {
    let binary = |name: &str| -> Result<&PathBuf> {
        binaries.get(name).with_context(|| format!("cargo built no binary \"{name}\""))
    };
    // The zips have been uploaded when this returns.
    let zips = tempfile::Builder::new().prefix("snapguard-").tempdir()?;
    options = options.endpoint(binary(ENDPOINT)?);
    for function in workspace::functions()? {
        let zip = local_cloud::package_function(&function, binary(&function)?, zips.path())?;
        options = options.function(&function, zip);
    }
    report("Starting the local cloud");
    let cloud = Cloud::start(options).await?;
    let stacks = cloud.deploy(report).await?;
    Ok((cloud, stacks))
}

/// All that a shell needs to use the cloud, as `export` lines.
pub(crate) fn exports(cloud: &Cloud, stacks: &Stacks) -> String {
    let mut variables = cloud.variables();
    variables.extend(settings(stacks));
    lines(&variables)
}

/// What the functions and the `snapguard` command read, so that a person can run them by hand
/// (`cargo lambda watch`) on what was deployed.
fn settings(stacks: &Stacks) -> Vec<(String, String)> {
    let regions: Vec<&str> = stacks.dr_buckets.keys().map(String::as_str).collect();
    let buckets = stacks.dr_buckets.iter();
    let prefix = buckets.filter_map(|(region, bucket)| bucket.strip_suffix(&format!("-{region}")));
    [
        ("STAGING_BUCKET", stacks.staging_bucket.clone()),
        ("DR_REGIONS", regions.join(",")),
        ("DR_BUCKET_PREFIX", prefix.take(1).collect()),
        ("LEDGER_TABLE", stacks.ledger_table.clone()),
        ("SNAPGUARD_TABLE", stacks.ledger_table.clone()),
        ("ALERTS_TOPIC_ARN", stacks.alerts_topic.clone()),
        ("NOTICES_QUEUE_URL", stacks.notices_queue.clone()),
        ("DEAD_LETTER_QUEUE_URL", stacks.dead_letter_queue.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// One line for each variable, for a shell.
fn lines(variables: &[(String, String)]) -> String {
    let mut lines = String::new();
    for (name, value) in variables {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "export {name}={}", quoted(value));
    }
    lines
}

/// `value` as one word of a shell command.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// What to try first, in a shell that has the variables.
fn guide(toolbox: &Toolbox, stacks: &Stacks) -> String {
    let aws = quoted_path(&toolbox.aws());
    let python = quoted_path(&toolbox.python());
    let Stacks { notification_topic, staging_bucket, .. } = stacks;
    let copies: String = stacks
        .dr_buckets
        .iter()
        .map(|(region, bucket)| {
            format!("\n  aws s3 ls --recursive s3://{bucket} --region {region}")
        })
        .collect();
    format!(
        r#"Paste these lines into another shell, then try there:

  alias aws={aws} python={python}

  # A cache that tells of its snapshots, and a snapshot of it
  aws elasticache create-replication-group --replication-group-id orders \
      --replication-group-description orders --engine redis --cache-node-type cache.t4g.micro \
      --num-cache-clusters 2 --automatic-failover-enabled \
      --notification-topic-arn {notification_topic}
  aws elasticache wait replication-group-available --replication-group-id orders
  aws elasticache create-snapshot --replication-group-id orders --snapshot-name orders-1

  # A few seconds later: the export, the copies, and what the ledger says about them
  aws s3 ls --recursive s3://{staging_bucket}{copies}
  cargo run --quiet --package snapguard -- audit list
  cargo run --quiet --package snapguard -- audit show orders-1

  # The same cloud from Python
  python -c 'import boto3; print(boto3.client("elasticache").describe_snapshots()["Snapshots"])'
"#
    )
}

/// `path` as one word of a shell command, in quotes only where it needs them.
fn quoted_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |it: char| it.is_ascii_alphanumeric() || "/._-+".contains(it);
    if text.chars().all(plain) { text.into_owned() } else { quoted(&text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_gets_back_what_was_exported() {
        let variables = [("URL", "http://127.0.0.1:1"), ("ODD", "it's $HOME")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let script = format!("{}printf '%s|%s' \"$URL\" \"$ODD\"", lines(&variables));
        let shell = std::process::Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(shell.stdout).unwrap(), "http://127.0.0.1:1|it's $HOME");
    }

    #[test]
    fn paths_are_quoted_only_where_they_need_it() {
        assert_eq!(quoted_path(Path::new("/home/a/.cache/aws")), "/home/a/.cache/aws");
        assert_eq!(quoted_path(Path::new("/home/a b/aws")), "'/home/a b/aws'");
    }
}
