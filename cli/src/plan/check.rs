//! `snapguard plan check`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use domain::plan::Plan;

use super::{document, summary};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The document, JSON or YAML; - is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let text = document::read(&args.file)?;
    let (shown, good) = check(&text).with_context(|| args.file.display().to_string())?;
    print!("{shown}");
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is printed for a text, and whether it is a plan.
fn check(text: &str) -> Result<(String, bool)> {
    let checked = Plan::check(&document::parse(text)?);
    let findings = document::findings(&checked);
    Ok(match &checked.plan {
        Err(_) => (findings, false),
        Ok(plan) if findings.is_empty() => (summary::table(plan), true),
        Ok(plan) => (format!("{findings}\n{}", summary::table(plan)), true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../examples/plan.yaml");

    #[test]
    fn the_example_is_a_plan_without_warnings() {
        let (shown, good) = check(EXAMPLE).unwrap();
        assert!(good);
        insta::assert_snapshot!(shown, @r"
        TIER       RPO  RTO  EVERY  TO                          KEEPS                  VERIFIES   DRILL
        analytics  26h  1d   1d     eu-west-1                   last 3 4w, floor 1     structure  90d
        session    4h   2h   3h     eu-west-1                   last 8 3d, floor 2     structure  -
        trading    2h   30m  75m    eu-west-1, eu-central-1 of  last 16 7d 5w 12m 7y,  deep       30d
                                    210987654321                floor 3
        ");
        assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    }

    #[test]
    fn json_is_read_too() {
        let json = serde_json::to_string(&document::parse(EXAMPLE).unwrap()).unwrap();
        assert_eq!(check(&json).unwrap(), check(EXAMPLE).unwrap());
    }

    #[test]
    fn problems_and_warnings_are_told_together() {
        let text = EXAMPLE
            .replace("cadence: 75m", "cadence: 10m")
            .replace("rto: 2h", "rto: two hours")
            .replace("tier: analytics", "tier: analitics");
        let (shown, good) = check(&text).unwrap();
        assert!(!good);
        insta::assert_snapshot!(shown, @r#"
        problem: tiers.session.rto: expected a length of time from 1m to 3650d, such as 15m, 24h, 30d or 2w
        problem: selectors[2].tier: there is no such tier; did you mean "analytics"?
        warning: tiers.trading.cadence: every 10m is 144 snapshots a day, and ElastiCache takes no more than 20 manual ones of a node in 24 hours
        "#);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let said = |text: &str| check(text).unwrap_err().to_string();
        let unclosed = said("tiers:\n  trading: {rpo: 15m\nselectors: []\n");
        assert!(unclosed.starts_with("line "), "{unclosed}");
        let twice = said("tiers: {}\ntiers: {}\n");
        assert!(twice.starts_with("line 2, column 1: "), "{twice}");
    }
}
