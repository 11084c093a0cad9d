//! Moments as people give them.

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A moment in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// So long ago.
    Ago(SignedDuration),
    /// Then.
    At(Timestamp),
}

impl Since {
    /// Which moment that is.
    pub(crate) fn resolve(self, now: Timestamp) -> Result<Timestamp> {
        match self {
            Self::At(at) => Ok(at),
            Self::Ago(span) => {
                now.checked_sub(span).context("--since lies before the beginning of time")
            }
        }
    }
}

/// Reads `7d`, `12h`, `2026-03-01` (its beginning, in UTC) or `2026-03-01T06:00:00Z`.
pub(crate) fn since(text: &str) -> Result<Since> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Since::At(at));
    }
    if let Ok(date) = text.parse::<Date>() {
        return Ok(Since::At(date.to_zoned(TimeZone::UTC)?.timestamp()));
    }
    let split = text.len() - text.chars().next_back().map_or(0, char::len_utf8);
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => 0,
    };
    match number.parse::<u32>() {
        Ok(number) if seconds > 0 => {
            Ok(Since::Ago(SignedDuration::from_secs(i64::from(number) * seconds)))
        }
        _ => bail!(
            "expected a span such as 90m, 12h, 7d or 4w, a date such as 2026-03-01, or a moment \
             such as 2026-03-01T06:00:00Z"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> String {
        let now = "2026-03-07T12:00:00Z".parse().unwrap();
        since(text).unwrap().resolve(now).unwrap().to_string()
    }

    #[test]
    fn spans_dates_and_moments_are_understood() {
        assert_eq!(resolved("7d"), "2026-02-28T12:00:00Z");
        assert_eq!(resolved("90m"), "2026-03-07T10:30:00Z");
        assert_eq!(resolved("2026-03-01"), "2026-03-01T00:00:00Z");
        assert_eq!(resolved("2026-03-01T08:00:00+02:00"), "2026-03-01T06:00:00Z");
    }

    #[test]
    fn anything_else_is_refused_with_what_would_do() {
        for bad in ["", "d", "7", "-7d", "7 d", "yesterday", "2026-13-01", "7ü", "99999999999d"] {
            let error = since(bad).unwrap_err().to_string();
            assert!(error.contains("such as"), "{bad}: {error}");
        }
    }
}
