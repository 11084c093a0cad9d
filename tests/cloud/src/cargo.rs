use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::Command;

/// The cargo that runs this program, for a build inside of that run.
///
/// Without what cargo tells a program about its own package: build scripts such as ring's are run
/// again when those variables change, so every build within a run, and the next one outside of it,
/// would compile ring and all that stands on it once more.
#[must_use]
pub fn cargo() -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    for (name, _) in env::vars_os() {
        let told = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if told {
            command.env_remove(name);
        }
    }
    command
}

/// Builds the binaries of these packages for development and returns their paths by target name
/// (`copy-snapshot`, `elasticache-endpoint`).
///
/// Cargo says where it put them, so this works with any target directory. Its progress goes to
/// standard error; with nothing to build it takes a fraction of a second.
///
/// # Errors
/// Cargo cannot be run, or the build fails.
pub async fn build(packages: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let mut command = cargo();
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // All of the workspace: with a selection of it, shared dependencies would have other
        // features than in `cargo test --workspace`, and be compiled a second time.
        .args(["build", "--workspace", "--bins", "--locked", "--quiet"])
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let output = command.output().await.context("cannot run cargo")?;
    if !output.status.success() {
        bail!("cargo could not build {}", packages.join(", "));
    }
    let mut built = executables(&String::from_utf8_lossy(&output.stdout));
    built.retain(|name, _| packages.contains(&name.as_str()));
    match packages.iter().find(|package| !built.contains_key(**package)) {
        Some(missing) => bail!("the workspace has no binary {missing}"),
        None => Ok(built),
    }
}

/// The executables that cargo's messages, one JSON object a line, tell of.
fn executables(messages: &str) -> BTreeMap<String, PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| {
            let path = message["executable"].as_str()?;
            Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(path)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_without_an_executable_are_passed_over() {
        let messages = r#"
            {"reason":"compiler-artifact","target":{"name":"domain"},"executable":null}
            {"reason":"compiler-artifact","target":{"name":"copy-snapshot"},"executable":"/t/copy-snapshot"}
            {"reason":"build-finished","success":true}
        "#;
        let expected = [("copy-snapshot".to_owned(), PathBuf::from("/t/copy-snapshot"))];
        assert_eq!(executables(messages), BTreeMap::from(expected));
    }
}
