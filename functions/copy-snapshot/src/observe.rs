//! How things stand around one journey.

use domain::checksum::Crc64;
use domain::decide::{Seen, SnapshotSeen, needs_snapshot};
use domain::export;
use domain::journey::{Copy, Journey};
use domain::object::{Listed, Object};
use domain::port::{Lookup, ObjectStore, Place, ServiceError};

use crate::deps::{Deps, Vault};

/// Looks at staging, at the copy, and at the snapshot where the decision depends on it.
///
/// # Errors
/// When something cannot be looked at.
pub(crate) async fn observe(
    deps: &Deps,
    vault: &Vault,
    journey: &Journey,
) -> Result<Seen, ServiceError> {
    let folder = export::copy_folder(&journey.source);
    let copies = vault.store.list(&journey.bucket, &folder).await?;
    if let Some(copy) = &journey.copy {
        let altered = altered(vault, journey, copy, &copies).await?;
        return Ok(Seen { snapshot: SnapshotSeen::Available, staged: Vec::new(), copies, altered });
    }
    let target = export::target_name(&journey.source);
    let staged = deps.staging.list(&deps.settings.staging, &target).await?;
    let mut seen = Seen { snapshot: SnapshotSeen::Gone, staged, copies, altered: Vec::new() };
    if needs_snapshot(journey, &seen) {
        let snapshot = &journey.id.snapshot;
        let facts = deps.caches.snapshot(journey.source.kind.family(), &snapshot.name).await?;
        seen.snapshot = match facts {
            Lookup::Found(facts) if facts.source.snapshot == *snapshot => facts.status,
            // Another one has the name now, or none.
            Lookup::Found(_) | Lookup::Young | Lookup::Missing => SnapshotSeen::Gone,
        };
    }
    Ok(seen)
}

/// The keys of a finished copy that hold other bytes than were recorded.
///
/// The listing is enough while size and entity tag are as recorded. Only where they differ is
/// the object itself asked: the same bytes written again are no damage.
async fn altered(
    vault: &Vault,
    journey: &Journey,
    copy: &Copy,
    listed: &[Listed],
) -> Result<Vec<String>, ServiceError> {
    let mut altered = Vec::new();
    for object in copy.objects.iter().chain([&copy.manifest]) {
        let Some(now) = listed.iter().find(|l| l.key == object.key) else { continue };
        if now.etag == object.etag && now.size == object.size {
            continue;
        }
        let place = Place { bucket: journey.bucket.clone(), key: object.key.clone() };
        let same = match look(vault.store.as_ref(), &place).await? {
            Some(current) => current.same_content(object),
            None => false,
        };
        if !same {
            altered.push(object.key.clone());
        }
    }
    Ok(altered)
}

/// One object with its checksum: S3's own where it keeps one, else computed by reading it.
///
/// # Errors
/// When S3 cannot be asked, or the object changes while it is read.
pub(crate) async fn look(
    store: &dyn ObjectStore,
    place: &Place,
) -> Result<Option<Object>, ServiceError> {
    let Some(head) = store.head(place).await? else { return Ok(None) };
    let crc64: Crc64 = match head.crc64 {
        Some(crc64) => crc64,
        None => store.read_crc64(place, &head.etag).await?,
    };
    Ok(Some(Object {
        key: place.key.clone(),
        size: head.size,
        etag: head.etag,
        version_id: head.version_id,
        crc64,
    }))
}
