use std::ops::Range;

use async_trait::async_trait;

use super::ServiceError;
use crate::checksum::Crc64;
use crate::id::BucketName;
use crate::object::Listed;

/// Where an object lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The bucket.
    pub bucket: BucketName,
    /// The whole key.
    pub key: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// What `HeadObject` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Size in bytes.
    pub size: u64,
    /// Entity tag, without quotes.
    pub etag: String,
    /// Version, in a versioned bucket.
    pub version_id: Option<String>,
    /// S3's own CRC64NVME over the whole object, where it keeps one.
    pub crc64: Option<Crc64>,
}

/// The source of a copy, pinned to its entity tag: other bytes under the same key are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopySource {
    /// Where it lies.
    pub place: Place,
    /// What it must still be.
    pub etag: String,
}

/// A multipart upload that was begun and not yet ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Where the object will appear.
    pub place: Place,
    /// S3's name for the upload.
    pub id: String,
}

/// One part that S3 already holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedPart {
    /// From 1.
    pub number: i32,
    /// Size in bytes.
    pub size: u64,
    /// Its entity tag, which completing needs.
    pub etag: String,
    /// Its own checksum, where S3 computed one; completing a checksummed upload needs it.
    pub crc64: Option<Crc64>,
}

/// How a conditional write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The object is new.
    Created,
    /// An object of that key existed; nothing was written.
    Existed,
}

/// S3, seen from one Region. Copies are addressed to the destination's Region.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Every object under a prefix, all pages, in key order.
    async fn list(&self, bucket: &BucketName, prefix: &str) -> Result<Vec<Listed>, ServiceError>;

    /// One object's facts; `None` where there is none.
    async fn head(&self, place: &Place) -> Result<Option<Head>, ServiceError>;

    /// Reads every byte and computes the checksum: for objects S3 keeps none for.
    ///
    /// # Errors
    /// Class `Conflict` when the object is no longer the one with this entity tag.
    async fn read_crc64(&self, place: &Place, etag: &str) -> Result<Crc64, ServiceError>;

    /// The whole object, if it is no larger than `limit` bytes.
    async fn get(&self, place: &Place, limit: u64) -> Result<Option<Vec<u8>>, ServiceError>;

    /// Writes a small object unless one of that key exists.
    async fn put_new(&self, place: &Place, body: Vec<u8>) -> Result<Put, ServiceError>;

    /// Copies an object of up to 5 GB in one request, unless one of that key exists.
    async fn copy_new(&self, from: &CopySource, to: &Place) -> Result<Put, ServiceError>;

    /// Uploads to exactly this key that were begun and not ended, oldest first.
    async fn uploads(&self, to: &Place) -> Result<Vec<Upload>, ServiceError>;

    /// Begins an upload.
    async fn begin_upload(&self, to: &Place) -> Result<Upload, ServiceError>;

    /// The parts S3 holds of an upload; `None` when the upload has ended in the meantime.
    async fn parts(&self, upload: &Upload) -> Result<Option<Vec<UploadedPart>>, ServiceError>;

    /// Copies a range of the source into a part.
    async fn copy_part(
        &self,
        upload: &Upload,
        number: i32,
        from: &CopySource,
        bytes: Range<u64>,
    ) -> Result<UploadedPart, ServiceError>;

    /// Makes the object of its parts, unless one of that key exists.
    async fn complete_upload(
        &self,
        upload: &Upload,
        parts: &[UploadedPart],
    ) -> Result<Put, ServiceError>;
}
