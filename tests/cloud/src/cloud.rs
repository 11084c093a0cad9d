use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::Cli;
use crate::control::{Control, Event, Verdict};
use crate::options::Options;
use crate::process::{Process, tail};
use crate::stack::{self, Stacks};

/// Access key and secret of the account's root, who may do everything.
const ROOT: &str = "test";

/// A running local cloud. It stops, and what it wrote is removed, when this is dropped: also when
/// a test panics. On Ctrl-C the owner drops it; if the owner is killed, its servers notice.
#[derive(Debug)]
pub struct Cloud {
    options: Options,
    endpoint: String,
    elasticache: Option<String>,
    control: Control,
    cli: Cli,
    // Dropped in this order: whoever calls others ends before they do, the directory last.
    elasticache_process: Option<Process>,
    ministack_process: Process,
    directory: TempDir,
}

/// The launcher's first line.
#[derive(Deserialize)]
struct Addresses {
    endpoint: String,
    control: String,
}

impl Cloud {
    /// Starts the servers, each on a free port of 127.0.0.1. Nothing is deployed yet.
    ///
    /// # Errors
    /// A server does not start; the end of its log is in the message.
    pub async fn start(options: Options) -> Result<Self> {
        // Starting blocks until a server says that it listens.
        tokio::task::spawn_blocking(move || Self::start_servers(options)).await?
    }

    fn start_servers(options: Options) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("snapguard-").tempdir()?;
        let (ministack_process, addresses) = ministack(&options, directory.path())?;
        let control = Control::new(addresses.control)?;
        let endpoint = addresses.endpoint;
        let started = match &options.endpoint_binary {
            Some(binary) => {
                Some(elasticache(&options, binary, directory.path(), &endpoint, control.url())?)
            }
            None => None,
        };
        let (elasticache_process, elasticache) = started.unzip();
        let cli = Cli::new(
            &options.toolbox.aws(),
            directory.path(),
            variables(&options, &endpoint, elasticache.as_deref()),
            endpoint.clone(),
            elasticache.clone(),
        );
        Ok(Self {
            options,
            endpoint,
            elasticache,
            control,
            cli,
            elasticache_process,
            ministack_process,
            directory,
        })
    }

    /// Deploys the templates and the functions; done again, it updates what changed.
    ///
    /// `progress` hears of every stack before it is deployed.
    ///
    /// # Errors
    /// A function's zip cannot be read, or a stack fails; the resources' reasons are in the
    /// message.
    pub async fn deploy(&self, progress: &mut dyn FnMut(&str)) -> Result<Stacks> {
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        let mut parameters = vec![
            ("StatefulStack".to_owned(), stack::STATEFUL_STACK.to_owned()),
            ("DrRegions".to_owned(), self.options.dr.join(",")),
            ("Architecture".to_owned(), architecture.to_owned()),
            ("EndpointUrl".to_owned(), self.endpoint.clone()),
        ];
        if let Some(url) = &self.elasticache {
            parameters.push(("ElastiCacheEndpointUrl".to_owned(), url.clone()));
        }
        stack::deploy(&self.cli, &self.options, parameters, progress).await
    }

    /// What it was started with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Replaces functions and parameters for the next [`Cloud::deploy`].
    pub fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }

    /// The variables with which any AWS SDK, boto3 and the CLI find this cloud.
    ///
    /// Version 1 of the CLI ignores them for SQS, and wants `--endpoint-url` there.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        variables(&self.options, &self.endpoint, self.elasticache.as_deref())
    }

    /// URL of everything but ElastiCache.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// URL of ElastiCache, if the cloud was given the binary for it.
    #[must_use]
    pub fn elasticache_endpoint(&self) -> Option<&str> {
        self.elasticache.as_deref()
    }

    /// URL of the control server.
    #[must_use]
    pub fn control(&self) -> &str {
        self.control.url()
    }

    /// Settings for an SDK client of any service but ElastiCache, as the account's root.
    #[must_use]
    pub fn sdk_config(&self, region: &str) -> SdkConfig {
        sdk_config(region, &self.endpoint)
    }

    /// Settings for an ElastiCache client, as the account's root.
    ///
    /// # Errors
    /// The cloud was started without the ElastiCache endpoint.
    pub fn elasticache_config(&self, region: &str) -> Result<SdkConfig> {
        let endpoint = self.elasticache.as_deref();
        Ok(sdk_config(region, endpoint.context("this cloud has no ElastiCache endpoint")?))
    }

    /// Runs the AWS CLI as the account's root, in the primary Region unless `--region` is among
    /// the arguments, and returns the JSON it prints (null for nothing).
    ///
    /// # Errors
    /// The command fails, or prints something else; what it said is in the message.
    pub async fn aws(&self, arguments: &[&str]) -> Result<Value> {
        self.cli.json(arguments).await
    }

    /// Puts an event on a bus in a service's own name and returns its id.
    ///
    /// # Errors
    /// The cloud does not answer.
    pub async fn put_event(&self, event: &Event) -> Result<String> {
        self.control.put_event(event).await
    }

    /// Asks whether a signed request may be answered; `launcher/control.py` describes the fields.
    ///
    /// # Errors
    /// The cloud does not answer, or a field is missing.
    pub async fn authorize(&self, request: &Value) -> Result<Verdict> {
        self.control.authorize(request).await
    }

    /// Kills every process of the function (by its full name) that works on an invocation right
    /// now, and returns how many. Their messages return after the queue's visibility timeout.
    ///
    /// # Errors
    /// The cloud does not answer.
    pub async fn kill_function(&self, name: &str) -> Result<u64> {
        self.control.kill(name).await
    }

    /// The directory of logs and state, which goes when the cloud does.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The last lines of both servers' logs, what functions printed among them: for the message of
    /// a failed assertion.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let logs = ["ministack.log", "elasticache.log"].map(|name| self.directory().join(name));
        let logs = logs.iter().filter(|log| log.exists());
        logs.map(|log| format!("--- {}\n{}\n", log.display(), tail(log))).collect()
    }

    /// Stops the cloud without blocking the runtime, as dropping it does.
    ///
    /// # Errors
    /// What it wrote cannot be removed.
    pub async fn shutdown(self) -> Result<()> {
        tokio::task::spawn_blocking(move || {
            drop(self.elasticache_process);
            drop(self.ministack_process);
            self.directory.close().context("cannot remove what the cloud wrote")
        })
        .await?
    }
}

