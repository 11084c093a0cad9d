//! `cargo xtask setup`: installs tools ahead of time, and prints where they are.
//!
//! The other chores install through this one as a process of its own, because an installation
//! blocks and starts further processes: ending its process group ends all of them.

use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use tokio::process::Command;
use toolbox::{Checks, Packager, Toolbox};

use crate::interrupt::Interrupt;
use crate::process;

/// Install tools ahead of time, and print where they are.
#[derive(Args)]
pub(crate) struct Options {
    /// What to install; everything if nothing is named
    #[arg(value_enum)]
    tools: Vec<Tool>,
}

/// A set of tools that is installed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    /// ministack, boto3, the AWS CLI and a Redis server
    Cloud,
    /// cfn-lint and ruff
    Checks,
    /// cargo-deny
    Deny,
    /// cargo-lambda and zig
    Package,
}

/// Installs what is not there yet, and prints where everything is, each program with its path.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let chosen = if options.tools.is_empty() { Tool::value_variants() } else { &options.tools };
    for tool in chosen {
        for (name, path) in tool.install(&mut |line| eprintln!("{line}"))? {
            println!("{name:<12} {}", path.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Tool {
    /// Installs the set where needed and returns its programs.
    fn install(self, report: toolbox::Report<'_>) -> Result<Vec<(&'static str, PathBuf)>> {
        Ok(match self {
            Self::Cloud => {
                let tools = Toolbox::cloud(report)?;
                let server = tools.redis_server().to_owned();
                vec![("python", tools.python()), ("aws", tools.aws()), ("redis-server", server)]
            }
            Self::Checks => {
                let tools = Checks::install(report)?;
                vec![("cfn-lint", tools.cfn_lint()), ("ruff", tools.ruff())]
            }
            Self::Deny => vec![("cargo-deny", toolbox::cargo_deny(report)?)],
            Self::Package => vec![("cargo-lambda", Packager::install(report)?.cargo_lambda())],
        })
    }
}

/// Has `tool` installed, unless it is there already; this can be interrupted.
///
/// # Errors
/// The installation failed, after it said why, or
/// [`Interrupted`](crate::interrupt::Interrupted).
pub(crate) async fn ensure(tool: Tool, interrupt: &mut Interrupt) -> Result<()> {
    let name = tool.to_possible_value().context("every tool has a name")?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("setup").arg(name.get_name()).stdout(Stdio::null());
    if !process::run(&mut command, interrupt).await?.success() {
        bail!("the tools for \"{}\" are not there", name.get_name());
    }
    Ok(())
}
