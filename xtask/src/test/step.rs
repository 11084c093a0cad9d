//! The checks, in the order in which they run.

use std::fmt;

use anyhow::{Result, bail};
use clap::ValueEnum;
use tokio::process::Command;
use toolbox::Checks;

use crate::interrupt::Interrupt;
use crate::setup::{self, Tool};
use crate::test::Options;
use crate::workspace;

/// A check. They are declared, and run, in the order in which they fail fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Step {
    /// Rust formatting
    Fmt,
    /// Formatting and mistakes of the Python scripts
    Ruff,
    /// The CloudFormation templates
    Templates,
    /// Licences, sources and forbidden dependencies
    Deny,
    /// Mistakes and habits in Rust
    Clippy,
    /// The documentation builds and its links lead somewhere
    Doc,
    /// Unit, handler and end-to-end tests
    Test,
    /// The examples in the documentation
    Doctest,
}

/// The steps to run, in their own order and each once, whatever the order they were asked for in.
pub(crate) fn chosen(named: &[Step]) -> Vec<Step> {
    let mut steps = if named.is_empty() { Step::value_variants().to_vec() } else { named.to_vec() };
    steps.sort_unstable();
    steps.dedup();
    steps
}

impl Step {
    /// What the step checks, in a few words.
    pub(crate) fn purpose(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|it| it.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    /// The commands that must all succeed, with their tools installed.
    pub(crate) async fn commands(
        self,
        options: &Options,
        interrupt: &mut Interrupt,
    ) -> Result<Vec<Command>> {
        match self {
            Self::Fmt => Ok(vec![cargo(&["fmt", "--all", "--check"])]),
            Self::Ruff => {
                let tools = checks(interrupt).await?;
                let ruff = |arguments: &[&str]| command(tools.ruff(), arguments);
                Ok(vec![ruff(&["format", "--check", "."]), ruff(&["check", "."])])
            }
            Self::Templates => {
                let templates = workspace::templates()?;
                if templates.is_empty() {
                    bail!("there is no template in infra/");
                }
                let mut lint = command(checks(interrupt).await?.cfn_lint(), &[]);
                lint.args(templates);
                Ok(vec![lint])
            }
            Self::Deny => {
                setup::ensure(Tool::Deny, interrupt).await?;
                let deny = toolbox::cargo_deny(&mut |line| eprintln!("{line}"))?;
                // deny.toml says which crates may use a client, not which must.
                let mut check = command(deny, &["--locked", "check", "--hide-inclusion-graph"]);
                check.args(["--allow", "unused-wrapper", "bans", "licenses", "sources"]);
                if options.advisories {
                    check.arg("advisories");
                }
                Ok(vec![check])
            }
            Self::Clippy => Ok(vec![cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--",
                "--deny",
                "warnings",
            ])]),
            Self::Doc => {
                let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
                doc.env("RUSTDOCFLAGS", "--deny warnings");
                Ok(vec![doc])
            }
            Self::Test => Ok(vec![tests(options, &["--lib", "--bins", "--tests"])]),
            Self::Doctest => Ok(vec![tests(options, &["--doc"])]),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.pad(value.as_ref().map_or("", |it| it.get_name()))
    }
}

fn tests(options: &Options, targets: &[&str]) -> Command {
    let mut test = cargo(&["test", "--workspace", "--locked"]);
    test.args(targets);
    if options.keep_going {
        test.arg("--no-fail-fast");
    }
    test
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = workspace::cargo();
    command.args(arguments);
    command
}

fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root()).args(arguments);
    command
}

async fn checks(interrupt: &mut Interrupt) -> Result<Checks> {
    setup::ensure(Tool::Checks, interrupt).await?;
    Checks::install(&mut |line| eprintln!("{line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_runs_when_nothing_is_named() {
        let steps = chosen(&[]);
        assert_eq!(steps.len(), Step::value_variants().len());
        assert_eq!(steps.first(), Some(&Step::Fmt));
    }

    #[test]
    fn named_steps_keep_their_order_and_run_once() {
        let named = [Step::Test, Step::Fmt, Step::Test, Step::Clippy];
        assert_eq!(chosen(&named), [Step::Fmt, Step::Clippy, Step::Test]);
    }

    #[test]
    fn every_step_says_what_it_is() {
        for step in Step::value_variants() {
            assert!(!step.to_string().is_empty());
            assert!(!step.purpose().is_empty(), "{step} has no words");
        }
    }
}
