//! Running an installer, whose output matters only when it fails.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs `command` to its end and returns what it printed to standard output.
///
/// # Errors
/// It could not be started, or it failed: the message then ends with the last lines it printed,
/// because the first ones are progress.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{program} could not be started"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> =
        printed.lines().chain(complaint.lines()).filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n  ");
    bail!("{program} failed ({}):\n  {last}", output.status)
}

/// Enough for what pip and cargo say in the end, few enough to be read.
const LAST_LINES: usize = 12;
