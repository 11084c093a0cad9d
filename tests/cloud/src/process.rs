use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

/// How long a server may take until it says that it listens. Both need well under a second on an
/// idle machine; a busy one is no reason to give up.
const START: Duration = Duration::from_secs(60);
/// How long a server may take to end by itself before it is killed.
const END: Duration = Duration::from_secs(15);
/// Lines of a log that an error quotes.
const QUOTED: usize = 30;

/// A server that runs for as long as this value lives.
///
/// It has a process group of its own, so that Ctrl-C in a terminal reaches us alone and we decide
/// what ends when. It ends when its standard input does: that is closed when this is dropped, and
/// by the operating system if we are killed.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    log: PathBuf,
}

impl Process {
    /// Starts `command` and waits for its first line of output, which is returned. Its standard
    /// error, and what else it prints, go to `log`.
    ///
    /// The command inherits `PATH` and nothing else of our environment: a stray `AWS_` variable or
    /// proxy of the user's would otherwise reach every function.
    ///
    /// This blocks.
    ///
    /// # Errors
    /// The command cannot be started, or it ends or says nothing within a minute; the end of its
    /// log is in the message.
    pub(crate) fn start(
        name: &'static str,
        mut command: Command,
        log: PathBuf,
    ) -> Result<(Self, String)> {
        let output =
            File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        inherit_path(&mut command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(output.try_clone()?)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name} ({:?})", command.get_program()))?;
        let input = child.stdin.take();
        let stdout = child.stdout.take();
        let process = Self { name, child, input, log };
        let lines = stdout.map(|stdout| first_line(BufReader::new(stdout), output));
        match lines.and_then(|lines| lines.recv_timeout(START).ok()) {
            Some(line) => Ok((process, line)),
            None => {
                Err(anyhow!("{name} did not start; its log ends with:\n{}", tail(&process.log)))
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        let deadline = Instant::now() + END;
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(5)),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        eprintln!("{} does not end; it is killed", self.name);
        // Both fail only if it has ended after all.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Gives a command `PATH` as its only inherited variable, keeping those set on it explicitly.
pub(crate) fn inherit_path(command: &mut Command) {
    let set: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    command.env_clear().envs(set);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
}

/// Sends the first line, then moves the rest to the log, so that the pipe never fills.
fn first_line(mut output: impl BufRead + Send + 'static, mut log: File) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        if matches!(output.read_line(&mut line), Ok(1..)) {
            // Nobody listens once the deadline has passed.
            let _ = sender.send(line.trim_end().to_owned());
        }
        drop(sender);
        let _ = std::io::copy(&mut output, &mut log);
    });
    receiver
}

/// The last lines of a log, or why it cannot be read.
pub(crate) fn tail(log: &Path) -> String {
    match fs::read(log) {
        Ok(text) => {
            let text = String::from_utf8_lossy(&text);
            let lines: Vec<_> = text.lines().collect();
            lines[lines.len().saturating_sub(QUOTED)..].join("\n")
        }
        Err(error) => format!("({}: {error})", log.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn it_ends_with_its_input() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let (process, line) =
            Process::start("shell", shell("echo $$; cat; echo done >&2"), log.clone()).unwrap();
        assert!(line.parse::<u32>().is_ok(), "{line}");
        drop(process);
        assert_eq!(fs::read_to_string(log).unwrap(), "done\n");
    }

    #[test]
    fn a_failed_start_quotes_the_log() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let error = Process::start("shell", shell("echo no port >&2; exit 1"), log).unwrap_err();
        assert!(error.to_string().contains("no port"), "{error}");
    }

    #[test]
    fn only_the_path_is_inherited() {
        let directory = tempfile::tempdir().unwrap();
        let mut command = shell("echo $GIVEN-$CARGO_MANIFEST_DIR");
        command.env("GIVEN", "given");
        let (_process, line) =
            Process::start("shell", command, directory.path().join("log")).unwrap();
        assert_eq!(line, "given-");
    }
}
