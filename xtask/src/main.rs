//! The project's chores: `cargo xtask demo`, `cargo xtask test`, `cargo xtask cloud` and others.
//!
//! They install what they need (see the `toolbox` crate), run in any directory of the checkout,
//! and clean up when they end, also on Ctrl-C.

mod bench;
mod cloud;
mod demo;
mod interrupt;
mod package;
mod process;
mod setup;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::interrupt::{Interrupt, Interrupted};

/// The chores of the snapguard project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    Demo(demo::Options),
    Test(test::Options),
    Cloud(cloud::Options),
    Package(package::Options),
    Bench(bench::Options),
    Setup(setup::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli).await {
        Ok(code) => code,
        Err(error) => match error.downcast_ref::<Interrupted>() {
            Some(interrupted) => {
                eprintln!("\n{interrupted}");
                interrupted.exit_code()
            }
            None => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        },
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    // An installation blocks, and is left to die of the signal by itself: see `setup`.
    if let Chore::Setup(options) = cli.chore {
        return setup::run(&options);
    }
    let mut interrupt = Interrupt::listen()?;
    match cli.chore {
        Chore::Demo(options) => demo::run(&options, &mut interrupt).await,
        Chore::Test(options) => test::run(&options, &mut interrupt).await,
        Chore::Cloud(options) => cloud::run(&options, &mut interrupt).await,
        Chore::Package(options) => package::run(&options, &mut interrupt).await,
        Chore::Bench(options) => bench::run(&options, &mut interrupt).await,
        Chore::Setup(options) => setup::run(&options),
    }
}
