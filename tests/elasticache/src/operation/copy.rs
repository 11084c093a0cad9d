//! CopySnapshot: within the service, or out of it into a bucket.

use std::path::PathBuf;

use super::{Reply, snapshot};
use crate::fault::Fault;
use crate::model::{
    Snapshot, SnapshotOrigin, SnapshotStatus, SourceType, Tags, export_name, snapshot_name,
};
use crate::protocol::Params;
use crate::service::Call;
use crate::store::Region;

/// What a caller needs on the bucket, beside the service's own rights.
///
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-exporting.html>
const CALLER_ON_BUCKET: [&str; 2] = ["s3:GetBucketLocation", "s3:ListBucket"];
const CALLER_ON_OBJECTS: [&str; 3] = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"];

/// Copies or exports.
pub(super) async fn copy(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let source = params.required("SourceSnapshotName")?.to_ascii_lowercase();
    let target = params.required("TargetSnapshotName")?;
    let bucket = params.optional("TargetBucket");
    let kms_key_id = params.optional("KmsKeyId");
    let tags = Tags::take(&mut params)?;
    params.finish()?;
    match bucket {
        None => {
            let copy = Copy { target: snapshot_name(&target)?, kms_key_id, tags };
            copy.run(call, &source).await
        }
        Some(_) if kms_key_id.is_some() => Err(Fault::invalid_combination(
            "A KMS key cannot be given when a snapshot is exported to a bucket.",
        )),
        Some(bucket) => export(call, &source, &export_name(&target)?, bucket).await,
    }
}

struct Copy {
    target: String,
    kms_key_id: Option<String>,
    tags: Tags,
}

impl Copy {
    async fn run(self, call: &Call, source: &str) -> Result<Reply, Fault> {
        let directory = call.new_directory().await?;
        let (copy, files) = call.service.store.with(&call.scope, |region| {
            if region.snapshots.contains_key(&self.target) {
                return Err(Fault::snapshot_exists(&self.target));
            }
            let original = available(region, source)?;
            let mut copy = Snapshot {
                arn: call.scope.arn("snapshot", &self.target),
                status: SnapshotStatus::Copying,
                // A copy of an automatic snapshot is how to keep it, so it is a manual one.
                origin: SnapshotOrigin::Manual,
                kms_key_id: self.kms_key_id.or_else(|| original.kms_key_id.clone()),
                tags: self.tags,
                name: self.target,
                ..original.clone()
            };
            let mut files = Vec::new();
            for (index, node) in copy.nodes.iter_mut().enumerate() {
                let file = directory.join(format!("{:04}.rdb", index + 1));
                files.push((std::mem::replace(&mut node.file, file.clone()), file));
            }
            original.status = SnapshotStatus::Copying;
            region.snapshots.insert(copy.name.clone(), copy.clone());
            Ok((copy, files))
        })?;
        let answer = snapshot::reply("CopySnapshot", &copy);
        tokio::spawn(finish_copy(call.clone(), source.to_owned(), copy.name, files));
        Ok(answer)
    }
}

async fn finish_copy(call: Call, source: String, target: String, files: Vec<(PathBuf, PathBuf)>) {
    let mut failure = call.trouble.fail.then(|| "the work was told to fail".to_owned());
    for (from, to) in &files {
        if failure.is_none() {
            failure = tokio::fs::copy(from, to).await.err().map(|error| error.to_string());
        }
    }
    call.take_time().await;
    call.service.store.with(&call.scope, |region| {
        settle(region, &source, SnapshotStatus::Copying, SnapshotStatus::Available);
        let status = match &failure {
            None => SnapshotStatus::Available,
            Some(reason) => {
                tracing::warn!(snapshot = target, reason, "a copy failed");
                SnapshotStatus::Failed
            }
        };
        settle(region, &target, SnapshotStatus::Copying, status);
    });
}

