//! What builds the release zips.

use std::path::PathBuf;

use anyhow::Result;

use crate::Report;
use crate::cache::Cache;
use crate::venv::{Packages, Venv};

const PACKAGES: Packages = Packages {
    name: "package",
    requirements: include_str!("../requirements/package.txt"),
    notice: "Installing cargo-lambda and zig (half a gigabyte; about a minute, once)",
    complete: true,
};

/// cargo-lambda, and the zig compiler that it links with.
#[derive(Clone, Debug)]
pub struct Packager {
    venv: Venv,
}

impl Packager {
    /// The packager from the user's [`Cache`], installed first where needed. This blocks.
    ///
    /// # Errors
    /// The same as those of [`Toolbox::cloud`](crate::Toolbox::cloud).
    pub fn install(report: Report<'_>) -> Result<Self> {
        Self::install_in(&Cache::of_user()?, report)
    }

    /// Like [`Packager::install`], from the given cache.
    ///
    /// # Errors
    /// The same as those of [`Toolbox::cloud`](crate::Toolbox::cloud).
    pub fn install_in(cache: &Cache, report: Report<'_>) -> Result<Self> {
        Ok(Self { venv: Venv::with(&PACKAGES, cache, report, |_| Ok(()))? })
    }

    /// The `cargo lambda` command as a program of its own; its first argument is `lambda`.
    #[must_use]
    pub fn cargo_lambda(&self) -> PathBuf {
        self.venv.program("cargo-lambda")
    }

    /// The directory to put in front of the PATH, where cargo-lambda looks for zig.
    #[must_use]
    pub fn bin(&self) -> PathBuf {
        self.venv.bin()
    }
}
