//! `cargo xtask package`: the zips that the templates deploy.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use sha2::{Digest, Sha256};
use toolbox::Packager;

use crate::interrupt::Interrupt;
use crate::setup::{self, Tool};
use crate::{process, workspace};

/// The size in bytes above which a zip is worth a warning: a bigger one starts measurably later.
const BUDGET: usize = 4 * 1024 * 1024;

/// Build the release zips that the templates deploy.
#[derive(Args)]
pub(crate) struct Options {
    /// Which functions to build; all of them if none is named
    #[arg(value_name = "FUNCTION")]
    functions: Vec<String>,
    /// The processor that they will run on
    #[arg(long, value_enum, default_value_t = Arch::Arm64)]
    arch: Arch,
}

/// A processor that AWS Lambda offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Arch {
    /// Graviton, which costs a fifth less
    Arm64,
    /// Intel and AMD
    #[value(name = "x86_64")]
    X86_64,
}

impl Arch {
    fn flag(self) -> &'static str {
        match self {
            Self::Arm64 => "--arm64",
            Self::X86_64 => "--x86-64",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }
}

pub(crate) async fn run(options: &Options, interrupt: &mut Interrupt) -> Result<ExitCode> {
    let known = workspace::functions()?;
    let chosen = if options.functions.is_empty() { &known } else { &options.functions };
    if let Some(unknown) = chosen.iter().find(|name| !known.contains(name)) {
        bail!("there is no function \"{unknown}\"; there is {}", known.join(", "));
    }
    setup::ensure(Tool::Package, interrupt).await?;
    let packager = Packager::install(&mut |line| eprintln!("{line}"))?;
    for function in chosen {
        build(function, options.arch, &packager, interrupt).await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn build(
    function: &str,
    arch: Arch,
    packager: &Packager,
    interrupt: &mut Interrupt,
) -> Result<()> {
    let place = Path::new("target/lambda").join(function);
    let zip = place.join("bootstrap.zip");
    // An older build's files must not be taken for this one's.
    match fs::remove_dir_all(workspace::root().join(&place)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", place.display()));
        }
        _ => {}
    }
    let mut command = tokio::process::Command::new(packager.cargo_lambda());
    command.current_dir(workspace::root()).env("PATH", path_with(packager)?);
    // The templates are in target/ of the checkout, wherever the user's builds go otherwise.
    command.env("CARGO_TARGET_DIR", workspace::root().join("target"));
    command.args(["lambda", "build", "--release", "--locked", "--output-format", "zip"]);
    command.args([arch.flag(), "--package", function]);
    if !process::run(&mut command, interrupt).await?.success() {
        bail!(
            "{function} could not be built for {}; if its standard library is missing, add it \
             with: rustup target add {0}",
            arch.target()
        );
    }
    let content = fs::read(workspace::root().join(&zip))
        .with_context(|| format!("cargo-lambda left no {}", zip.display()))?;
    println!("{}", describe(&zip, &content));
    if content.len() > BUDGET {
        eprintln!("warning: {} is over its budget of {BUDGET} bytes", zip.display());
    }
    Ok(())
}

/// One line with all that a person compares a zip by.
fn describe(zip: &Path, content: &[u8]) -> String {
    let digest: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}  {} bytes  sha256 {digest}", zip.display(), content.len())
}

/// The PATH with the packager's zig in front.
fn path_with(packager: &Packager) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::iter::once(packager.bin()).chain(std::env::split_paths(&path));
    std::env::join_paths(places).context("the cache's path cannot be part of the PATH")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_is_described_by_place_size_and_digest() {
        let line = describe(Path::new("target/lambda/a/bootstrap.zip"), b"abc");
        assert_eq!(
            line,
            "target/lambda/a/bootstrap.zip  3 bytes  sha256 \
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
