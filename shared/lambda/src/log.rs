//! The log: one JSON object per line, with the fields of every span around an event beside the
//! event's own.
//!
//! A query then says `cache = "orders"` wherever in the code the line was written. `level` and
//! `timestamp` are where Lambda looks for them.
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>

use std::fmt::Debug;
use std::io::Write;

use domain::port::Clock as _;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::{Environment, SystemClock};

/// Starts logging to standard output. The first call counts.
pub(crate) fn start(environment: &Environment) {
    let level = level(environment);
    let log = Registry::default().with(Lines { level, out: std::io::stdout });
    // Another subscriber is there already only in a process that wants it so.
    let _ = tracing::subscriber::set_global_default(log);
}

/// The level a person asked for; what cannot be read is `info`, because a log that is missing
/// for a typing error is missed when it is needed.
fn level(environment: &Environment) -> LevelFilter {
    ["LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL"]
        .into_iter()
        .find_map(|name| environment.optional(name, "a log level").ok().flatten())
        .unwrap_or(LevelFilter::INFO)
}

/// Writes events as lines.
struct Lines<M> {
    level: LevelFilter,
    out: M,
}

/// A span's fields, kept beside it.
struct Fields(Map<String, Value>);

impl<S, M, W> Layer<S> for Lines<M>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    M: Fn() -> W + 'static,
    W: Write,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= loudest(self.level, metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Map::new();
        attributes.record(&mut Collect(&mut fields));
        span.extensions_mut().insert(Fields(fields));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(Fields(fields)) = span.extensions_mut().get_mut::<Fields>() {
            values.record(&mut Collect(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Map::new();
        line.insert("timestamp".to_owned(), SystemClock.now().to_string().into());
        line.insert("level".to_owned(), name(*event.metadata().level()).into());
        // From the outermost span inwards: the more particular wins.
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(Fields(fields)) = span.extensions().get::<Fields>() {
                line.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
        }
        event.record(&mut Collect(&mut line));
        line.insert("target".to_owned(), event.metadata().target().into());
        // There is nobody to tell that the log is gone.
        let _ = writeln!((self.out)(), "{}", Value::Object(line));
    }
}

/// The loudest level a module may log at. Libraries tell their troubles, not their workings:
/// at `trace` the runtime would write the raw event, and the SDK the contents of requests.
fn loudest(level: LevelFilter, target: &str) -> LevelFilter {
    const LIBRARIES: [&str; 8] = [
        "aws_config",
        "aws_runtime",
        "aws_sdk_",
        "aws_smithy",
        "hyper",
        "lambda_runtime",
        "rustls",
        "tower",
    ];
    if LIBRARIES.iter().any(|library| target.starts_with(library)) {
        level.min(LevelFilter::WARN)
    } else {
        level
    }
}

/// Lambda's spelling.
fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARN",
        Level::INFO => "INFO",
        Level::DEBUG => "DEBUG",
        Level::TRACE => "TRACE",
    }
}

/// Collects fields as JSON values.
struct Collect<'a>(&'a mut Map<String, Value>);

impl Collect<'_> {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Collect<'_> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, crate::failure::chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::{debug, info, info_span, trace};

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: LevelFilter, work: impl FnOnce()) -> Vec<Value> {
        let buffer = Buffer::default();
        let out = buffer.clone();
        let log = Registry::default().with(Lines { level, out: move || out.clone() });
        tracing::subscriber::with_default(log, work);
        let bytes = buffer.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_has_the_fields_of_the_spans_around_it() {
        let lines = logged(LevelFilter::INFO, || {
            let _outer = info_span!("invocation", request_id = "r-1", step = "none").entered();
            let _inner = info_span!("journey", cache = %"orders", step = "copy").entered();
            info!(size = 7, "copied");
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["request_id"], "r-1");
        assert_eq!(line["cache"], "orders");
        assert_eq!(line["step"], "copy", "the inner span is the more particular");
        assert_eq!(line["size"], 7);
        assert_eq!(line["message"], "copied");
        assert!(line["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    }

    #[test]
    fn an_error_is_told_with_all_that_is_underneath() {
        let error = domain::port::ServiceError {
            source: Some("connection refused".into()),
            ..domain::port::ServiceError::new("op", "it", domain::class::Class::Transient, "no")
        };
        let lines = logged(LevelFilter::INFO, || {
            info!(error = &error as &dyn std::error::Error, "failed");
        });
        assert_eq!(lines[0]["error"], "op on it: no: connection refused");
    }

    #[test]
    fn libraries_are_quiet_at_any_level() {
        let lines = logged(LevelFilter::TRACE, || {
            debug!("ours");
            trace!(target: "lambda_runtime::layers", body = "{}", "the raw event");
            debug!(target: "aws_smithy_runtime", "a request");
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["message"], "ours");
    }

    #[test]
    fn the_level_comes_from_either_variable() {
        let of = |pairs: &[(&str, &str)]| level(&Environment::of(pairs.iter().copied()));
        assert_eq!(of(&[]), LevelFilter::INFO);
        assert_eq!(of(&[("AWS_LAMBDA_LOG_LEVEL", "DEBUG")]), LevelFilter::DEBUG);
        assert_eq!(
            of(&[("LOG_LEVEL", "warn"), ("AWS_LAMBDA_LOG_LEVEL", "DEBUG")]),
            LevelFilter::WARN
        );
        assert_eq!(of(&[("LOG_LEVEL", "loud")]), LevelFilter::INFO);
    }
}
