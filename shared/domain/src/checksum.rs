//! CRC64NVME, the checksum S3 keeps for a whole object however it was uploaded.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use std::fmt;

use serde::{Deserialize, Serialize};

/// A CRC64NVME value. Shown, stored and compared as sixteen hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Crc64(pub u64);

impl fmt::Display for Crc64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The text was not sixteen hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a CRC64NVME value: expected sixteen hexadecimal digits")]
pub struct BadChecksum;

impl TryFrom<String> for Crc64 {
    type Error = BadChecksum;

    fn try_from(text: String) -> Result<Self, BadChecksum> {
        if text.len() != 16 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(BadChecksum);
        }
        u64::from_str_radix(&text, 16).map(Self).map_err(|_| BadChecksum)
    }
}

impl Serialize for Crc64 {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Crc64 {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}
