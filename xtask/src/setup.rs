//! `cargo xtask setup`: installs tools ahead of time.
//!
//! The other chores install through this one as a process of its own, because an installation
//! blocks and starts further processes: ending its process group ends all of them.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use tokio::process::Command;
use toolbox::{Checks, Packager, Toolbox};

use crate::interrupt::Interrupt;
use crate::process;

/// Install tools ahead of time: everything that works without a network later.
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

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let chosen = if options.tools.is_empty() { Tool::value_variants() } else { &options.tools };
    let mut report = |line: &str| eprintln!("{line}");
    for tool in chosen {
        match tool {
            Tool::Cloud => drop(Toolbox::cloud(&mut report)?),
            Tool::Checks => drop(Checks::install(&mut report)?),
            Tool::Deny => drop(toolbox::cargo_deny(&mut report)?),
            Tool::Package => drop(Packager::install(&mut report)?),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Has `tool` installed, unless it is there already; this can be interrupted.
///
/// # Errors
/// The installation failed, after it said why, or
/// [`Interrupted`](crate::interrupt::Interrupted).
pub(crate) async fn ensure(tool: Tool, interrupt: &mut Interrupt) -> Result<()> {
    let name = tool.to_possible_value().context("every tool has a name")?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("setup").arg(name.get_name());
    if !process::run(&mut command, interrupt).await?.success() {
        bail!("the tools for \"{}\" are not there", name.get_name());
    }
    Ok(())
}
