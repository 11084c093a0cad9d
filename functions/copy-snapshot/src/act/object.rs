//! One object across Regions, server-side: no byte of it passes through the function.

use domain::class::Class;
use domain::journey::Step;
use domain::object::Object;
use domain::part::{self, Part};
use domain::port::{CopySource, ObjectStore, Place, Put, ServiceError, Upload, UploadedPart};
use futures::{StreamExt, TryStreamExt, stream};

use super::Stop;
use crate::budget::Budget;
use crate::observe::look;

/// Parts in flight per object. S3 copies a part at some tens of MB/s; this many keep a large
/// object's copy in the range of a GB/s.
const PARTS_IN_FLIGHT: usize = 24;

/// When and how an object is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// Larger objects are copied in parts; in bytes.
    pub(super) above: u64,
    /// Wished part size in bytes.
    pub(super) part_size: u64,
}

/// `CopyObject` takes no more than this: 5 GB, in S3's words; 5 GiB in its behaviour.
const LARGEST_SINGLE: u64 = 5 << 30;

/// Copies one object, unless it is whole on the other side already, and compares both sides.
///
/// # Errors
/// Class `Invalid` when other bytes are where the copy belongs.
pub(super) async fn copy_object(
    store: &dyn ObjectStore,
    from: &CopySource,
    original: &Object,
    to: &Place,
    cut: Cut,
    budget: &Budget,
) -> Result<Object, Stop> {
    let failed = Stop::at(Step::Copy);
    if let Some(there) = look(store, to).await.map_err(&failed)? {
        return compare(original, there, to);
    }
    if budget.is_over() {
        return Err(Stop::OutOfTime);
    }
    // Whether this attempt or another one made the object, it is compared all the same.
    let _: Put = if original.size > cut.above.min(LARGEST_SINGLE) {
        copy_in_parts(store, from, original.size, to, cut.part_size, budget).await?
    } else {
        store.copy_new(from, to).await.map_err(&failed)?
    };
    match look(store, to).await.map_err(&failed)? {
        Some(there) => compare(original, there, to),
        None => Err(failed(ServiceError::new(
            "s3:HeadObject",
            to.to_string(),
            Class::Transient,
            "the object was copied and cannot be found",
        ))),
    }
}

fn compare(original: &Object, there: Object, to: &Place) -> Result<Object, Stop> {
    if there.same_content(original) {
        return Ok(there);
    }
    let message = format!(
        "it has {} bytes with CRC64NVME {}, the original {} bytes with {}",
        there.size, there.crc64, original.size, original.crc64
    );
    Err(Stop::Failed(
        Step::Copy,
        ServiceError::new("compare", to.to_string(), Class::Invalid, message),
    ))
}

/// A multipart copy that goes on from whatever S3 already holds.
async fn copy_in_parts(
    store: &dyn ObjectStore,
    from: &CopySource,
    size: u64,
    to: &Place,
    part_size: u64,
    budget: &Budget,
) -> Result<Put, Stop> {
    let failed = Stop::at(Step::Copy);
    let (upload, done) = resume(store, to).await.map_err(&failed)?;
    let upload = &upload;
    let done = &done;
    let parts: Vec<UploadedPart> = stream::iter(part::cut(size, part_size))
        .map(|part: Part| async move {
            let is_whole = |d: &&UploadedPart| d.number == part.number && d.size == part.size();
            if let Some(done) = done.iter().find(is_whole) {
                return Ok(done.clone());
            }
            if budget.is_over() {
                return Err(Stop::OutOfTime);
            }
            store
                .copy_part(upload, part.number, from, part.bytes)
                .await
                .map_err(Stop::at(Step::Copy))
        })
        .buffered(PARTS_IN_FLIGHT)
        .try_collect()
        .await?;
    store.complete_upload(upload, &parts).await.map_err(&failed)
}

/// The oldest open upload to this key with the parts it has, or a new one.
async fn resume(
    store: &dyn ObjectStore,
    to: &Place,
) -> Result<(Upload, Vec<UploadedPart>), ServiceError> {
    for upload in store.uploads(to).await? {
        if let Some(parts) = store.parts(&upload).await? {
            return Ok((upload, parts));
        }
    }
    Ok((store.begin_upload(to).await?, Vec::new()))
}
