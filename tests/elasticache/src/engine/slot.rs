//! Hash slots: the `0-8191,16000` notation of `Slots` parameters.

use std::fmt;
use std::ops::RangeInclusive;

/// How many hash slots a cluster has.
const SLOTS: u16 = 16_384;

/// An ordered set of slot ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotSet(Vec<RangeInclusive<u16>>);

impl SlotSet {
    /// Reads the comma-separated notation.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let ranges = text
            .split(',')
            .map(|part| {
                let part = part.trim();
                let (low, high) = part.split_once('-').unwrap_or((part, part));
                match (low.parse::<u16>(), high.parse::<u16>()) {
                    (Ok(low), Ok(high)) if low <= high && high < SLOTS => Ok(low..=high),
                    _ => Err(format!("{part} is not a range of slots from 0 to 16383")),
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self(ranges))
    }

    /// The `index`-th of `count` equal parts of the whole key space.
    pub(crate) fn part(index: usize, count: usize) -> Self {
        let bound = |n: usize| (n * usize::from(SLOTS) / count.max(1)) as u16;
        Self(vec![bound(index)..=bound(index + 1) - 1])
    }

    /// The ranges, in the order given.
    pub(crate) fn ranges(&self) -> &[RangeInclusive<u16>] {
        &self.0
    }

    /// Whether these sets cover every slot exactly once.
    pub(crate) fn cover<'a>(sets: impl IntoIterator<Item = &'a Self>) -> bool {
        let mut ranges: Vec<_> = sets.into_iter().flat_map(|set| set.0.iter().cloned()).collect();
        ranges.sort_by_key(|range| *range.start());
        let mut next = 0;
        for range in &ranges {
            if *range.start() != next {
                return false;
            }
            next = range.end() + 1;
        }
        next == SLOTS
    }
}

impl fmt::Display for SlotSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match (range.start(), range.end()) {
                (low, high) if low == high => write!(f, "{comma}{low}")?,
                (low, high) => write!(f, "{comma}{low}-{high}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_key_space_for_any_count() {
        for count in 1..=500 {
            let parts: Vec<_> = (0..count).map(|index| SlotSet::part(index, count)).collect();
            assert!(SlotSet::cover(&parts), "{count} parts");
        }
    }

    #[test]
    fn notation_round_trips_and_nonsense_is_refused() {
        let text = "0-5,7,100-16383";
        assert_eq!(SlotSet::parse(text).expect("slots").to_string(), text);
        for bad in ["", "5-3", "0-16384", "a", "1-2-3"] {
            assert!(SlotSet::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn holes_and_overlaps_do_not_cover() {
        let set = |text| SlotSet::parse(text).expect("slots");
        assert!(SlotSet::cover([&set("8192-16383"), &set("0-8191")]));
        assert!(!SlotSet::cover([&set("0-8190"), &set("8192-16383")]));
        assert!(!SlotSet::cover([&set("0-8192"), &set("8192-16383")]));
    }
}
