//! The per-user directory that installations are shared in.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::Report;

/// The file that is written last of all. It names the directory of a whole installation.
const COMPLETE: &str = "complete";

/// The directory that holds what was installed.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// One thing to have installed.
pub(crate) struct Item<'a> {
    /// The directory's name: what it is, and a digest of all that decides its contents.
    pub(crate) name: String,
    /// A file inside the installation that must be there. A virtual environment loses its
    /// interpreter when the machine's Python is upgraded, and is then made anew.
    pub(crate) probe: &'a str,
    /// What a person reads while it is being installed.
    pub(crate) notice: &'a str,
}

impl Cache {
    /// The user's cache: `SNAPGUARD_CACHE`, else `snapguard` under `XDG_CACHE_HOME` or `~/.cache`.
    ///
    /// # Errors
    /// None of the three variables is set.
    pub fn of_user() -> Result<Self> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let root = if let Some(root) = set("SNAPGUARD_CACHE") {
            PathBuf::from(root)
        } else if let Some(base) = set("XDG_CACHE_HOME") {
            Path::new(&base).join("snapguard")
        } else if let Some(home) = set("HOME") {
            Path::new(&home).join(".cache/snapguard")
        } else {
            bail!(
                "there is no home directory to install tools in: set SNAPGUARD_CACHE to a directory"
            );
        };
        // An installation is used from other directories than the one it was made in.
        let root = std::path::absolute(&root)
            .with_context(|| format!("{} is not a usable path", root.display()))?;
        Ok(Self::at(root))
    }

    /// A cache in `root`, which is created when the first thing is installed.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory of `item`, installing it with `install` if it is not there whole.
    ///
    /// `install` gets an empty directory, which is where the result stays: virtual environments
    /// cannot be moved. It is a new directory for every attempt, so that what an interrupted one
    /// left running cannot write into this one; the marker that names it is put in place last.
    pub(crate) fn install(
        &self,
        item: &Item<'_>,
        report: Report<'_>,
        install: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let home = self.root.join(&item.name);
        if let Some(found) = whole(&home, item.probe) {
            return Ok(found);
        }
        fs::create_dir_all(&home).with_context(|| {
            format!("cannot create {} (SNAPGUARD_CACHE moves it)", home.display())
        })?;
        // The lock goes away with this process, however that ends.
        let _lock = lock(&self.root.join(format!("{}.lock", item.name)), item, report)?;
        if let Some(found) = whole(&home, item.probe) {
            return Ok(found);
        }
        report(item.notice);
        discard(&home)?;
        // Removed again if `install` fails.
        let attempt = tempfile::Builder::new()
            .prefix("")
            .tempdir_in(&home)
            .with_context(|| format!("cannot create a directory in {}", home.display()))?;
        install(attempt.path())?;
        if !attempt.path().join(item.probe).exists() {
            bail!("{} was installed without {}", item.name, item.probe);
        }
        mark(&home, attempt.path())?;
        Ok(attempt.keep())
    }
}

/// The directory that the marker in `home` names, if it is all there.
fn whole(home: &Path, probe: &str) -> Option<PathBuf> {
    let name = fs::read_to_string(home.join(COMPLETE)).ok()?;
    let found = home.join(name.trim());
    found.join(probe).exists().then_some(found)
}

/// Waits until no other process installs the same thing.
fn lock(path: &Path, item: &Item<'_>, report: Report<'_>) -> Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {
            report(&format!("Waiting: another run is installing {}", item.name));
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("cannot lock {}", path.display()));
        }
    }
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// Removes what earlier attempts left, the marker first, so that it never names half a directory.
fn discard(home: &Path) -> Result<()> {
    let missing_is_fine = |result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    missing_is_fine(fs::remove_file(home.join(COMPLETE)))
        .and_then(|()| {
            for entry in fs::read_dir(home)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    // An orphan of an interrupted attempt may still be writing there. It does no
                    // harm to this attempt, and the next one will find the directory again.
                    let _ = fs::remove_dir_all(entry.path());
                } else {
                    missing_is_fine(fs::remove_file(entry.path()))?;
                }
            }
            Ok(())
        })
        .with_context(|| format!("cannot clear {}", home.display()))
}

/// Writes the marker beside its place and renames it into place, so that no reader sees half.
fn mark(home: &Path, attempt: &Path) -> Result<()> {
    let name = attempt.file_name().unwrap_or_default().to_string_lossy();
    let draft = home.join(format!("{COMPLETE}.draft"));
    fs::write(&draft, name.as_bytes())
        .and_then(|()| fs::rename(&draft, home.join(COMPLETE)))
        .with_context(|| format!("cannot write to {}", home.display()))
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn item(name: &str) -> Item<'_> {
        Item { name: name.to_owned(), probe: "bin/tool", notice: "Installing a tool" }
    }

    fn write_tool(place: &Path, content: &str) -> Result<()> {
        fs::create_dir(place.join("bin"))?;
        Ok(fs::write(place.join("bin/tool"), content)?)
    }

    #[test]
    fn installs_once_and_says_so_once() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path());
        let mut lines = Vec::new();
        let mut report = |line: &str| lines.push(line.to_owned());
        let first = cache
            .install(&item("tool-1"), &mut report, |place| write_tool(place, "whole"))
            .unwrap();
        let second =
            cache.install(&item("tool-1"), &mut report, |_| panic!("it is already there")).unwrap();
        assert_eq!(first, second);
        assert_eq!(lines, ["Installing a tool"]);
        assert_eq!(fs::read_to_string(second.join("bin/tool")).unwrap(), "whole");
    }

    #[test]
    fn redoes_what_was_interrupted() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path());
        // As a killed process leaves it: every file there, the marker not.
        let left = root.path().join("tool-1").join("1");
        fs::create_dir_all(&left).unwrap();
        write_tool(&left, "half").unwrap();
        let found = cache
            .install(&item("tool-1"), &mut |_| {}, |place| write_tool(place, "whole"))
            .unwrap();
        assert_eq!(fs::read_to_string(found.join("bin/tool")).unwrap(), "whole");
    }

    #[test]
    fn a_failed_installation_is_an_error_and_is_tried_again() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path());
        let failed = cache.install(&item("tool-1"), &mut |_| {}, |_| bail!("no network"));
        assert_eq!(failed.unwrap_err().to_string(), "no network");
        let without = cache.install(&item("tool-1"), &mut |_| {}, |_| Ok(()));
        assert_eq!(without.unwrap_err().to_string(), "tool-1 was installed without bin/tool");
        cache.install(&item("tool-1"), &mut |_| {}, |place| write_tool(place, "")).unwrap();
    }

    #[test]
    fn replaces_an_installation_that_lost_its_probe() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path());
        let place =
            cache.install(&item("tool-1"), &mut |_| {}, |place| write_tool(place, "old")).unwrap();
        fs::remove_file(place.join("bin/tool")).unwrap();
        let place =
            cache.install(&item("tool-1"), &mut |_| {}, |place| write_tool(place, "new")).unwrap();
        assert_eq!(fs::read_to_string(place.join("bin/tool")).unwrap(), "new");
    }

    #[test]
    fn runs_side_by_side_install_once() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path());
        let installations = AtomicUsize::new(0);
        let start = Barrier::new(4);
        let places: Vec<PathBuf> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        cache
                            .install(&item("tool-1"), &mut |_| {}, |place| {
                                installations.fetch_add(1, Ordering::Relaxed);
                                write_tool(place, "whole")
                            })
                            .unwrap()
                    })
                })
                .collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert_eq!(installations.into_inner(), 1);
        assert!(places.iter().all(|place| *place == places[0]));
    }
}
