//! `cargo xtask bench`: measurements that decide settings, so that anyone can make them again.

mod report;
mod run;
mod stub;
mod subject;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use toolbox::Toolbox;

use crate::interrupt::Interrupt;
use crate::setup::{self, Tool};
use report::Report;
use run::Run;
use subject::Subject;

/// Measure what decides settings.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Start(StartOptions),
}

/// Measure how fast copy-snapshot starts, beside the smallest function and a boto3 twin.
#[derive(Args)]
struct StartOptions {
    /// How often each is started
    #[arg(long, default_value_t = 20, value_name = "TIMES")]
    runs: usize,
    /// Another build of copy-snapshot to measure as well, under a name for the table
    #[arg(long, value_name = "NAME=PATH", value_parser = named_path)]
    also: Vec<(String, PathBuf)>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    /// For people
    Table,
    /// For programs: every run and every median
    Json,
}

fn named_path(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("expected NAME=PATH")?;
    Ok((name.to_owned(), path.into()))
}

pub(crate) async fn run(options: &Options, interrupt: &mut Interrupt) -> Result<ExitCode> {
    let What::Start(options) = &options.what;
    if options.runs == 0 {
        bail!("nothing can be said of no runs");
    }
    setup::ensure(Tool::Cloud, interrupt).await?;
    let toolbox = Toolbox::cloud(&mut |line| eprintln!("{line}"))?;
    let mut subjects = vec![
        Subject::build("floor", "bench-floor", interrupt).await?,
        Subject::build("copy-snapshot", "copy-snapshot", interrupt).await?,
        Subject::twin(&toolbox)?,
    ];
    for (name, path) in &options.also {
        subjects.push(Subject::binary(name, path)?);
    }
    let runs = measure(&subjects, options.runs, interrupt).await?;
    let report = Report::new(&subjects, runs);
    match options.output {
        Output::Table => print!("{report}"),
        Output::Json => {
            println!("{}", serde_json::to_string_pretty(&report).context("no JSON")?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts each in turn, again and again, so that what else the machine does falls on all alike.
/// The first round is thrown away: it reads the files from the disk.
async fn measure(
    subjects: &[Subject],
    times: usize,
    interrupt: &mut Interrupt,
) -> Result<Vec<Vec<Run>>> {
    let mut runs: Vec<Vec<Run>> = subjects.iter().map(|_| Vec::new()).collect();
    for round in 0..=times {
        for (subject, runs) in subjects.iter().zip(&mut runs) {
            let run = tokio::select! {
                // Dropped by an interrupt, it kills what it has started.
                run = run::once(subject) => run.with_context(|| subject.name.clone())?,
                interrupted = interrupt.received() => return Err(interrupted.into()),
            };
            if round > 0 {
                runs.push(run);
            }
        }
        eprint!("\rround {round} of {times}");
    }
    eprintln!();
    Ok(runs)
}
