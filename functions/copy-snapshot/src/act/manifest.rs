//! The manifest: written last, once, and never over another one.

use domain::class::Class;
use domain::export;
use domain::journey::Journey;
use domain::manifest::Manifest;
use domain::object::Object;
use domain::port::{Place, Put, ServiceError};

use crate::deps::Vault;
use crate::observe::look;

/// No manifest is larger: 500 shards with long names stay well under it.
const LIMIT: u64 = 4 << 20;

/// Writes the manifest, or finds the one an earlier attempt wrote.
///
/// # Errors
/// Class `Invalid` when another manifest is in its place.
pub(super) async fn write(
    vault: &Vault,
    journey: &Journey,
    objects: &[Object],
) -> Result<Object, ServiceError> {
    let place =
        Place { bucket: journey.bucket.clone(), key: export::manifest_key(&journey.source) };
    let trouble = |class, message: String| {
        ServiceError::new("s3:PutObject", place.to_string(), class, message)
    };
    let body = Manifest::new(&journey.id, &journey.source, &journey.bucket, objects)
        .to_json()
        .map_err(|error| trouble(Class::Bug, error.to_string()))?;
    if vault.store.put_new(&place, body.clone()).await? == Put::Existed {
        let there = vault.store.get(&place, LIMIT).await?;
        if there.as_deref() != Some(body.as_slice()) {
            return Err(trouble(
                Class::Invalid,
                "another manifest is in its place, and it describes another copy".to_owned(),
            ));
        }
    }
    look(vault.store.as_ref(), &place).await?.ok_or_else(|| {
        trouble(Class::Transient, "the manifest was written and cannot be found".to_owned())
    })
}
