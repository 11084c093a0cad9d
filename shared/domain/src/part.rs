//! How a large object is cut into parts for a multipart copy.
//!
//! Limits: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>

use std::ops::Range;

/// The smallest part S3 accepts, the last one of an upload excepted: 5 MiB.
pub const SMALLEST: u64 = 5 << 20;
/// The largest part S3 accepts: 5 GiB.
pub const LARGEST: u64 = 5 << 30;
/// The most parts one upload may have.
pub const MOST: u64 = 10_000;

/// One part: its number, from 1, and the bytes of the source it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// From 1 to [`MOST`].
    pub number: i32,
    /// Offsets in the source, in bytes; the end is exclusive.
    pub bytes: Range<u64>,
}

impl Part {
    /// Length in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }
}

/// Cuts `size` bytes into parts of about `wished` bytes.
///
/// A pure function of its inputs, so that a second run finds the parts of the first where it
/// expects them and copies only what is missing. The wish gives way to S3's limits.
#[must_use]
pub fn cut(size: u64, wished: u64) -> Vec<Part> {
    let least_for_count = size.div_ceil(MOST);
    let step = wished.max(least_for_count).clamp(SMALLEST, LARGEST);
    let count = size.div_ceil(step).clamp(1, MOST);
    (0..count)
        .map(|i| Part {
            number: i32::try_from(i + 1).unwrap_or(i32::MAX),
            bytes: i * step..((i + 1) * step).min(size),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every byte up to the largest object S3 holds is in exactly one part of a legal size.
        #[test]
        fn parts_cover_the_object_within_the_limits(
            size in 1u64..=(48 << 40),
            wished in 0u64..=(8 << 30),
        ) {
            let parts = cut(size, wished);
            prop_assert!(parts.len() as u64 <= MOST);
            let mut next = 0;
            for (i, part) in parts.iter().enumerate() {
                prop_assert_eq!(part.number as usize, i + 1);
                prop_assert_eq!(part.bytes.start, next);
                prop_assert!(part.size() >= 1 && part.size() <= LARGEST);
                prop_assert!(part.size() >= SMALLEST || i + 1 == parts.len());
                next = part.bytes.end;
            }
            prop_assert_eq!(next, size);
        }
    }
}
