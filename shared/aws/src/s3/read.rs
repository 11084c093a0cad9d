//! Listings, facts and small objects.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{ChecksumMode, ChecksumType};
use domain::class::Class;
use domain::id::BucketName;
use domain::object::Listed;
use domain::port::{Head, Place, ServiceError};

use super::failure::{code, on, own, status};
use super::{bytes, checksum, unquoted};
use crate::failure::failed;

/// Every object under a prefix. S3 lists in the order of UTF-8 keys, page by page.
pub(super) async fn list(
    client: &Client,
    bucket: &BucketName,
    prefix: &str,
) -> Result<Vec<Listed>, ServiceError> {
    let mut pages =
        client.list_objects_v2().bucket(bucket.as_str()).prefix(prefix).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            failed("s3:ListObjectsV2", format!("s3://{bucket}/{prefix}*"), own, error)
        })?;
        found.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| {
            Some(Listed {
                size: bytes(object.size),
                etag: unquoted(object.e_tag.as_deref()),
                key: object.key?,
            })
        }));
    }
    Ok(found)
}

/// One object's facts; `None` where there is none.
///
/// Without `s3:ListBucket` on the bucket, S3 answers 403 for an object that does not exist.
pub(super) async fn head(client: &Client, place: &Place) -> Result<Option<Head>, ServiceError> {
    let answer = client
        .head_object()
        .bucket(place.bucket.as_str())
        .key(&place.key)
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await;
    let head = match answer {
        Ok(head) => head,
        Err(error) if status(&error) == Some(404) => return Ok(None),
        Err(error) => return Err(on("s3:HeadObject", place, error)),
    };
    // A composite checksum is one of checksums, and says nothing about the whole. S3 computes
    // CRC64NVME over whole objects only, so a store that names no type means this one.
    let whole = !matches!(head.checksum_type, Some(ChecksumType::Composite));
    let crc64 = head.checksum_crc64_nvme.as_deref().filter(|_| whole).and_then(checksum::decode);
    Ok(Some(Head {
        size: bytes(head.content_length),
        etag: unquoted(head.e_tag.as_deref()),
        version_id: head.version_id.filter(|id| id != "null"),
        crc64,
    }))
}

/// The whole object, if it is no larger than `limit` bytes.
pub(super) async fn get(
    client: &Client,
    place: &Place,
    limit: u64,
) -> Result<Option<Vec<u8>>, ServiceError> {
    const OPERATION: &str = "s3:GetObject";
    let answer = client.get_object().bucket(place.bucket.as_str()).key(&place.key).send().await;
    let mut object = match answer {
        Ok(object) => object,
        Err(error) if code(&error) == Some("NoSuchKey") => return Ok(None),
        Err(error) => return Err(on(OPERATION, place, error)),
    };
    let too_large = |size: u64| {
        ServiceError::new(
            OPERATION,
            place.to_string(),
            Class::Invalid,
            format!("the object has {size} bytes or more, and at most {limit} were expected"),
        )
    };
    let announced = bytes(object.content_length);
    if announced > limit {
        return Err(too_large(announced));
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = object.body.next().await {
        let chunk = chunk.map_err(|error| checksum::broken_off(place, error))?;
        body.extend_from_slice(&chunk);
        // A length that was announced may be wrong; the limit holds all the same.
        if body.len() as u64 > limit {
            return Err(too_large(body.len() as u64));
        }
    }
    Ok(Some(body))
}
