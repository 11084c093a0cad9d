use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Serialize, Serializer};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;
/// Longer ones are slips of the finger, and would not fit the arithmetic of dates.
const LONGEST: u64 = 3650 * DAY;

/// A length of time from one minute to ten years, written `15m`, `24h`, `30d` or `2w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

/// The text was no span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a length of time from 1m to 3650d, such as 15m, 24h, 30d or 2w")]
pub struct BadSpan;

impl Span {
    /// As the standard library has it.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }

    /// How often it fits into a day.
    pub(super) fn per_day(self) -> u64 {
        DAY / self.0
    }
}

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        let unit = text.chars().next_back().ok_or(BadSpan)?;
        let number = &text[..text.len() - unit.len_utf8()];
        let unit = match unit {
            'm' => MINUTE,
            'h' => HOUR,
            'd' => DAY,
            'w' => WEEK,
            _ => return Err(BadSpan),
        };
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BadSpan);
        }
        let seconds = number.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
        seconds.filter(|s| (MINUTE..=LONGEST).contains(s)).map(Self).ok_or(BadSpan)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, letter) = match self.0 {
            s if s % DAY == 0 => (DAY, 'd'),
            s if s % HOUR == 0 => (HOUR, 'h'),
            _ => (MINUTE, 'm'),
        };
        write!(f, "{}{letter}", self.0 / unit)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_span_is_refused() {
        for bad in ["", "m", "0m", "15", "15 m", "+15m", "-15m", "1.5h", "15s", "15ü", "4000d"] {
            assert_eq!(bad.parse::<Span>(), Err(BadSpan), "{bad}");
        }
        assert_eq!("99999999999999999999d".parse::<Span>(), Err(BadSpan));
    }

    proptest! {
        #[test]
        fn a_span_reads_back_as_it_is_shown(minutes in 1..=3650_u64 * 24 * 60) {
            let span: Span = format!("{minutes}m").parse().unwrap();
            prop_assert_eq!(span.to_string().parse(), Ok(span));
            prop_assert_eq!(span.duration().as_secs(), minutes * 60);
        }

        #[test]
        fn nothing_makes_it_panic(text in any::<String>()) {
            let _ = text.parse::<Span>();
        }
    }
}
