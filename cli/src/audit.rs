//! What the ledger recorded.

mod list;
mod row;
#[cfg(test)]
mod sample;
mod show;

use std::process::ExitCode;

use anyhow::Result;
use jiff::Timestamp;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Journeys: one line for each snapshot and DR Region.
    List(list::Args),
    /// One snapshot's whole history, and whether it is what was written.
    ///
    /// Exits with 1 when it is not.
    Show(show::Args),
}

pub(crate) async fn run(command: Command, now: Timestamp) -> Result<ExitCode> {
    match command {
        Command::List(args) => list::run(&args, now).await,
        Command::Show(args) => show::run(&args).await,
    }
}
