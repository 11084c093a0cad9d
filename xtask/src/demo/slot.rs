//! Hash slots: which shard of a cluster owns a key.

use std::ops::RangeInclusive;

use anyhow::{Context, Result};

/// How many slots a cluster has.
const SLOTS: u16 = 16_384;

/// The slots of one shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slots(Vec<RangeInclusive<u16>>);

impl Slots {
    /// What the only shard of a cache without cluster mode holds.
    pub(super) fn all() -> Self {
        Self(vec![0..=SLOTS - 1])
    }

    /// Reads ElastiCache's notation: `0-8191,16000`.
    ///
    /// # Errors
    /// The text is something else.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let range = |part: &str| {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            Some(low.trim().parse().ok()?..=high.trim().parse().ok()?)
        };
        let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
        ranges.map(Self).with_context(|| format!("{text:?} is no range of slots"))
    }

    pub(super) fn contains(&self, slot: u16) -> bool {
        self.0.iter().any(|range| range.contains(&slot))
    }
}

/// The slot of a key: CRC-16 of its hash tag, or of the whole key if it has none.
/// <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model>
pub(super) fn of(key: &[u8]) -> u16 {
    crc16(tag(key)) % SLOTS
}

/// What stands between the first `{` and the next `}`, unless that is nothing.
fn tag(key: &[u8]) -> &[u8] {
    let find = |bytes: &[u8], wanted| bytes.iter().position(|byte| *byte == wanted);
    let inside = find(key, b'{').and_then(|open| {
        let rest = &key[open + 1..];
        find(rest, b'}').map(|close| &rest[..close])
    });
    inside.filter(|inside| !inside.is_empty()).unwrap_or(key)
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the algorithm, and slots that `CLUSTER KEYSLOT` gave.
    #[test]
    fn slots_are_those_of_redis() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(of(b"foo"), 12182);
        assert_eq!(of(b"bar"), 5061);
    }

    #[test]
    fn keys_with_one_tag_share_a_slot() {
        assert_eq!(of(b"{user1}.following"), of(b"{user1}.followers"));
        assert_eq!(of(b"x{foo}y{bar}"), of(b"foo"));
        assert_eq!(tag(b"{}x"), b"{}x");
        assert_eq!(tag(b"x{y"), b"x{y");
    }

    #[test]
    fn ranges_are_read_as_elasticache_writes_them() {
        let slots = Slots::parse("0-8191,16000").unwrap();
        assert!(slots.contains(8191) && slots.contains(16_000));
        assert!(!slots.contains(8192) && !slots.contains(16_001));
        assert!(Slots::all().contains(SLOTS - 1));
        assert!(Slots::parse("").is_err() && Slots::parse("a-b").is_err());
    }
}
