#![doc = include_str!("../README.md")]

mod audit;
mod desk;
mod error;
mod format;
mod human;
mod moment;
mod plan;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jiff::Timestamp;

/// Proof that every ElastiCache snapshot has a checked copy in its DR Region.
#[derive(Debug, Parser)]
#[command(name = "snapguard", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What the ledger recorded: which snapshots were copied, when, by whom.
    #[command(subcommand)]
    Audit(audit::Command),
    /// What is protected how: check the document that says so, put it into force.
    #[command(subcommand)]
    Plan(plan::Command),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // The one place where the command reads the clock.
    #[allow(clippy::disallowed_methods)]
    let now = Timestamp::now();
    let done = match cli.command {
        Command::Audit(command) => audit::run(command, now).await,
        Command::Plan(command) => plan::run(command, now).await,
    };
    done.unwrap_or_else(|error| {
        eprintln!("snapguard: {error:#}");
        ExitCode::from(2)
    })
}
