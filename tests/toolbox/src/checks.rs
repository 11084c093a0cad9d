//! The checkers that are written in Python, or come as Python packages.

use std::path::PathBuf;

use anyhow::Result;

use crate::Report;
use crate::cache::Cache;
use crate::venv::{Packages, Venv};

const PACKAGES: Packages = Packages {
    name: "checks",
    requirements: include_str!("../requirements/checks.txt"),
    notice: "Installing cfn-lint and ruff (half a minute, once)",
    complete: true,
};

/// cfn-lint and ruff.
#[derive(Clone, Debug)]
pub struct Checks {
    venv: Venv,
}

impl Checks {
    /// The checkers from the user's [`Cache`], installed first where needed. This blocks.
    ///
    /// # Errors
    /// The same as those of [`Toolbox::cloud`](crate::Toolbox::cloud).
    pub fn install(report: Report<'_>) -> Result<Self> {
        Self::install_in(&Cache::of_user()?, report)
    }

    /// Like [`Checks::install`], from the given cache.
    ///
    /// # Errors
    /// The same as those of [`Toolbox::cloud`](crate::Toolbox::cloud).
    pub fn install_in(cache: &Cache, report: Report<'_>) -> Result<Self> {
        Ok(Self { venv: Venv::with(&PACKAGES, cache, report, |_| Ok(()))? })
    }

    /// The linter of CloudFormation templates.
    #[must_use]
    pub fn cfn_lint(&self) -> PathBuf {
        self.venv.program("cfn-lint")
    }

    /// The linter and formatter of Python scripts.
    #[must_use]
    pub fn ruff(&self) -> PathBuf {
        self.venv.program("ruff")
    }
}
