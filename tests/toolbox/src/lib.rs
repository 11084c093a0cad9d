//! Installs the tools that the project's tests, checks and releases run, for one user and without
//! root, on a machine that has Rust and Python 3.10 or newer.
//!
//! | type | brings | when |
//! |---|---|---|
//! | [`Toolbox`] | ministack, boto3, the AWS CLI and a Redis or Valkey server | tests, the demo |
//! | [`Checks`] | cfn-lint and ruff | `cargo xtask test` |
//! | [`cargo_deny`] | cargo-deny, compiled once | `cargo xtask test` |
//! | [`Packager`] | cargo-lambda and the zig compiler | `cargo xtask package` |
//!
//! Everything lands in [`Cache`], in a directory whose name holds a digest of what was asked for:
//! a second run finds it in milliseconds, a second clone shares it, and a changed pin makes a new
//! one. Python packages are pinned together with their dependencies and checked against their
//! hashes; `requirements/*.in` say what each is for.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! let tools = toolbox::Toolbox::cloud(&mut |line| eprintln!("{line}"))?;
//! std::process::Command::new(tools.aws()).arg("--version").status()?;
//! # Ok(())
//! # }
//! ```

mod cache;
mod checks;
mod cloud;
mod command;
mod deny;
mod digest;
mod engine;
mod package;
mod python;
mod venv;

pub use cache::Cache;
pub use checks::Checks;
pub use cloud::Toolbox;
pub use deny::{cargo_deny, cargo_deny_in};
pub use package::Packager;

/// Where the lines go that tell a person what is being installed, one for each thing.
///
/// Nothing is reported when nothing is installed.
pub type Report<'a> = &'a mut dyn FnMut(&str);
