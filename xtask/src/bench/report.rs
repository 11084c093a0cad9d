//! The result, for people and for programs.

use std::fmt;

use serde::Serialize;

use super::run::Run;
use super::subject::Subject;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    subjects: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    first_poll_ms: Span,
    first_answer_ms: Span,
    cpu_ms: Option<Span>,
    peak_kib: Option<Span>,
    binary_bytes: Option<usize>,
    zip_bytes: Option<usize>,
    runs: Vec<Run>,
}

/// The median and the extremes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Span {
    median: f64,
    least: f64,
    most: f64,
}

impl Span {
    /// `None` when there are no values.
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            f64::midpoint(values[middle - 1], values[middle])
        } else {
            values[middle]
        };
        Some(Self { median, least, most })
    }
}

impl Report {
    /// `runs` are those of the subjects, in the same order.
    pub(crate) fn new(subjects: &[Subject], runs: Vec<Vec<Run>>) -> Self {
        let row = |(subject, runs): (&Subject, Vec<Run>)| {
            let span = |value: fn(&Run) -> f64| Span::of(runs.iter().map(value).collect());
            let known = |value: fn(&Run) -> Option<f64>| {
                Span::of(runs.iter().map(value).collect::<Option<_>>()?)
            };
            Some(Row {
                name: subject.name.clone(),
                first_poll_ms: span(|run| run.first_poll_ms)?,
                first_answer_ms: span(|run| run.first_answer_ms)?,
                cpu_ms: known(|run| run.cpu_ms),
                peak_kib: known(|run| run.peak_kib),
                binary_bytes: subject.binary,
                zip_bytes: subject.zip,
                runs,
            })
        };
        Self { subjects: subjects.iter().zip(runs).filter_map(row).collect() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<18} {:>22} {:>9} {:>22} {:>8} {:>8} {:>8} {:>8}",
            "median (min-max)",
            "first poll",
            "x floor",
            "first answer",
            "cpu",
            "peak",
            "binary",
            "zip"
        )?;
        let floor = self.subjects.first().map(|floor| floor.first_poll_ms.median);
        for row in &self.subjects {
            writeln!(
                f,
                "{:<18} {:>22} {:>9} {:>22} {:>8} {:>8} {:>8} {:>8}",
                row.name,
                millis(row.first_poll_ms),
                floor.map_or("-".to_owned(), |it| format!("{:.1}", row.first_poll_ms.median / it)),
                millis(row.first_answer_ms),
                row.cpu_ms.map_or("-".to_owned(), |span| format!("{:.1} ms", span.median)),
                row.peak_kib
                    .map_or("-".to_owned(), |span| format!("{:.1} MiB", span.median / 1024.0)),
                row.binary_bytes.map_or("-".to_owned(), mebibytes),
                row.zip_bytes.map_or("-".to_owned(), mebibytes),
            )?;
        }
        Ok(())
    }
}

fn millis(span: Span) -> String {
    format!("{:.1} ms ({:.1}-{:.1})", span.median, span.least, span.most)
}

fn mebibytes(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let bytes = bytes as f64;
    format!("{:.2} MiB", bytes / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_or_between_the_two_there() {
        let odd = Span::of(vec![9.0, 1.0, 2.0]).unwrap();
        assert_eq!(odd, Span { median: 2.0, least: 1.0, most: 9.0 });
        assert_eq!(Span::of(vec![4.0, 1.0, 2.0, 9.0]).unwrap().median, 3.0);
        assert_eq!(Span::of(Vec::new()), None);
    }
}
