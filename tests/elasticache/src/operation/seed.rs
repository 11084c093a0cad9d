//! Where a new cache's data comes from.

use std::path::{Path, PathBuf};

use crate::fault::Fault;
use crate::model::{Snapshot, SnapshotStatus};
use crate::protocol::Params;
use crate::service::Call;

/// The data of one shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seed {
    /// An object in a bucket.
    Object {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// The file of a snapshot.
    File(PathBuf),
}

/// The data of a whole cache.
#[derive(Clone, Default)]
pub(super) struct Source {
    /// Shard by shard.
    pub(super) seeds: Vec<Seed>,
    /// The snapshot they are of.
    pub(super) snapshot: Option<Snapshot>,
}

impl Source {
    /// Takes `SnapshotArns` and `SnapshotName`, and checks that the data can be read.
    ///
    /// # Errors
    /// `InvalidParameterCombination` for both, `InvalidParameterValue` for unreadable objects,
    /// `SnapshotNotFoundFault` and `InvalidSnapshotState`.
    pub(super) async fn take(call: &Call, params: &mut Params) -> Result<Self, Fault> {
        let arns = params.list("SnapshotArns", "SnapshotArn")?;
        let name = params.optional("SnapshotName");
        match name {
            Some(_) if !arns.is_empty() => Err(Fault::invalid_combination(
                "SnapshotArns and SnapshotName cannot both be given.",
            )),
            Some(name) => Self::of_snapshot(call, &name.to_ascii_lowercase()),
            None => Self::of_objects(call, &arns).await,
        }
    }

    fn of_snapshot(call: &Call, name: &str) -> Result<Self, Fault> {
        call.service.store.with(&call.scope, |region| {
            let snapshot =
                region.snapshots.get(name).ok_or_else(|| Fault::snapshot_not_found(name))?;
            if snapshot.status != SnapshotStatus::Available {
                return Err(Fault::snapshot_state(format!(
                    "Snapshot {name} has status {} and cannot be restored.",
                    snapshot.status
                )));
            }
            let seeds = snapshot.nodes.iter().map(|node| Seed::File(node.file.clone())).collect();
            Ok(Self { seeds, snapshot: Some(snapshot.clone()) })
        })
    }

    async fn of_objects(call: &Call, arns: &[String]) -> Result<Self, Fault> {
        let mut seeds = Vec::new();
        for arn in arns {
            let object = arn.strip_prefix("arn:aws:s3:::").and_then(|rest| rest.split_once('/'));
            let Some((bucket, key)) = object.filter(|(_, key)| !key.is_empty()) else {
                return Err(Fault::invalid_value(format!("Invalid S3 object ARN: {arn}")));
            };
            if key.contains(',') {
                return Err(Fault::invalid_value(format!("{arn} contains a comma.")));
            }
            call.bucket(bucket, async |bucket| bucket.check_seed(key).await).await?;
            seeds.push(Seed::Object { bucket: bucket.to_owned(), key: key.to_owned() });
        }
        Ok(Self { seeds, snapshot: None })
    }
}

impl Seed {
    /// Brings the data to a local file, under `directory` if it is not local already.
    ///
    /// # Errors
    /// A sentence that says what went wrong.
    pub(super) async fn fetch(&self, call: &Call, directory: &Path) -> Result<PathBuf, String> {
        match self {
            Self::File(path) => Ok(path.clone()),
            Self::Object { bucket, key } => {
                let path = directory.join(uuid::Uuid::new_v4().to_string());
                let got = call.bucket(bucket, async |bucket| bucket.get(key, &path).await).await;
                got.map(|()| path).map_err(|error| error.to_string())
            }
        }
    }
}
