//! Metrics in CloudWatch's embedded metric format: a line of JSON in the log that CloudWatch
//! turns into metrics, without a call and without a permission.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use domain::port::Who;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace of every metric.
const NAMESPACE: &str = "snapguard";
/// The most values of one metric in one line.
const VALUES: usize = 100;

/// What a metric's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// How many.
    Count,
    /// How much, in bytes.
    Bytes,
    /// How long, in milliseconds.
    Milliseconds,
    /// How long, in seconds.
    Seconds,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Bytes => "Bytes",
            Self::Milliseconds => "Milliseconds",
            Self::Seconds => "Seconds",
        }
    }
}

type Dimensions = BTreeMap<&'static str, String>;
type Values = BTreeMap<(&'static str, Unit), Vec<f64>>;

/// The metrics of one invocation. Clones share one record.
#[derive(Debug, Clone)]
pub struct Metrics {
    who: Who,
    records: Arc<Mutex<BTreeMap<Dimensions, Values>>>,
}

impl Metrics {
    /// An empty record. Every metric has the dimension `function`.
    #[must_use]
    pub fn new(who: &Who) -> Self {
        Self { who: who.clone(), records: Arc::default() }
    }

    /// Counts one more. `dimensions` are added to `function`; keep them few and their values
    /// fewer: each combination is billed as a metric of its own.
    pub fn count(&self, name: &'static str, dimensions: &[(&'static str, &str)]) {
        self.with(name, Unit::Count, dimensions, |values| match values.first_mut() {
            Some(count) => *count += 1.0,
            None => values.push(1.0),
        });
    }

    /// Adds one value to a distribution.
    pub fn record(
        &self,
        name: &'static str,
        unit: Unit,
        value: f64,
        dimensions: &[(&'static str, &str)],
    ) {
        self.with(name, unit, dimensions, |values| values.push(value));
    }

    fn with(
        &self,
        name: &'static str,
        unit: Unit,
        dimensions: &[(&'static str, &str)],
        change: impl FnOnce(&mut Vec<f64>),
    ) {
        let key = dimensions.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        change(records.entry(key).or_default().entry((name, unit)).or_default());
    }

    /// Writes the record to standard output and empties it.
    pub(crate) fn flush(&self, now: Timestamp) {
        let mut out = std::io::stdout().lock();
        for line in self.lines(now) {
            // Metrics are not worth failing for; if standard output is gone, so is the log.
            let _ = writeln!(out, "{line}");
        }
    }

    fn lines(&self, now: Timestamp) -> Vec<Value> {
        let records =
            std::mem::take(&mut *self.records.lock().unwrap_or_else(PoisonError::into_inner));
        records
            .into_iter()
            .flat_map(|(dimensions, values)| self.lines_of(now, &dimensions, values))
            .collect()
    }

    /// One line, or several where a metric has more values than a line may hold.
    fn lines_of(&self, now: Timestamp, dimensions: &Dimensions, values: Values) -> Vec<Value> {
        let mut lines = Vec::new();
        let mut rest = values;
        while !rest.is_empty() {
            let mut later = Values::new();
            let mut line = Map::new();
            let mut definitions = Vec::new();
            for ((name, unit), mut values) in rest {
                if values.len() > VALUES {
                    later.insert((name, unit), values.split_off(VALUES));
                }
                definitions.push(json!({ "Name": name, "Unit": unit.name() }));
                line.insert(name.to_owned(), json!(values));
            }
            let names: Vec<&str> =
                ["function"].into_iter().chain(dimensions.keys().copied()).collect();
            line.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
            line.insert("function".to_owned(), json!(self.who.function));
            line.insert("request_id".to_owned(), json!(self.who.request_id));
            line.insert(
                "_aws".to_owned(),
                json!({
                    "Timestamp": now.as_millisecond(),
                    "CloudWatchMetrics": [{
                        "Namespace": NAMESPACE,
                        "Dimensions": [names],
                        "Metrics": definitions,
                    }],
                }),
            );
            lines.push(Value::Object(line));
            rest = later;
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        Metrics::new(&Who { function: "copy-snapshot".into(), request_id: "r-1".into() })
    }

    #[test]
    fn a_line_has_the_form_cloudwatch_extracts_metrics_from() {
        let metrics = metrics();
        let shared = metrics.clone();
        metrics.count("Copied", &[("dr_region", "eu-west-1")]);
        shared.count("Copied", &[("dr_region", "eu-west-1")]);
        metrics.record("Size", Unit::Bytes, 7.0, &[("dr_region", "eu-west-1")]);
        let now = "2026-03-07T03:15:00Z".parse().unwrap();
        assert_eq!(
            metrics.lines(now),
            [json!({
                "_aws": {
                    "Timestamp": 1_772_853_300_000_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "snapguard",
                        "Dimensions": [["function", "dr_region"]],
                        "Metrics": [
                            { "Name": "Copied", "Unit": "Count" },
                            { "Name": "Size", "Unit": "Bytes" },
                        ],
                    }],
                },
                "function": "copy-snapshot",
                "dr_region": "eu-west-1",
                "request_id": "r-1",
                "Copied": [2.0],
                "Size": [7.0],
            })]
        );
        assert!(metrics.lines(now).is_empty(), "a record is written once");
    }

    #[test]
    fn more_values_than_a_line_may_hold_go_into_several() {
        let metrics = metrics();
        for i in 0..250 {
            metrics.record("Took", Unit::Milliseconds, f64::from(i), &[]);
        }
        let lines = metrics.lines(Timestamp::UNIX_EPOCH);
        let counts: Vec<usize> =
            lines.iter().map(|line| line["Took"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [100, 100, 50]);
    }
}
