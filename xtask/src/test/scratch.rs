//! The temporary directory of one step.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::time::{Instant, interval};

/// How long the servers of a test that was killed may take to notice, and to stop writing.
const GRACE: Duration = Duration::from_secs(10);

/// Where a step's processes put their temporary files. Whatever they leave there goes away with
/// it, also when they are killed before they can clean up.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> Result<Self> {
        let made = tempfile::Builder::new().prefix("snapguard-").tempdir();
        made.map(Self).context("there is no room for temporary files")
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Removes the directory, trying again while somebody still writes to it.
    pub(crate) async fn remove(self) {
        let path = self.0.keep();
        let deadline = Instant::now() + GRACE;
        let mut poll = interval(Duration::from_millis(50));
        loop {
            match std::fs::remove_dir_all(&path) {
                Ok(()) => return,
                Err(error) if error.kind() == ErrorKind::NotFound => return,
                Err(error) if Instant::now() >= deadline => {
                    eprintln!("warning: {} could not be removed: {error}", path.display());
                    return;
                }
                Err(_) => _ = poll.tick().await,
            }
        }
    }
}
