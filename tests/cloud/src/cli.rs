use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::inherit_path;

/// The AWS CLI, pointed at one cloud.
#[derive(Clone, Debug)]
pub(crate) struct Cli {
    program: PathBuf,
    variables: Vec<(String, String)>,
    endpoint: String,
    elasticache: Option<String>,
}

impl Cli {
    pub(crate) fn new(
        program: &Path,
        home: &Path,
        variables: Vec<(String, String)>,
        endpoint: String,
        elasticache: Option<String>,
    ) -> Self {
        let own = [
            ("HOME", home.to_string_lossy().into_owned()),
            ("AWS_PAGER", String::new()),
            ("AWS_DEFAULT_OUTPUT", "json".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
        Self {
            program: program.to_owned(),
            variables: variables.into_iter().chain(own).collect(),
            endpoint,
            elasticache,
        }
    }

    /// Runs one command and returns what it printed.
    ///
    /// # Errors
    /// The CLI cannot be started, or it fails; what it said is in the message.
    pub(crate) async fn text(&self, arguments: &[&str]) -> Result<String> {
        // Given as an option, not only as a variable, because version 1 of the CLI sends SQS
        // commands to AWS otherwise: it has a table of SQS addresses that the variable loses to.
        let endpoint = match (&self.elasticache, arguments.first()) {
            (Some(elasticache), Some(&"elasticache")) => elasticache,
            _ => &self.endpoint,
        };
        let mut command = Command::new(&self.program);
        command
            .arg("--endpoint-url")
            .arg(endpoint)
            .args(arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        inherit_path(&mut command);
        let output = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .output()
            .await
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("aws {} failed: {}", arguments.join(" "), said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs one command and returns the JSON it printed, or null if it printed nothing.
    ///
    /// # Errors
    /// Those of [`Cli::text`], and output that is not JSON.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let text = self.text(arguments).await?;
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text)
            .with_context(|| format!("aws {} did not print JSON: {text}", arguments.join(" ")))
    }
}
