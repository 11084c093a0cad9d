//! Following journeys while they go on.

use std::time::Duration;

use anyhow::{Context, Result};
use domain::id::SnapshotName;
use domain::journey::{Alarm, Change, Journey, State};
use domain::object::Object;
use domain::{export, journey};
use futures::future::try_join_all;
use indicatif::{HumanBytes, ProgressBar};
use jiff::Timestamp;
use ledger::Sealed;

use super::narrator::{Narrator, byte_bar};
use super::stage::{Site, Stage, wait};

/// How long journeys may take. They take seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// A journey that is followed.
pub(super) struct Trip {
    cache: &'static str,
    snapshot: SnapshotName,
    /// The entries of its history that were shown.
    shown: usize,
    /// When the first of those happened that this watch shows.
    begun: Option<Timestamp>,
}

impl Trip {
    /// A journey of which nothing was shown yet.
    pub(super) fn new(cache: &'static str, snapshot: &str) -> Result<Self> {
        Ok(Self { cache, snapshot: snapshot.parse()?, shown: 0, begun: None })
    }

    /// The snapshot's name.
    pub(super) fn snapshot(&self) -> &str {
        self.snapshot.as_str()
    }

    /// Shows what was recorded since it was last looked at. Answers with the journey once it has
    /// come to rest: arrived, or failed with everyone told.
    async fn look(
        &mut self,
        stage: &Stage,
        narrator: &Narrator,
        bar: &ProgressBar,
    ) -> Result<Option<Journey>> {
        let audits = stage.ledger.audit(&stage.primary.region, &self.snapshot).await?;
        let Some(audit) = audits.into_iter().next_back() else { return Ok(None) };
        let journey = audit.journey;
        let news = &audit.entries[self.shown.min(audit.entries.len())..];
        for sealed in news {
            self.tell(sealed, narrator);
        }
        self.shown = audit.entries.len();
        bar.set_message(journey.state.name());
        if self.begun.is_none() {
            return Ok(None);
        }
        let (staged, copied) = bytes(stage, &journey).await?;
        if staged > 0 {
            bar.set_length(staged);
            bar.set_position(copied);
        }
        let at_rest = matches!(journey.state, State::Copied | State::Failed { .. })
            && matches!(journey.alarm, Alarm::Quiet | Alarm::Open);
        if !at_rest {
            return Ok(None);
        }
        let took = self.since_begun(journey.updated_at);
        bar.abandon_with_message(format!("{} in {took:.1} s", journey.state.name()));
        Ok(Some(journey))
    }

    fn tell(&mut self, sealed: &Sealed, narrator: &Narrator) {
        let entry = sealed.entry();
        self.begun.get_or_insert(entry.at);
        let after = self.since_begun(entry.at);
        let what = words(&entry.change, entry.journey.dr_region.as_str());
        narrator.unwatched(&format!("{:<9} {after:>4.1} s  {what}", self.cache));
    }

    fn since_begun(&self, at: Timestamp) -> f64 {
        self.begun.map_or(0.0, |begun| at.duration_since(begun).as_secs_f64())
    }
}

/// Shows the journeys until all of them are at rest, and returns them as they are then.
///
/// # Errors
/// They take too long, or the cloud does not answer.
pub(super) async fn follow(
    stage: &Stage,
    narrator: &Narrator,
    trips: &mut [Trip],
) -> Result<Vec<Journey>> {
    let bars = narrator.bars();
    let names: Vec<_> = trips.iter().map(|trip| trip.snapshot.to_string()).collect();
    let following = trips.iter_mut().map(|trip| {
        let bar = byte_bar(&bars, trip.cache);
        bar.set_message("waiting for the snapshot");
        async move {
            trip.begun = None;
            let awaited = format!("the journey of {} to end", trip.snapshot);
            wait(&awaited, PATIENCE, async || trip.look(stage, narrator, &bar).await).await
        }
    });
    let journeys = try_join_all(following).await;
    journeys.with_context(|| format!("following {}", names.join(" and ")))
}

