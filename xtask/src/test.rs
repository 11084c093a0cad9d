//! `cargo xtask test`: every check.

mod outcome;
mod scratch;
mod step;
mod tally;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use tokio::process::Command;

use crate::interrupt::{Interrupt, Interrupted};
use crate::process;
use crate::test::outcome::{Outcome, summary};
use crate::test::scratch::Scratch;
use crate::test::step::{Step, chosen};
use crate::test::tally::Tally;

/// Run every check, the quick ones first.
#[derive(Args)]
pub(crate) struct Options {
    /// Which checks to run; all of them if none is named
    #[arg(value_enum, value_name = "CHECK")]
    checks: Vec<Step>,
    /// Run the remaining checks after one has failed
    #[arg(long)]
    keep_going: bool,
    /// Also look for published vulnerabilities, which needs the advisory database from the network
    #[arg(long)]
    advisories: bool,
}

pub(crate) async fn run(options: &Options, interrupt: &mut Interrupt) -> Result<ExitCode> {
    let begun = Instant::now();
    let steps = chosen(&options.checks);
    let mut tally = Tally::default();
    let mut outcomes = Vec::new();
    for step in &steps {
        let failed = outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        if failed && !options.keep_going {
            outcomes.push((*step, Outcome::NotRun));
            continue;
        }
        println!("\n==> {step}: {}", step.purpose());
        let started = Instant::now();
        let passed = match perform(*step, options, &mut tally, interrupt).await {
            Ok(passed) => passed,
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                eprintln!("error: {error:#}");
                false
            }
        };
        let taken = started.elapsed();
        outcomes
            .push((*step, if passed { Outcome::Passed(taken) } else { Outcome::Failed(taken) }));
    }
    print!("\n{}", summary(&outcomes));
    if tally.is_filled() {
        println!("\n{}", tally.closing_line(begun.elapsed()));
    }
    println!("\n{}", Outcome::count(&outcomes));
    let passed = outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Passed(_)));
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs one step's commands, and says whether they passed.
async fn perform(
    step: Step,
    options: &Options,
    tally: &mut Tally,
    interrupt: &mut Interrupt,
) -> Result<bool> {
    let commands = step.commands(options, interrupt).await?;
    let scratch = Scratch::new()?;
    let result = perform_in(&scratch, commands, tally, interrupt).await;
    scratch.remove().await;
    result
}

async fn perform_in(
    scratch: &Scratch,
    commands: Vec<Command>,
    tally: &mut Tally,
    interrupt: &mut Interrupt,
) -> Result<bool> {
    for mut command in commands {
        command.env("TMPDIR", scratch.path());
        let ended = process::run_lines(&mut command, interrupt, |line| {
            println!("{line}");
            tally.read(line);
        });
        if !ended.await?.success() {
            return Ok(false);
        }
    }
    Ok(true)
}
