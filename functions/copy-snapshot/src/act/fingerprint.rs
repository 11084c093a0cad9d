//! Learning what was staged.

use domain::class::Class;
use domain::id::BucketName;
use domain::object::{Listed, Object};
use domain::port::{ObjectStore, Place, ServiceError};
use futures::{StreamExt, TryStreamExt, stream};

use crate::observe::look;

/// Shards looked at side by side.
const SIDE_BY_SIDE: usize = 8;

/// The staged objects with their checksums, in the order they were listed.
///
/// # Errors
/// Class `Conflict` when an object is no longer what was listed.
pub(crate) async fn fingerprint(
    store: &dyn ObjectStore,
    bucket: &BucketName,
    listed: &[Listed],
) -> Result<Vec<Object>, ServiceError> {
    stream::iter(listed)
        .map(|listed| async move {
            let place = Place { bucket: bucket.clone(), key: listed.key.clone() };
            match look(store, &place).await? {
                Some(object) if object.etag == listed.etag => Ok(object),
                _ => Err(ServiceError::new(
                    "s3:HeadObject",
                    place.to_string(),
                    Class::Conflict,
                    "the staged object changed while it was looked at",
                )),
            }
        })
        .buffered(SIDE_BY_SIDE)
        .try_collect()
        .await
}
