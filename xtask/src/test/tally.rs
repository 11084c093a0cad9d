//! The sum of what many test binaries report.

use std::time::Duration;

/// The counts of every `test result:` line that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    binaries: u64,
    passed: u64,
    failed: u64,
    ignored: u64,
    measured: u64,
    filtered_out: u64,
}

impl Tally {
    /// Adds the counts in `line`, if it is a test binary's last one.
    pub(crate) fn read(&mut self, line: &str) {
        let Some(counts) = line.trim().strip_prefix("test result: ") else { return };
        self.binaries += 1;
        for part in counts.split([';', '.']) {
            let mut words = part.split_whitespace();
            let Some(number) = words.next().and_then(|it| it.parse::<u64>().ok()) else { continue };
            match words.next() {
                Some("passed") => self.passed += number,
                Some("failed") => self.failed += number,
                Some("ignored") => self.ignored += number,
                Some("measured") => self.measured += number,
                Some("filtered") => self.filtered_out += number,
                _ => {}
            }
        }
    }

    /// Whether any test binary has reported.
    pub(crate) fn is_filled(&self) -> bool {
        self.binaries > 0
    }

    /// The same line as a test binary's, with the sums of all of them.
    pub(crate) fn closing_line(&self, taken: Duration) -> String {
        let Self { passed, failed, ignored, measured, filtered_out, .. } = self;
        let verdict = if *failed == 0 { "ok" } else { "FAILED" };
        format!(
            "test result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored; \
             {measured} measured; {filtered_out} filtered out; finished in {:.2}s",
            taken.as_secs_f64()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_the_last_lines_and_nothing_else() {
        let mut tally = Tally::default();
        for line in [
            "running 2 tests",
            "test result of something ... ok",
            "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s",
            "test result: FAILED. 5 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 12.50s",
        ] {
            tally.read(line);
        }
        assert!(tally.is_filled());
        assert_eq!(
            tally.closing_line(Duration::from_millis(13_250)),
            "test result: FAILED. 7 passed; 1 failed; 1 ignored; 0 measured; 3 filtered out; \
             finished in 13.25s"
        );
    }

    #[test]
    fn is_empty_when_no_binary_ran() {
        assert!(!Tally::default().is_filled());
    }
}
