//! cargo-deny, which no package index has prebuilt in a current version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::Report;
use crate::cache::{Cache, Item};
use crate::command::run;
use crate::digest::digest;

const VERSION: &str = "0.20.2";

/// cargo-deny in the version that `deny.toml` is written for: from the PATH if that is the one
/// there, or else from the user's [`Cache`], compiled first where needed. This blocks.
///
/// # Errors
/// It cannot be downloaded or compiled, or the cache cannot be written.
pub fn cargo_deny(report: Report<'_>) -> Result<PathBuf> {
    let own = Path::new("cargo-deny");
    let answer = Command::new(own).arg("--version").output();
    if answer.is_ok_and(|it| it.stdout.trim_ascii() == format!("cargo-deny {VERSION}").as_bytes()) {
        return Ok(own.to_owned());
    }
    cargo_deny_in(&Cache::of_user()?, report)
}

/// Like [`cargo_deny`], from the given cache only.
///
/// # Errors
/// The same as those of [`cargo_deny`].
pub fn cargo_deny_in(cache: &Cache, report: Report<'_>) -> Result<PathBuf> {
    let item = Item {
        name: format!("cargo-deny-{}", digest(&[VERSION])),
        probe: "bin/cargo-deny",
        notice: "Compiling cargo-deny (two to four minutes, once)",
    };
    let place = cache.install(&item, report, compile)?;
    Ok(place.join(item.probe))
}

fn compile(place: &Path) -> Result<()> {
    let build = place.join("build");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["install", "--quiet", "--locked", "cargo-deny", "--version", VERSION]);
    cargo.arg("--root").arg(place).arg("--target-dir").arg(&build);
    // It reads a few files and exits. Optimising it would take far longer than it ever runs.
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    cargo.env("CARGO_PROFILE_RELEASE_LTO", "off");
    cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    // The caller may be building the project with flags that mean nothing here.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    run(&mut cargo).context(
        "cargo-deny could not be installed: see that this machine reaches the crate registry \
         and has a C compiler, then run this again",
    )?;
    fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))
}
