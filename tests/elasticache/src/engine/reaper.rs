//! Ends the server processes when this process cannot do so itself.
//!
//! A killed endpoint runs no destructor, and its servers would live on. So a small shell is told
//! of each server as it starts and stops; when its standard input closes, for whatever reason,
//! it ends those that are left.

use std::io;
use std::process::Stdio;
use std::sync::Arc;

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Mutex;

/// A space is kept on both sides of every number, so that a number is never mistaken for a part
/// of another one.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
alive=" "
while read -r sign pid; do
    case "$sign" in
        +) alive="$alive$pid " ;;
        -) case "$alive" in *" $pid "*) alive="${alive%% $pid *} ${alive#* $pid }" ;; esac ;;
    esac
done
for pid in $alive; do kill -9 "$pid" 2>/dev/null; done
[ -z "$1" ] || rm -rf -- "$1"
"#;

/// The shell, and the pipe to it.
#[derive(Clone)]
pub(crate) struct Reaper {
    pipe: Arc<Mutex<ChildStdin>>,
    /// Held so that the runtime reaps the shell once it has ended.
    _shell: Arc<Child>,
}

impl Reaper {
    /// Starts the shell, which also removes `directory` at the end.
    ///
    /// # Errors
    /// When no shell can be started.
    pub(crate) fn start(directory: &std::path::Path) -> io::Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "reaper"])
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C goes to the terminal's whole process group and must not end the reaper.
            .process_group(0)
            .spawn()?;
        let pipe = shell.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { pipe: Arc::new(Mutex::new(pipe)), _shell: Arc::new(shell) })
    }

    /// From now on `pid` is ended with this process.
    pub(super) async fn adopt(&self, pid: u32) -> io::Result<()> {
        self.tell(format!("+ {pid}\n")).await
    }

    /// `pid` has ended; its number may be given to another process.
    pub(super) async fn forget(&self, pid: u32) -> io::Result<()> {
        self.tell(format!("- {pid}\n")).await
    }

    async fn tell(&self, line: String) -> io::Result<()> {
        self.pipe.lock().await.write_all(line.as_bytes()).await
    }
}
