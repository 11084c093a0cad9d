//! What an auditor sees: the answers of the `snapguard` command.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::process::Command;

use super::narrator::Narrator;
use super::stage::Stage;

/// How many journeys the demo has made.
const JOURNEYS: usize = 3;

/// Lists the journeys, and shows the history of the one that failed for a while.
pub(super) async fn play(stage: &Stage, narrator: &mut Narrator, snapguard: &Path) -> Result<()> {
    narrator.section("What an auditor sees");
    let ask = async |arguments: &[&str]| ask(stage, snapguard, arguments).await;
    narrator.command("snapguard audit list");
    narrator.show(&ask(&["audit", "list"]).await?);
    narrator.say(
        "Every entry of a journey's history holds the hash of the one before, so none can be \
         changed or left out unnoticed:",
    );
    println!();
    narrator.command("snapguard audit show orders-evening");
    narrator.show(&ask(&["audit", "show", "orders-evening"]).await?);

    let journeys: Value = serde_json::from_str(&ask(&["audit", "list", "-o", "json"]).await?)?;
    let journeys = journeys.as_array().context("no list of journeys")?;
    let all_copied = journeys.iter().all(|journey| journey["state"] == "copied");
    ensure!(
        journeys.len() == JOURNEYS && all_copied,
        "the ledger should have {JOURNEYS} journeys, all of them copied"
    );
    Ok(())
}

/// Runs the command with nothing of the user's own settings.
async fn ask(stage: &Stage, snapguard: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new(snapguard)
        .args(arguments)
        .env_clear()
        .env("HOME", stage.cloud.directory())
        .env("SNAPGUARD_TABLE", &stage.stacks.ledger_table)
        .envs(stage.cloud.variables())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("cannot run {}", snapguard.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("snapguard {} ended with {}: {said}", arguments.join(" "), output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}