fn ministack(options: &Options, directory: &Path) -> Result<(Process, Addresses)> {
    // From the source tree: the launcher is part of this crate, not of what it produces.
    let launcher = Path::new(env!("CARGO_MANIFEST_DIR")).join("launcher/launcher.py");
    let mut command = Command::new(options.toolbox.python());
    command
        .arg(launcher)
        .arg(directory.join("ministack"))
        .env("HOME", directory)
        .env("MINISTACK_REGION", &options.primary)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let (process, line) = Process::start("ministack", command, directory.join("ministack.log"))?;
    let addresses = serde_json::from_str(&line)
        .with_context(|| format!("the launcher of ministack printed: {line}"))?;
    Ok((process, addresses))
}

fn elasticache(
    options: &Options,
    binary: &Path,
    directory: &Path,
    s3: &str,
    control: &str,
) -> Result<(Process, String)> {
    let state = directory.join("elasticache");
    std::fs::create_dir(&state)?;
    let mut command = Command::new(binary);
    command
        .arg("--server")
        .arg(options.toolbox.redis_server())
        .arg("--state-dir")
        .arg(state)
        .args(["--s3-endpoint", s3, "--control-url", control, "--port", "0"])
        .arg("--exit-with-parent")
        .args(&options.endpoint_arguments)
        .env("HOME", directory);
    let log = directory.join("elasticache.log");
    let (process, line) = Process::start("elasticache-endpoint", command, log)?;
    let url = line
        .strip_prefix("listening on ")
        .with_context(|| format!("elasticache-endpoint printed: {line}"))?;
    Ok((process, url.to_owned()))
}

fn variables(
    options: &Options,
    endpoint: &str,
    elasticache: Option<&str>,
) -> Vec<(String, String)> {
    let fixed = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", &options.primary),
        ("AWS_DEFAULT_REGION", &options.primary),
        ("AWS_ACCESS_KEY_ID", ROOT),
        ("AWS_SECRET_ACCESS_KEY", ROOT),
    ];
    fixed
        .into_iter()
        .chain(elasticache.map(|url| ("AWS_ENDPOINT_URL_ELASTICACHE", url)))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn sdk_config(region: &str, endpoint: &str) -> SdkConfig {
    let credentials = Credentials::from_keys(ROOT, ROOT, None);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}
