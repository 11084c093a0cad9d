//! What the local cloud runs on, and what a person or a test uses it with.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cache::Cache;
use crate::venv::{Packages, Venv};
use crate::{Report, engine};

const PACKAGES: Packages = Packages {
    name: "cloud",
    requirements: include_str!("../requirements/cloud.txt"),
    notice: "Installing ministack, boto3 and the AWS CLI (half a minute, once)",
    complete: true,
};

/// The tools of the local cloud.
#[derive(Clone, Debug)]
pub struct Toolbox {
    venv: Venv,
    engine: PathBuf,
}

impl Toolbox {
    /// The tools of the local cloud from the user's [`Cache`], installed first where needed.
    ///
    /// This blocks: about 30 seconds and 260 MB the first time, milliseconds from then on.
    ///
    /// # Errors
    /// Python is missing or too old, a package cannot be had or does not match its hash, or the
    /// cache cannot be written. The message says what to do.
    pub fn cloud(report: Report<'_>) -> Result<Self> {
        Self::cloud_in(&Cache::of_user()?, report)
    }

    /// Like [`Toolbox::cloud`], from the given cache.
    ///
    /// # Errors
    /// The same as those of [`Toolbox::cloud`].
    pub fn cloud_in(cache: &Cache, report: Report<'_>) -> Result<Self> {
        let venv = Venv::with(&PACKAGES, cache, report, |_| Ok(()))?;
        let engine = engine::find(cache, report)?;
        Ok(Self { venv, engine })
    }

    /// A Python interpreter that can import `ministack`, `boto3` and `redis`.
    #[must_use]
    pub fn python(&self) -> PathBuf {
        self.venv.program("python")
    }

    /// The AWS CLI, version 1.
    #[must_use]
    pub fn aws(&self) -> PathBuf {
        self.venv.program("aws")
    }

    /// A Valkey or Redis server: the machine's own `valkey-server` or `redis-server` from the
    /// PATH, or else one that was installed.
    #[must_use]
    pub fn redis_server(&self) -> &Path {
        &self.engine
    }
}
