//! Python packages in a virtual environment of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::Report;
use crate::cache::{Cache, Item};
use crate::command::run;
use crate::digest::digest;
use crate::python::{Pip, Python};

/// A set of pinned packages.
pub(crate) struct Packages {
    /// What the set is called: the name of its directory and of its requirements file.
    pub(crate) name: &'static str,
    /// The requirements file's text: every package with its version and hashes.
    pub(crate) requirements: &'static str,
    /// What a person reads while they are being installed.
    pub(crate) notice: &'static str,
    /// Whether the file names the packages' dependencies too. Where only a file inside a package
    /// is used, it has no need of them.
    pub(crate) complete: bool,
}

/// An installed set of packages.
#[derive(Clone, Debug)]
pub(crate) struct Venv {
    root: PathBuf,
}

impl Venv {
    /// The environment with `packages`, installed if it is not there, or not whole.
    ///
    /// `finish` is called with a new environment's directory, for what the packages leave to do.
    pub(crate) fn with(
        packages: &Packages,
        cache: &Cache,
        report: Report<'_>,
        finish: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Self> {
        let item = Item {
            name: format!("{}-{}", packages.name, digest(&[packages.requirements])),
            probe: "bin/python",
            notice: packages.notice,
        };
        let root = cache.install(&item, report, |place| {
            fill(place, packages)?;
            finish(place)
        })?;
        Ok(Self { root })
    }

    /// The directory with the environment's programs.
    pub(crate) fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// One of the environment's programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin().join(name)
    }
}

/// Makes the environment in `place` and installs the packages there.
fn fill(place: &Path, packages: &Packages) -> Result<()> {
    let python = Python::find(&std::env::var_os("PATH").unwrap_or_default())?;
    let mut make = Command::new(&python.path);
    make.args(["-m", "venv"]);
    if python.pip == Pip::Interpreter {
        make.arg("--without-pip");
    }
    run(make.arg(place)).context("no virtual environment could be made")?;

    let requirements = place.join(format!("{}.txt", packages.name));
    fs::write(&requirements, packages.requirements)
        .with_context(|| format!("cannot write {}", requirements.display()))?;
    let environment = place.join("bin/python");
    let mut install = match python.pip {
        Pip::Environment => {
            let mut command = Command::new(&environment);
            command.args(["-m", "pip"]);
            command
        }
        Pip::Interpreter => {
            let mut command = Command::new(&python.path);
            command.args(["-m", "pip", "--python"]).arg(&environment);
            command
        }
    };
    // Wheels only: building a package would need compilers, and would run code that no hash pins.
    install.args(["install", "--quiet", "--no-input", "--disable-pip-version-check"]);
    install.args(["--require-hashes", "--only-binary", ":all:"]);
    if !packages.complete {
        install.arg("--no-deps");
    }
    run(install.arg("--requirement").arg(&requirements)).with_context(|| {
        format!(
            "the Python packages for \"{}\" could not be installed: see that this machine reaches \
             a Python package index (pip's own settings and PIP_* variables hold), then run this \
             again",
            packages.name
        )
    })?;
    Ok(())
}
