//! How the table's keys and index attributes are spelled.

use domain::id::{JourneyId, Region, SnapshotName};
use jiff::Timestamp;

/// Finds the journeys of one cache, newest snapshot first.
pub(crate) const BY_CACHE: &str = "by-cache";
/// Finds the journeys in one state, last changed first.
pub(crate) const BY_STATE: &str = "by-state";
/// Finds the journeys whose snapshot was taken on one day, and the entries written on it.
pub(crate) const BY_DAY: &str = "by-day";

/// Begins the `day_sort` of journeys, and the sort key of current-state items.
pub(crate) const JOURNEY: &str = "J#";

/// The partition of a snapshot name: whatever bears the name, taken whenever, going wherever.
pub(crate) fn partition(region: &Region, name: &SnapshotName) -> String {
    format!("S#{region}#{name}")
}

/// The partition of a journey.
pub(crate) fn partition_of(id: &JourneyId) -> String {
    partition(&id.snapshot.region, &id.snapshot.name)
}

/// The sort key of the current-state item.
pub(crate) fn state(id: &JourneyId) -> String {
    format!("{JOURNEY}{}#{}", id.snapshot.stamp(), id.dr_region)
}

/// What the sort keys of all entries of a journey begin with.
pub(crate) fn entries(id: &JourneyId) -> String {
    format!("E#{}#{}#", id.snapshot.stamp(), id.dr_region)
}

/// The sort key of one entry. Eight digits, so that text order is number order.
pub(crate) fn entry(id: &JourneyId, seq: u64) -> String {
    format!("{}{seq:08}", entries(id))
}

/// The day a moment falls on, in UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// A moment in a form whose text order is time order, which the shortest form does not have:
/// `…00.5Z` sorts before `…00Z`.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_sort_as_text() {
        let shown: Vec<String> = ["2026-03-07T03:15:00Z", "2026-03-07T03:15:00.5Z"]
            .map(|at| moment(at.parse().unwrap()))
            .into();
        assert_eq!(shown, ["2026-03-07T03:15:00.000Z", "2026-03-07T03:15:00.500Z"]);
        assert!(shown.is_sorted());
    }
}
