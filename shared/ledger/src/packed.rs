//! A journey as text that fits an item.
//!
//! A journey lists its objects twice, staged and copied, and a cache may have 500 shards. Their
//! keys share a long beginning; written out a thousand times it would break DynamoDB's limit of
//! 400 KB an item. So it is written once.

use domain::checksum::Crc64;
use domain::id::{BucketName, JourneyId};
use domain::journey::{Alarm, Copy, Journey, State};
use domain::object::Object;
use domain::source::Source;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::canonical;

/// The canonical text of a journey, which the current-state item holds and entries digest.
///
/// # Errors
/// When the journey has no JSON form; none of its fields allows that today.
pub(crate) fn write(journey: &Journey) -> Result<String, serde_json::Error> {
    canonical::text(&Document::from(journey.clone()))
}

/// Reads [`write`]'s text.
///
/// # Errors
/// When the text is no journey.
pub(crate) fn read(text: &str) -> Result<Journey, serde_json::Error> {
    serde_json::from_str::<Document>(text).map(Journey::from)
}

/// [`Journey`], with its objects packed.
#[derive(Serialize, Deserialize)]
struct Document {
    id: JourneyId,
    source: Source,
    bucket: BucketName,
    state: State,
    #[serde(default, skip_serializing_if = "Pack::is_empty")]
    staged: Pack,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    copy: Option<PackedCopy>,
    attempts: u32,
    alarm: Alarm,
    opened_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct PackedCopy {
    objects: Pack,
    manifest: Object,
}

/// Objects whose keys share a beginning.
#[derive(Default, Serialize, Deserialize)]
struct Pack {
    prefix: String,
    objects: Vec<Packed>,
}

/// An object: the rest of its key, size, entity tag, version, checksum.
#[derive(Serialize, Deserialize)]
struct Packed(String, u64, String, Option<String>, Crc64);

impl Pack {
    fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

impl From<Vec<Object>> for Pack {
    fn from(objects: Vec<Object>) -> Self {
        let prefix = shared_prefix(&objects).to_owned();
        let packed = |o: Object| {
            let rest = o.key[prefix.len()..].to_owned();
            Packed(rest, o.size, o.etag, o.version_id, o.crc64)
        };
        let objects = objects.into_iter().map(packed).collect();
        Self { prefix, objects }
    }
}

impl From<Pack> for Vec<Object> {
    fn from(Pack { prefix, objects }: Pack) -> Self {
        let unpacked = |Packed(rest, size, etag, version_id, crc64)| Object {
            key: format!("{prefix}{rest}"),
            size,
            etag,
            version_id,
            crc64,
        };
        objects.into_iter().map(unpacked).collect()
    }
}

/// The longest beginning that all keys share, cut where a character ends.
fn shared_prefix(objects: &[Object]) -> &str {
    let Some((first, rest)) = objects.split_first() else { return "" };
    let shared = rest.iter().fold(first.key.len(), |shared, object| {
        let pairs = first.key.bytes().zip(object.key.bytes());
        pairs.take_while(|(a, b)| a == b).count().min(shared)
    });
    &first.key[..first.key.floor_char_boundary(shared)]
}

impl From<Journey> for Document {
    fn from(journey: Journey) -> Self {
        let Journey {
            id,
            source,
            bucket,
            state,
            staged,
            copy,
            attempts,
            alarm,
            opened_at,
            updated_at,
        } = journey;
        let copy =
            copy.map(|Copy { objects, manifest }| PackedCopy { objects: objects.into(), manifest });
        Self {
            id,
            source,
            bucket,
            state,
            staged: staged.into(),
            copy,
            attempts,
            alarm,
            opened_at,
            updated_at,
        }
    }
}

impl From<Document> for Journey {
    fn from(document: Document) -> Self {
        let Document {
            id,
            source,
            bucket,
            state,
            staged,
            copy,
            attempts,
            alarm,
            opened_at,
            updated_at,
        } = document;
        let copy =
            copy.map(|PackedCopy { objects, manifest }| Copy { objects: objects.into(), manifest });
        Self {
            id,
            source,
            bucket,
            state,
            staged: staged.into(),
            copy,
            attempts,
            alarm,
            opened_at,
            updated_at,
        }
    }
}
