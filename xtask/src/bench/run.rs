//! One start, from the process to its first answer.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use tokio::time::timeout;

use super::stub::{Seen, Stub};
use super::subject::Subject;

/// Longer than anything that works takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What one start took.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Run {
    /// Milliseconds from before the process was started until it asked for its first event.
    pub(crate) first_poll_ms: f64,
    /// Milliseconds from the same moment until the answer to it had come.
    pub(crate) first_answer_ms: f64,
    /// Milliseconds of processor time over the same span: what a busy machine does not distort.
    pub(crate) cpu_ms: Option<f64>,
    /// The most memory it held, in KiB.
    pub(crate) peak_kib: Option<f64>,
}

/// Starts `subject`, lets it answer one event, and ends it.
pub(crate) async fn once(subject: &Subject) -> Result<Run> {
    let mut stub = Stub::start().await?;
    let mut command = subject.command(&stub.address);
    command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    let begun = Instant::now();
    let mut child = command.spawn().context("it could not be started")?;
    let pid = child.id().context("it ended at once")?;
    let polled = expect_poll(&mut stub).await?;
    let answered = expect_answer(&mut stub).await?;
    // It asks for the next event when it has done all that belongs to the first one.
    expect_poll(&mut stub).await?;
    let run = Run {
        first_poll_ms: millis(polled - begun),
        first_answer_ms: millis(answered - begun),
        cpu_ms: cpu(pid),
        peak_kib: peak(pid),
    };
    child.kill().await?;
    Ok(run)
}

async fn expect_poll(stub: &mut Stub) -> Result<Instant> {
    match seen(stub).await? {
        Seen::Polled(when) => Ok(when),
        Seen::Answered(_) => bail!("it answered twice"),
        Seen::Failed(words) => bail!("it failed: {words}"),
    }
}

async fn expect_answer(stub: &mut Stub) -> Result<Instant> {
    match seen(stub).await? {
        Seen::Answered(when) => Ok(when),
        Seen::Polled(_) => bail!("it asked for another event before it answered"),
        Seen::Failed(words) => bail!("it failed: {words}"),
    }
}

/// What the function does next. One that ends instead will never be heard of.
async fn seen(stub: &mut Stub) -> Result<Seen> {
    let next = timeout(PATIENCE, stub.seen.recv()).await.context("it does nothing")?;
    next.context("the stub has stopped")
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Processor time of all threads. Only Linux tells it with enough digits.
fn cpu(pid: u32) -> Option<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        let times = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += times.split_whitespace().next()?.parse::<f64>().ok()?;
    }
    Some(nanoseconds / 1_000_000.0)
}

/// The high-water mark of resident memory, which Linux keeps from `exec` on.
fn peak(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
