//! `cargo xtask demo`: the main job, on real Redis data, for someone who sees it for the first
//! time.
//!
//! One file for each section. Whatever is not as promised ends it with an error.

mod audit;
mod breakage;
mod cache;
mod inbox;
mod journey;
mod keyspace;
mod load;
mod narrator;
mod resp;
mod seed;
mod slot;
mod stage;
mod watch;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use tokio::time::Instant;
use toolbox::Toolbox;

use crate::cloud::{self, Binaries};
use crate::interrupt::Interrupt;
use crate::setup::{self, Tool};
use inbox::Inbox;
use narrator::Narrator;
use stage::Stage;

/// The command that an auditor uses, and its crate.
const SNAPGUARD: &str = "snapguard";

/// Show the main job: snapshots of two caches travel, one breaks and is repaired, one is restored.
#[derive(Args)]
pub(crate) struct Options {
    /// Leave the local cloud up at the end, until Ctrl-C
    #[arg(long)]
    keep: bool,
}

pub(crate) async fn run(options: &Options, interrupt: &mut Interrupt) -> Result<ExitCode> {
    setup::ensure(Tool::Cloud, interrupt).await?;
    let toolbox = Toolbox::cloud(&mut |line| eprintln!("{line}"))?;
    let mut narrator = Narrator::new();
    // Dropped by an interrupt, each of these ends what it has started.
    let (begun, binaries) = tokio::select! {
        built = build(&mut narrator) => (Instant::now(), built?),
        interrupted = interrupt.received() => return Err(interrupted.into()),
    };
    let stage = tokio::select! {
        stage = set_up(toolbox, &binaries, &narrator) => stage?,
        interrupted = interrupt.received() => return Err(interrupted.into()),
    };
    let played = tokio::select! {
        played = play(&stage, &binaries, &mut narrator) => played,
        interrupted = interrupt.received() => return Err(interrupted.into()),
    };
    if let Err(error) = played {
        eprintln!("\nThe last lines of the logs, the function's among them:\n");
        eprintln!("{}", stage.cloud.log_tail());
        return Err(error);
    }
    let took = begun.elapsed().as_secs();
    println!();
    narrator.say(&format!("Everything was as promised, in {took} s."));

    if options.keep {
        println!();
        narrator.say("The local cloud stays up. In another shell:");
        narrator.show(&cloud::exports(&stage.cloud, &stage.stacks));
        narrator.say("Ctrl-C ends it.");
        let interrupted = interrupt.received().await;
        stage.cloud.shutdown().await?;
        return Err(interrupted.into());
    }
    stage.cloud.shutdown().await?;
    Ok(ExitCode::SUCCESS)
}

/// Builds what the demo runs.
async fn build(narrator: &mut Narrator) -> Result<Binaries> {
    narrator.section("A cloud on this machine");
    narrator.say(
        "A local AWS, and an ElastiCache endpoint that runs real Redis servers. Into them go the \
         CloudFormation templates of infra/, just as they would go to AWS, and the function runs \
         with the rights of its own role.",
    );
    println!();
    cloud::build(&[SNAPGUARD], &mut |line| narrator.say(line)).await
}

/// Brings the cloud up.
async fn set_up(toolbox: Toolbox, binaries: &Binaries, narrator: &Narrator) -> Result<Stage> {
    let mut options = local_cloud::Options::new(toolbox);
    // ElastiCache takes minutes. One second each is enough to see its states.
    options.endpoint_arguments = vec!["--snapshot-delay-ms".to_owned(), "1000".to_owned()];
    // The snapshots of a demo are small, and copying in parts should be seen.
    let options = options.parameter("MultipartThresholdMib", "5").parameter("PartSizeMib", "5");
    let (cloud, stacks) = cloud::start(options, binaries, &mut |line| narrator.say(line)).await?;
    Stage::new(cloud, stacks)
}

/// The story.
async fn play(stage: &Stage, binaries: &Binaries, narrator: &mut Narrator) -> Result<()> {
    let snapguard = binaries.get(SNAPGUARD).context("cargo built no snapguard")?;
    // Subscribed from the beginning: nobody must be paged for what goes well.
    let inbox = Inbox::subscribe(stage).await?;
    let (_, sessions) = load::play(stage, narrator).await?;
    let journey = watch::play(stage, narrator).await?;
    breakage::play(stage, narrator, &inbox).await?;
    audit::play(stage, narrator, snapguard).await?;
    seed::play(stage, narrator, &journey, &sessions).await
}