/// Bytes that are staged, and bytes of them that lie in the DR Region.
async fn bytes(stage: &Stage, journey: &Journey) -> Result<(u64, u64)> {
    let source = &journey.source;
    let staged = export::target_name(source);
    let folder = export::copy_folder(source);
    let staged = written(&stage.primary, &stage.stacks.staging_bucket, &staged);
    let copied = written(&stage.dr, &stage.dr_bucket, &folder);
    let (staged, copied) = tokio::try_join!(staged, copied)?;
    // What became an object between two listings is counted twice for a moment.
    Ok((staged, copied.min(staged)))
}

/// Bytes of whole files, and of the parts of others, under a prefix.
async fn written(site: &Site, bucket: &str, prefix: &str) -> Result<u64> {
    let (whole, parts) =
        tokio::try_join!(listed(site, bucket, prefix), uploaded(site, bucket, prefix))?;
    Ok(whole + parts)
}

/// Bytes of the snapshot files under a prefix.
async fn listed(site: &Site, bucket: &str, prefix: &str) -> Result<u64> {
    let answer = site.s3.list_objects_v2().bucket(bucket).prefix(prefix).send().await?;
    let files = answer.contents().iter();
    let files = files.filter(|object| object.key().is_some_and(|key| key.ends_with(".rdb")));
    Ok(files.filter_map(|object| u64::try_from(object.size()?).ok()).sum())
}

/// Bytes of the parts of files that are not whole yet.
async fn uploaded(site: &Site, bucket: &str, prefix: &str) -> Result<u64> {
    let uploads = site.s3.list_multipart_uploads().bucket(bucket).prefix(prefix).send().await?;
    let mut bytes = 0;
    for upload in uploads.uploads() {
        let parts = site.s3.list_parts().bucket(bucket);
        let parts = parts.set_key(upload.key.clone()).set_upload_id(upload.upload_id.clone());
        // It is gone once it is complete, and the next look finds the object.
        if let Ok(parts) = parts.send().await {
            let sizes = parts.parts().iter().filter_map(|part| u64::try_from(part.size()?).ok());
            bytes += sizes.sum::<u64>();
        }
    }
    Ok(bytes)
}

/// What happened, for a person who sees it for the first time.
fn words(change: &Change, dr_region: &str) -> String {
    match change {
        Change::Opened => format!("observed: it is finished, and has to go to {dr_region}"),
        Change::ExportStarted { .. } => {
            "exporting: ElastiCache writes it into the staging bucket".to_owned()
        }
        Change::ExportSeen => "exporting: an export of it is under way".to_owned(),
        Change::Exported { objects, .. } => {
            format!("exported: {} staged, checksums taken", amount(objects))
        }
        Change::CopyStarted => format!("copying: S3 copies it to {dr_region}, part by part"),
        Change::Copied { copy } => {
            format!("copied: {}, compared on both sides, manifest written", amount(&copy.objects))
        }
        Change::AttemptFailed { failure } => format!("to be tried again: {}", short(failure)),
        Change::Failed { failure } => format!("failed: {}", short(failure)),
        Change::Restored => "copied: the copy is again what was recorded".to_owned(),
        Change::AlertOpened => "alert published".to_owned(),
        Change::AlertResolved => "resolve published".to_owned(),
        Change::Skipped { reason } => format!("skipped: {reason}"),
    }
}

fn short(failure: &journey::Failure) -> String {
    format!("at step {}, attempt {}", failure.step.name(), failure.attempts)
}

/// `2 files of 23.4 MiB`.
pub(super) fn amount(objects: &[Object]) -> String {
    let bytes = HumanBytes(objects.iter().map(|object| object.size).sum());
    match objects.len() {
        1 => format!("1 file of {bytes}"),
        files => format!("{files} files of {bytes}"),
    }
}
