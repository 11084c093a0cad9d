//! Where things lie: the names of exports, staged objects and copies.
//!
//! Each is a pure function of the snapshot, so that a retry, a later notice and a person with
//! the console all look in the same place.

use crate::id::{BadName, SnapshotName};
use crate::source::{CacheKind, Source};

/// The `TargetSnapshotName` of the export, which is also the prefix of the staged objects.
///
/// ElastiCache appends `-0001.rdb` and so on. A serverless export takes no target name: its
/// objects begin with the snapshot's own.
#[must_use]
pub fn target_name(source: &Source) -> String {
    match source.kind {
        CacheKind::Serverless => source.snapshot.name.to_string(),
        CacheKind::ReplicationGroup | CacheKind::CacheCluster => {
            format!("{}.{}", source.snapshot.name, source.snapshot.stamp()).to_lowercase()
        }
    }
}

/// Whether a staged key is one of this export's objects: the target name, a dash, digits, `.rdb`.
///
/// The digits are checked, so that the export of `nightly` does not claim the objects of
/// `nightly-2`.
#[must_use]
pub fn owns(target: &str, key: &str) -> bool {
    key.strip_prefix(target)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_suffix(".rdb"))
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// The snapshot a staged object came from, read back out of its key.
///
/// # Errors
/// Says what is wrong when the key is not one ElastiCache writes for an export.
pub fn snapshot_of_key(key: &str) -> Result<SnapshotName, BadKey> {
    let bad = || BadKey(key.chars().take(200).collect());
    let stem = key.strip_suffix(".rdb").ok_or_else(bad)?;
    let (target, number) = stem.rsplit_once('-').ok_or_else(bad)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let name = match target.rsplit_once('.') {
        Some((name, stamp)) if is_stamp(stamp) => name,
        _ => target,
    };
    Ok(name.parse::<SnapshotName>()?)
}

fn is_stamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 16
        && bytes.iter().enumerate().all(|(i, b)| match i {
            8 => *b == b't',
            15 => *b == b'z',
            _ => b.is_ascii_digit(),
        })
}

/// A key that no export writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the key of an exported snapshot: expected <name>-<number>.rdb")]
pub struct BadKey(String);

impl From<BadName> for BadKey {
    fn from(error: BadName) -> Self {
        Self(error.to_string())
    }
}

/// The folder of a copy in a DR bucket, with its final slash.
///
/// It begins with account and Region so that one bucket can hold the copies of many. No commas:
/// `SnapshotArns` refuses them.
#[must_use]
pub fn copy_folder(source: &Source) -> String {
    format!(
        "snapshots/{}/{}/{}/{}/{}/",
        source.account,
        source.snapshot.region,
        source.cache,
        source.snapshot.name,
        source.snapshot.stamp()
    )
}

/// The key of the copy of the `index`-th shard object, counted from zero.
#[must_use]
pub fn copy_key(source: &Source, index: usize) -> String {
    format!("{}{:04}.rdb", copy_folder(source), index + 1)
}

/// The key of the manifest.
#[must_use]
pub fn manifest_key(source: &Source) -> String {
    format!("{}manifest.json", copy_folder(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staged_key_leads_back_to_its_snapshot() {
        let of = |key: &str| snapshot_of_key(key).map(|name| name.to_string());
        assert_eq!(of("nightly.20260307t031500z-0001.rdb").unwrap(), "nightly");
        assert_eq!(
            of("automatic.orders-2026-03-07-03-15.20260307t031507z-0003.rdb").unwrap(),
            "automatic.orders-2026-03-07-03-15"
        );
        assert_eq!(of("serverless-snap-0001.rdb").unwrap(), "serverless-snap");
        for bad in ["manifest.json", "x.rdb", "a-b.rdb", "-0001.rdb", "a b-0001.rdb"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_export_claims_only_its_own_objects() {
        assert!(owns("nightly", "nightly-0001.rdb"));
        assert!(!owns("nightly", "nightly-2-0001.rdb"));
        assert!(!owns("nightly", "nightly.rdb"));
    }
}
