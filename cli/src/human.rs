//! Numbers and moments as people read them.

use domain::journey::Failure;
use jiff::Timestamp;

/// A size in bytes: `1.5 GiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let unit = (0..UNITS.len() - 1).take_while(|i| bytes >> (10 * (i + 1)) > 0).count();
    if unit == 0 {
        return format!("{bytes} B");
    }
    // Tenths, rounded half up, without a float that would not hold every size.
    let tenths = (u128::from(bytes) * 10 + (1 << (10 * unit - 1))) >> (10 * unit);
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A moment to the minute, in UTC: `2026-03-07 03:15`.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A moment to the second, in UTC: `2026-03-07 03:15:09`.
pub(crate) fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// What was being done, and what kind of failure it was: `export (denied)`.
pub(crate) fn failure(failure: &Failure) -> String {
    format!("{} ({})", failure.step.name(), format!("{:?}", failure.class).to_lowercase())
}

/// A count and its noun: `1 entry`, `2 entries`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit_that_fits() {
        let shown: Vec<String> =
            [0, 1023, 1024, 1536, 1_048_575, 5 << 30, u64::MAX].map(size).into();
        assert_eq!(
            shown,
            ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1024.0 KiB", "5.0 GiB", "16384.0 PiB"]
        );
    }
}
