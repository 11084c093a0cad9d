//! The machine's own Python.

use std::env::split_paths;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::run;

/// ministack and cfn-lint both ask for this version.
const OLDEST: (u32, u32) = (3, 10);

/// What to look for. Where `python3` is too old, a newer one often stands beside it.
const NAMES: [&str; 6] =
    ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];

/// Prints the version, then which of the modules that an installation needs can be found.
const PROBE: &str = "import sys, importlib.util as u
print('%d.%d' % sys.version_info[:2], *(m for m in ('venv', 'ensurepip', 'pip') if u.find_spec(m)))";

/// A Python that can make a virtual environment and put packages in it.
#[derive(Debug)]
pub(crate) struct Python {
    /// The interpreter.
    pub(crate) path: PathBuf,
    /// Whose pip fills the environment. Debian leaves `ensurepip` out of its `python3`, so that
    /// an environment gets no pip of its own; the interpreter's pip does as well, if there is one.
    pub(crate) pip: Pip,
}

/// Whose pip fills a virtual environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pip {
    /// The one that `ensurepip` puts into the environment.
    Environment,
    /// The one of the interpreter that made the environment.
    Interpreter,
}

impl Python {
    /// The first suitable Python on `path`, which has the format of the `PATH` variable.
    ///
    /// # Errors
    /// One line that says what is missing and what to do about it.
    pub(crate) fn find(path: &OsStr) -> Result<Self> {
        let mut unfit = None;
        for name in NAMES {
            for found in split_paths(path).map(|place| place.join(name)).filter(|it| it.is_file()) {
                match Self::probe(&found) {
                    Ok(python) => return Ok(python),
                    // The first one that was found is the one a person has in mind.
                    Err(error) => unfit = unfit.or(Some(error)),
                }
            }
        }
        match unfit {
            Some(error) => Err(error),
            None => bail!(
                "Python {}.{} or newer is needed and there is no python3 on the PATH: install it \
                 (Debian and Ubuntu: apt install python3 python3-venv; macOS: brew install python3)",
                OLDEST.0,
                OLDEST.1
            ),
        }
    }

    fn probe(path: &Path) -> Result<Self> {
        let answer = run(Command::new(path).args(["-c", PROBE]))?;
        let mut words = answer.split_whitespace();
        let version = words.next().and_then(parse_version).unwrap_or_default();
        if version < OLDEST {
            bail!(
                "{} is Python {}.{}, and ministack and cfn-lint need {}.{} or newer: put a newer \
                 python3 on the PATH",
                path.display(),
                version.0,
                version.1,
                OLDEST.0,
                OLDEST.1
            );
        }
        let modules: Vec<&str> = words.collect();
        let pip = match (modules.contains(&"ensurepip"), modules.contains(&"pip")) {
            _ if !modules.contains(&"venv") => None,
            (true, _) => Some(Pip::Environment),
            (false, true) => Some(Pip::Interpreter),
            (false, false) => None,
        };
        let Some(pip) = pip else {
            bail!(
                "{} cannot make virtual environments, because its venv or pip module is missing: \
                 install it (Debian and Ubuntu: apt install python3-venv)",
                path.display()
            );
        };
        Ok(Self { path: path.to_owned(), pip })
    }
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A directory with an executable that answers the probe with `answer`.
    fn place_with(name: &str, answer: &str) -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join(name);
        fs::write(&file, format!("#!/bin/sh\necho {answer}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn complaint(path: &Path) -> String {
        Python::find(path.as_os_str()).unwrap_err().to_string()
    }

    #[test]
    fn a_machine_without_python_is_told_in_one_line() {
        let empty = tempfile::tempdir().unwrap();
        let message = complaint(empty.path());
        assert!(message.starts_with("Python 3.10 or newer is needed"), "{message}");
        assert!(!message.contains('\n'));
    }

    #[test]
    fn an_old_python_is_named_with_its_version() {
        let place = place_with("python3", "3.9 venv ensurepip pip");
        let message = complaint(place.path());
        assert!(message.contains("is Python 3.9"), "{message}");
        assert!(!message.contains('\n'));
    }

    #[test]
    fn a_python_without_venv_or_pip_is_told_what_to_install() {
        for answer in ["3.12", "3.12 venv", "3.12 ensurepip pip"] {
            let place = place_with("python3", answer);
            let message = complaint(place.path());
            assert!(message.contains("apt install python3-venv"), "{answer}: {message}");
            assert!(!message.contains('\n'));
        }
    }

    #[test]
    fn the_interpreters_pip_serves_where_the_environment_gets_none() {
        let place = place_with("python3", "3.12 venv pip");
        assert_eq!(Python::find(place.path().as_os_str()).unwrap().pip, Pip::Interpreter);
        let place = place_with("python3", "3.12 venv ensurepip pip");
        assert_eq!(Python::find(place.path().as_os_str()).unwrap().pip, Pip::Environment);
    }

    #[test]
    fn a_newer_python_beside_an_old_one_is_found() {
        let old = place_with("python3", "3.9 venv ensurepip");
        let new = place_with("python3.12", "3.12 venv ensurepip");
        let path = std::env::join_paths([old.path(), new.path()]).unwrap();
        assert_eq!(Python::find(&path).unwrap().path, new.path().join("python3.12"));
    }
}
