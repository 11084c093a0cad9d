//! The manifest: all that a restore needs, beside the copy itself.
//!
//! It is written last, so whoever finds one finds a whole copy. It holds no moment of its own
//! writing: the same copy always yields the same bytes, so a second writer can tell that the
//! first one's is its own.

use serde::{Deserialize, Serialize};

use crate::id::{BucketName, JourneyId};
use crate::object::Object;
use crate::source::Source;

/// The version of this document's shape.
pub const SCHEMA: &str = "snapguard.manifest/1";

/// One shard's copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardCopy {
    /// The node group it came from, such as `0001`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_group: Option<String>,
    /// The hash slots it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots: Option<String>,
    /// The object in the DR bucket.
    pub object: Object,
}

/// The parameters of `CreateReplicationGroup` that seed a new cache from this copy. The n-th ARN
/// belongs to the n-th slot range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    /// `SnapshotArns`.
    pub snapshot_arns: Vec<String>,
    /// `NodeGroupConfiguration[].Slots`; empty with cluster mode disabled.
    pub slots: Vec<String>,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The journey that made the copy.
    pub journey: JourneyId,
    /// The snapshot and its cache.
    pub source: Source,
    /// The bucket the copy lies in.
    pub bucket: BucketName,
    /// The copied objects.
    pub shards: Vec<ShardCopy>,
    /// How to seed a cache from them.
    pub seed: Seed,
}

impl Manifest {
    /// The manifest of a copy. `objects` are the copies in shard order.
    ///
    /// A serverless snapshot may have more objects than the one shard it shows; those carry no
    /// node group and no slots.
    #[must_use]
    pub fn new(id: &JourneyId, source: &Source, bucket: &BucketName, objects: &[Object]) -> Self {
        let shards: Vec<ShardCopy> = objects
            .iter()
            .enumerate()
            .map(|(i, object)| {
                let shard = source.shards.get(i);
                ShardCopy {
                    node_group: shard.and_then(|s| s.node_group.clone()),
                    slots: shard.and_then(|s| s.slots.clone()),
                    object: object.clone(),
                }
            })
            .collect();
        let partition = source.arn.split(':').nth(1).filter(|p| !p.is_empty()).unwrap_or("aws");
        let seed = Seed {
            snapshot_arns: objects
                .iter()
                .map(|object| format!("arn:{partition}:s3:::{bucket}/{}", object.key))
                .collect(),
            slots: if source.cluster_mode {
                shards.iter().filter_map(|s| s.slots.clone()).collect()
            } else {
                Vec::new()
            },
        };
        Self {
            schema: SCHEMA.to_owned(),
            journey: id.clone(),
            source: source.clone(),
            bucket: bucket.clone(),
            shards,
            seed,
        }
    }

    /// The document's bytes.
    ///
    /// # Errors
    /// Never in practice: every field serialises. The signature does not hide it.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
