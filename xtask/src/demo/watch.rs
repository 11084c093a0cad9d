//! Snapshots are taken, and their journeys shown.

use anyhow::{Result, bail};
use domain::journey::{Journey, State};

use super::journey::{self, Trip, amount};
use super::narrator::Narrator;
use super::stage::Stage;

/// Takes a snapshot of each cache and follows both to the DR Region. Returns the journey of
/// `sessions`.
pub(super) async fn play(stage: &Stage, narrator: &mut Narrator) -> Result<Journey> {
    narrator.section("Two snapshots travel");
    narrator.say(
        "The only call made here is CreateSnapshot. ElastiCache's notice, which names a node and \
         not the snapshot, sets off the rest: an export to the staging bucket, a copy by S3 itself \
         to the DR Region, a comparison of both sides, and a manifest that says how to restore.",
    );
    println!();
    let mut trips = [Trip::new("orders", "orders-noon")?, Trip::new("sessions", "sessions-noon")?];
    for (trip, cache) in trips.iter().zip(["orders", "sessions"]) {
        take_snapshot(stage, cache, trip.snapshot()).await?;
    }
    let mut journeys = journey::follow(stage, narrator, &mut trips).await?;
    println!();
    let mut copies = Vec::new();
    for journey in &journeys {
        copies.push(format!("{} ({})", journey.id.snapshot.name, arrived(journey)?));
    }
    narrator.say(&format!(
        "{} now holds, in {}, {}, each with its manifest.",
        stage.dr_bucket,
        stage.dr.region,
        copies.join(" and ")
    ));
    match journeys.pop() {
        Some(sessions) => Ok(sessions),
        None => bail!("no journey of sessions"),
    }
}

pub(super) async fn take_snapshot(stage: &Stage, cache: &str, name: &str) -> Result<()> {
    let snapshot = stage.primary.elasticache.create_snapshot().replication_group_id(cache);
    snapshot.snapshot_name(name).send().await?;
    Ok(())
}

/// What lies in the DR Region of a journey.
///
/// # Errors
/// It did not arrive; the message has the cause.
pub(super) fn arrived(journey: &Journey) -> Result<String> {
    match (&journey.state, &journey.copy) {
        (State::Copied, Some(copy)) => Ok(amount(&copy.objects)),
        (State::Failed { failure }, _) => bail!("{} failed: {}", journey.id, failure.cause),
        (state, _) => bail!("{} ended as {}", journey.id, state.name()),
    }
}
