//! Running a command so that nothing of it is left when it, or this process, has to end.
//!
//! Every command leads a process group of its own. What it starts (test binaries, the local
//! cloud's servers) belongs to the group too, so that all of it can be ended together.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::{FusedFuture, FutureExt};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, interval, timeout};

use crate::interrupt::Interrupt;

/// How long a group may take to clean up after the polite signal, before the final one.
const GRACE: Duration = Duration::from_secs(10);

/// Runs `command` to its end.
///
/// # Errors
/// It could not be started, or [`Interrupted`](crate::interrupt::Interrupted).
pub(crate) async fn run(command: &mut Command, interrupt: &mut Interrupt) -> Result<ExitStatus> {
    let (child, group) = start(command)?;
    finish(child, &group, interrupt, async {}).await
}

/// Runs `command` to its end and gives each line of its standard output to `line`.
///
/// # Errors
/// The same as those of [`run`].
pub(crate) async fn run_lines(
    command: &mut Command,
    interrupt: &mut Interrupt,
    mut line: impl FnMut(&str),
) -> Result<ExitStatus> {
    let (mut child, group) = start(command.stdout(Stdio::piped()))?;
    let output = child.stdout.take();
    let reading = async {
        let Some(output) = output else { return };
        let mut lines = BufReader::new(output).split(b'\n');
        while let Ok(Some(bytes)) = lines.next_segment().await {
            line(&String::from_utf8_lossy(&bytes));
        }
    };
    finish(child, &group, interrupt, reading).await
}

fn start(command: &mut Command) -> Result<(Child, Group)> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{program} could not be started"))?;
    let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let leader = leader.with_context(|| format!("{program} ended before it began"))?;
    Ok((child, Group(leader)))
}

/// Waits for the command or a signal, and in both cases leaves nothing of the group behind.
///
/// `reading` is over when nobody can write to the command's output any more. That may be long
/// after the command itself: a server that it left running has the same output.
async fn finish(
    mut child: Child,
    group: &Group,
    interrupt: &mut Interrupt,
    reading: impl Future<Output = ()>,
) -> Result<ExitStatus> {
    let reading = reading.fuse();
    tokio::pin!(reading);
    let ended = loop {
        tokio::select! {
            status = child.wait() => break Ok(status?),
            interrupted = interrupt.received() => break Err(interrupted),
            () = &mut reading, if !reading.is_terminated() => {}
        }
    };
    if ended.is_err() {
        group.signal(Signal::INT);
        // A leader that nobody waits for stays in its group as a zombie, so it comes first.
        let _ = timeout(GRACE, child.wait()).await;
    }
    group.end(Signal::TERM).await;
    if !reading.is_terminated() {
        let _ = timeout(GRACE, reading).await;
    }
    Ok(ended?)
}

/// A command and all that it started.
struct Group(Pid);

impl Group {
    fn signal(&self, signal: Signal) {
        // The only failure is that there is no such group any more, which is what is wanted.
        let _ = kill_process_group(self.0, signal);
    }

    /// Whether nothing of the group runs any more.
    fn is_gone(&self) -> bool {
        test_kill_process_group(self.0) == Err(Errno::SRCH) || self.is_dead()
    }

    /// Whether all of the group's members are dead, though nobody has buried them: that is up to
    /// process 1, which in many a container never does.
    #[cfg(target_os = "linux")]
    fn is_dead(&self) -> bool {
        let Ok(processes) = std::fs::read_dir("/proc") else { return false };
        let group = self.0.to_string();
        !processes
            .filter_map(|process| std::fs::read_to_string(process.ok()?.path().join("stat")).ok())
            .any(|stat| lives_in(&group, &stat))
    }

    #[cfg(not(target_os = "linux"))]
    fn is_dead(&self) -> bool {
        false
    }

    /// Returns when the group is empty, which it mostly is already.
    async fn end(&self, polite: Signal) {
        if self.is_gone() {
            return;
        }
        self.signal(polite);
        let deadline = Instant::now() + GRACE;
        let mut poll = interval(Duration::from_millis(20));
        while !self.is_gone() && Instant::now() < deadline {
            poll.tick().await;
        }
        self.signal(Signal::KILL);
    }
}

/// Whether `stat`, the contents of `/proc/<id>/stat`, is of a living process in `group`.
#[cfg(target_os = "linux")]
fn lives_in(group: &str, stat: &str) -> bool {
    // The program's name comes second, in parentheses, and may have spaces and more of those in it.
    let Some((_, fields)) = stat.rsplit_once(')') else { return false };
    let mut fields = fields.split_whitespace();
    let state = fields.next();
    let _parent = fields.next();
    fields.next() == Some(group) && !matches!(state, Some("Z" | "X"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn tells_how_a_command_ended() {
        let mut interrupt = Interrupt::listen().unwrap();
        assert!(run(&mut shell("true"), &mut interrupt).await.unwrap().success());
        assert_eq!(run(&mut shell("exit 3"), &mut interrupt).await.unwrap().code(), Some(3));
        let missing = run(&mut Command::new("/no/such/program"), &mut interrupt).await;
        assert_eq!(missing.unwrap_err().to_string(), "/no/such/program could not be started");
    }

    #[tokio::test]
    async fn hands_over_each_line() {
        let mut interrupt = Interrupt::listen().unwrap();
        let mut lines = Vec::new();
        let mut command = shell("echo one; printf two; exit 4");
        let ended = run_lines(&mut command, &mut interrupt, |line| lines.push(line.to_owned()));
        assert_eq!(ended.await.unwrap().code(), Some(4));
        assert_eq!(lines, ["one", "two"]);
    }

    #[tokio::test]
    async fn ends_what_a_command_left_running() {
        let mut interrupt = Interrupt::listen().unwrap();
        let mut leader = String::new();
        // The background process holds the output open, and would so for ten minutes.
        let script = "sleep 600 & echo $$";
        run_lines(&mut shell(script), &mut interrupt, |line| line.clone_into(&mut leader))
            .await
            .unwrap();
        let group = Group(Pid::from_raw(leader.parse().unwrap()).unwrap());
        assert!(group.is_gone(), "the background process is still there");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_dead_do_not_count() {
        assert!(lives_in("7", "9 (a (b) c) S 1 7 7 0"));
        assert!(!lives_in("7", "9 (a (b) c) Z 1 7 7 0"));
        assert!(!lives_in("7", "9 (a) S 7 8 7 0"));
    }
}
