//! How the steps ended, as a table.

use std::fmt::Write;
use std::time::Duration;

use crate::test::step::Step;

/// How a step ended, and how long it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed(Duration),
    Failed(Duration),
    /// An earlier step failed.
    NotRun,
}

impl Outcome {
    /// The closing line: how many steps passed and failed.
    pub(crate) fn count(outcomes: &[(Step, Self)]) -> String {
        let (mut passed, mut failed, mut not_run) = (0, 0, 0);
        for (_, outcome) in outcomes {
            match outcome {
                Self::Passed(_) => passed += 1,
                Self::Failed(_) => failed += 1,
                Self::NotRun => not_run += 1,
            }
        }
        let rest = if not_run == 0 { String::new() } else { format!(", {not_run} not run") };
        format!("{passed} passed, {failed} failed{rest}")
    }
}

/// One line for each step.
pub(crate) fn summary(outcomes: &[(Step, Outcome)]) -> String {
    let mut table = String::new();
    for (step, outcome) in outcomes {
        let (word, taken) = match outcome {
            Outcome::Passed(taken) => ("passed", Some(taken)),
            Outcome::Failed(taken) => ("FAILED", Some(taken)),
            Outcome::NotRun => ("not run", None),
        };
        let taken = taken.map(|it| format!("{:8.1} s", it.as_secs_f64())).unwrap_or_default();
        let line = format!("{step:<10} {word:<8}{taken}");
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{}", line.trim_end());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTCOMES: [(Step, Outcome); 3] = [
        (Step::Fmt, Outcome::Passed(Duration::from_millis(840))),
        (Step::Clippy, Outcome::Failed(Duration::from_secs(75))),
        (Step::Test, Outcome::NotRun),
    ];

    #[test]
    fn the_table_has_a_line_for_each_step() {
        let expected = "\
fmt        passed       0.8 s
clippy     FAILED      75.0 s
test       not run
";
        assert_eq!(summary(&OUTCOMES), expected);
    }

    #[test]
    fn the_closing_line_counts() {
        assert_eq!(Outcome::count(&OUTCOMES), "1 passed, 1 failed, 1 not run");
        assert_eq!(Outcome::count(&OUTCOMES[..1]), "1 passed, 0 failed");
    }
}
