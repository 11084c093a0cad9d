//! Objects as S3 describes them.

use serde::{Deserialize, Serialize};

use crate::checksum::Crc64;

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The whole key.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// The entity tag, without quotes: it names exactly these bytes in this bucket.
    pub etag: String,
}

/// One object, with what proves its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// The whole key.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// The entity tag, without quotes.
    pub etag: String,
    /// The version, in a versioned bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// CRC64NVME over the whole object: S3's own where it keeps one, else computed by reading
    /// every byte.
    pub crc64: Crc64,
}

impl Object {
    /// Whether both hold the same bytes, as far as size and checksum can tell.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.size == other.size && self.crc64 == other.crc64
    }
}