async fn export(call: &Call, source: &str, target: &str, bucket: String) -> Result<Reply, Fault> {
    let shards = call.service.store.with(&call.scope, |region| {
        available(region, source).map(|snapshot| snapshot.nodes.len())
    })?;
    let keys: Vec<_> = (1..=shards).map(|shard| format!("{target}-{shard:04}.rdb")).collect();
    check_caller(call, &bucket, &keys).await?;
    call.bucket(&bucket, async |bucket| bucket.check_export(&keys).await).await?;

    // The bucket was looked at without the lock, so the snapshot is looked at again.
    let exporting = call.service.store.with(&call.scope, |region| {
        let snapshot = available(region, source)?;
        snapshot.status = SnapshotStatus::Exporting;
        Ok(snapshot.clone())
    })?;
    // The answer describes the source, which is what changes; AWS does not document it.
    let answer = snapshot::reply("CopySnapshot", &exporting);
    tokio::spawn(finish_export(call.clone(), exporting, keys, bucket));
    Ok(answer)
}

/// The service also asks whether the caller might write to the bucket by themselves.
async fn check_caller(call: &Call, bucket: &str, keys: &[String]) -> Result<(), Fault> {
    let all = call.authorize("s3:ListAllMyBuckets", "arn:aws:s3:::*").await;
    all.map_err(|_| {
        Fault::invalid_value(
            "Elasticache was unable to validate the authenticated user has access on the S3 bucket.",
        )
    })?;
    let arn = format!("arn:aws:s3:::{bucket}");
    let mut asked: Vec<_> = CALLER_ON_BUCKET.iter().map(|action| (*action, arn.clone())).collect();
    if let Some(key) = keys.first() {
        asked.extend(CALLER_ON_OBJECTS.iter().map(|action| (*action, format!("{arn}/{key}"))));
    }
    for (action, resource) in asked {
        call.authorize(action, &resource).await.map_err(|_| {
            Fault::invalid_value(
                "The authenticated user does not have sufficient permissions to perform the \
                 desired activity.",
            )
        })?;
    }
    Ok(())
}

/// Writes the files. AWS sends no notice of the outcome: whoever asked watches the bucket.
async fn finish_export(call: Call, snapshot: Snapshot, keys: Vec<String>, bucket: String) {
    call.take_time().await;
    let files: Vec<_> = snapshot.nodes.iter().map(|node| node.file.clone()).collect();
    let written = if call.trouble.fail {
        Err("the work was told to fail".to_owned())
    } else {
        call.bucket(&bucket, async |bucket| {
            for (key, file) in keys.iter().zip(&files) {
                bucket.put(key, file).await.map_err(|error| error.to_string())?;
            }
            Ok(())
        })
        .await
    };
    let name = &snapshot.name;
    call.service.store.with(&call.scope, |region| {
        settle(region, name, SnapshotStatus::Exporting, SnapshotStatus::Available);
        if let Err(reason) = &written {
            tracing::warn!(snapshot = name, bucket, reason, "an export failed");
            let node = snapshot.nodes.first().map_or(name, |node| &node.cluster_id);
            let message = format!("Failed to export snapshot with ID '{name}'");
            region.happened(SourceType::CacheCluster, node, message);
        }
    });
}

fn available<'a>(region: &'a mut Region, name: &str) -> Result<&'a mut Snapshot, Fault> {
    let snapshot = region.snapshots.get_mut(name).ok_or_else(|| Fault::snapshot_not_found(name))?;
    if snapshot.status == SnapshotStatus::Available {
        return Ok(snapshot);
    }
    let message = format!("Snapshot {name} has status {} and cannot be copied.", snapshot.status);
    Err(Fault::snapshot_state(message))
}

fn settle(region: &mut Region, name: &str, from: SnapshotStatus, to: SnapshotStatus) {
    if let Some(snapshot) = region.snapshots.get_mut(name)
        && snapshot.status == from
    {
        snapshot.status = to;
    }
}
