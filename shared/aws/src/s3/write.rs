//! Objects made in one request, never over an existing one.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use domain::class::Class;
use domain::port::{CopySource, Place, Put, ServiceError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::failure::{on, precondition};
use super::{quoted, read};
use crate::sdk::patient;

/// How long S3 may take to copy an object or a part: up to 5 GB, between Regions.
pub(super) const COPY: Duration = Duration::from_secs(300);

/// What a copy source may hold unescaped, the slash between folders included.
const KEY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `bucket/key` as `x-amz-copy-source` wants it; the SDK does not escape it.
pub(super) fn copy_source(from: &Place) -> String {
    format!("{}/{}", from.bucket, utf8_percent_encode(&from.key, KEY))
}

/// Writes a small object unless one of that key exists.
pub(super) async fn put_new(
    client: &Client,
    place: &Place,
    body: Vec<u8>,
) -> Result<Put, ServiceError> {
    let answer = client
        .put_object()
        .bucket(place.bucket.as_str())
        .key(&place.key)
        .if_none_match("*")
        // Sent along and checked by S3 before it stores anything, and kept for later.
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
        .body(ByteStream::from(body))
        .send()
        .await;
    match answer {
        Ok(_) => Ok(Put::Created),
        Err(error) if precondition(&error) => Ok(Put::Existed),
        Err(error) => Err(on("s3:PutObject", place, error)),
    }
}

/// Copies an object in one request, unless one of that key exists.
///
/// S3 may answer 200 and put an error into the body once copying took a while; the SDK reads
/// that as the error it is.
pub(super) async fn copy_new(
    client: &Client,
    from: &CopySource,
    to: &Place,
) -> Result<Put, ServiceError> {
    const OPERATION: &str = "s3:CopyObject";
    let answer = client
        .copy_object()
        .bucket(to.bucket.as_str())
        .key(&to.key)
        .copy_source(copy_source(&from.place))
        .copy_source_if_match(quoted(&from.etag))
        .if_none_match("*")
        // A copy keeps its source's algorithm, and ElastiCache's exports need not have this one.
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
        .customize()
        .config_override(Builder::new().timeout_config(patient(COPY)))
        .send()
        .await;
    match answer {
        Ok(_) => Ok(Put::Created),
        // Two conditions and one status for both.
        Err(error) if precondition(&error) => match read::head(client, to).await? {
            Some(_) => Ok(Put::Existed),
            None => Err(ServiceError {
                class: Class::Conflict,
                message: format!("{} is no longer the object that was seen", from.place),
                ..on(OPERATION, to, error)
            }),
        },
        Err(error) => Err(on(OPERATION, to, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_source_is_escaped_but_for_its_folders() {
        let place = Place {
            bucket: "stage".parse().unwrap(),
            key: "a/b+c é.20260307t031500z-0001.rdb".into(),
        };
        assert_eq!(copy_source(&place), "stage/a/b%2Bc%20%C3%A9.20260307t031500z-0001.rdb");
    }
}
