//! The plan document.

mod check;
mod difference;
mod document;
mod push;
mod summary;

use std::process::ExitCode;

use anyhow::Result;
use jiff::Timestamp;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Say everything that is wrong with a document, and what it means.
    ///
    /// Exits with 1 when it has problems and with 2 when it cannot be read at all. Warnings do
    /// not count.
    Check(check::Args),
    /// Check a document and put it into force.
    Push(push::Args),
}

pub(crate) async fn run(command: Command, now: Timestamp) -> Result<ExitCode> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Push(args) => push::run(&args, now).await,
    }
}
