//! Where things are in the checkout.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio::process::Command;

/// The checkout's root, which this program was built in.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The cargo that runs this program, in the root.
pub(crate) fn cargo() -> Command {
    let mut command = local_cloud::cargo();
    command.current_dir(root());
    command
}

/// The names of the crates that are deployed as Lambda functions, in order.
///
/// # Errors
/// `functions/` cannot be read.
pub(crate) fn functions() -> Result<Vec<String>> {
    let crates = entries("functions")?.into_iter().filter(|it| it.join("Cargo.toml").is_file());
    Ok(crates.filter_map(|it| Some(it.file_name()?.to_str()?.to_owned())).collect())
}

/// The CloudFormation templates, in order.
///
/// # Errors
/// `infra/` cannot be read.
pub(crate) fn templates() -> Result<Vec<PathBuf>> {
    let is_template = |it: &PathBuf| it.extension().is_some_and(|it| it == "yaml" || it == "yml");
    Ok(entries("infra")?.into_iter().filter(is_template).collect())
}

fn entries(place: &str) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(root().join(place))?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut found = read().with_context(|| format!("cannot read {place}/"))?;
    found.sort();
    Ok(found)
}
