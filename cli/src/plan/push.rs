//! `snapguard plan push`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use domain::class::Class;
use domain::plan::Plan;
use domain::port::Who;
use jiff::Timestamp;

use super::{difference, document};
use crate::desk::Desk;
use crate::error::explained;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The document, JSON or YAML; - is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Whom the ledger names. CloudTrail has the identity that AWS saw.
    #[arg(long, env = "USER", default_value = "unknown", value_name = "NAME")]
    by: String,
    #[command(flatten)]
    desk: Desk,
}

pub(crate) async fn run(args: &Args, now: Timestamp) -> Result<ExitCode> {
    let text = document::read(&args.file)?;
    let document = document::parse(&text).with_context(|| args.file.display().to_string())?;
    let checked = Plan::check(&document);
    print!("{}", document::findings(&checked));
    let Ok(plan) = checked.plan else { return Ok(ExitCode::FAILURE) };

    let (ledger, _) = args.desk.open().await?;
    let table = &args.desk.table;
    let current = ledger.plan().await.map_err(|e| explained(e, table))?;
    let version = current.as_ref().map_or(0, |current| current.version);
    let lines = difference::lines(current.as_ref().map(|current| &current.plan), &plan)?;
    if lines.is_empty() {
        println!("Plan {version} is in force and says the same.");
        return Ok(ExitCode::SUCCESS);
    }
    for line in &lines {
        println!("{line}");
    }
    if args.dry_run {
        println!("Nothing was changed.");
        return Ok(ExitCode::SUCCESS);
    }
    let who = Who { function: "cli".to_owned(), request_id: args.by.clone() };
    match ledger.put_plan(&plan, &who, now, version).await {
        Ok(version) => {
            println!("Plan {version} is in force.");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if error.class == Class::Conflict => {
            bail!("somebody else put a plan into force just now: look again, then push again")
        }
        Err(error) => Err(explained(error, table)),
    }
}
