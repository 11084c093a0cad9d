//! From staging to the DR Region: every object, then the manifest.

use domain::export;
use domain::journey::{Copy, Journey, Step};
use domain::object::Object;
use domain::port::{CopySource, Place};
use futures::{StreamExt, TryStreamExt, stream};

use super::object::{Cut, copy_object};
use super::{Stop, manifest};
use crate::budget::Budget;
use crate::deps::{Deps, Vault};

/// Objects copied side by side; each large one has many parts in flight of its own.
const SIDE_BY_SIDE: usize = 4;

/// Makes the copy whole and says what it is.
///
/// Objects that are whole already are compared and left alone.
///
/// # Errors
/// [`Stop::OutOfTime`] when the budget ends first.
pub(crate) async fn copy(
    deps: &Deps,
    vault: &Vault,
    journey: &Journey,
    budget: &Budget,
) -> Result<Copy, Stop> {
    let cut = Cut { above: deps.settings.multipart_above, part_size: deps.settings.part_size };
    let objects: Vec<Object> = stream::iter(journey.staged.iter().enumerate())
        .map(|(i, staged)| async move {
            let from = CopySource {
                place: Place { bucket: deps.settings.staging.clone(), key: staged.key.clone() },
                etag: staged.etag.clone(),
            };
            let to =
                Place { bucket: journey.bucket.clone(), key: export::copy_key(&journey.source, i) };
            copy_object(vault.store.as_ref(), &from, staged, &to, cut, budget).await
        })
        .buffered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    let manifest =
        manifest::write(vault, journey, &objects).await.map_err(Stop::at(Step::Manifest))?;
    Ok(Copy { objects, manifest })
}
