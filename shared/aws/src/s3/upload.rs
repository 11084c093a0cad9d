//! Multipart uploads made of server-side copies.

use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart, MultipartUpload,
};
use domain::class::Class;
use domain::port::{CopySource, Place, Put, ServiceError, Upload, UploadedPart};

use super::failure::{code, on, precondition};
use super::write::{COPY, copy_source};
use super::{bytes as size_of, checksum, quoted, unquoted};
use crate::sdk::patient;

/// Uploads to exactly this key that were begun and not ended, oldest first.
pub(super) async fn begun(client: &Client, to: &Place) -> Result<Vec<Upload>, ServiceError> {
    let mut found: Vec<MultipartUpload> = Vec::new();
    let mut marker: Option<(String, Option<String>)> = None;
    loop {
        let (key_marker, id_marker) = marker.take().map_or((None, None), |(k, id)| (Some(k), id));
        let page = client
            .list_multipart_uploads()
            .bucket(to.bucket.as_str())
            .prefix(&to.key)
            .set_key_marker(key_marker)
            .set_upload_id_marker(id_marker)
            .send()
            .await
            .map_err(|error| on("s3:ListMultipartUploads", to, error))?;
        // The prefix also matches longer keys.
        let exact = |upload: &MultipartUpload| upload.key.as_deref() == Some(&to.key);
        found.extend(page.uploads.unwrap_or_default().into_iter().filter(exact));
        match page.next_key_marker {
            Some(key) if page.is_truncated == Some(true) => {
                marker = Some((key, page.next_upload_id_marker));
            }
            _ => break,
        }
    }
    found.sort_by(|a, b| (&a.initiated, &a.upload_id).cmp(&(&b.initiated, &b.upload_id)));
    let ids = found.into_iter().filter_map(|upload| upload.upload_id);
    Ok(ids.map(|id| Upload { place: to.clone(), id }).collect())
}

/// Begins an upload whose object will carry S3's own CRC64NVME.
pub(super) async fn begin(client: &Client, to: &Place) -> Result<Upload, ServiceError> {
    const OPERATION: &str = "s3:CreateMultipartUpload";
    let answer = client
        .create_multipart_upload()
        .bucket(to.bucket.as_str())
        .key(&to.key)
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
        .checksum_type(ChecksumType::FullObject)
        .send()
        .await
        .map_err(|error| on(OPERATION, to, error))?;
    match answer.upload_id {
        Some(id) => Ok(Upload { place: to.clone(), id }),
        None => Err(ServiceError::new(
            OPERATION,
            to.to_string(),
            Class::Bug,
            "the answer names no upload id",
        )),
    }
}

/// The parts S3 holds of an upload, in order; `None` when it has ended.
pub(super) async fn parts(
    client: &Client,
    upload: &Upload,
) -> Result<Option<Vec<UploadedPart>>, ServiceError> {
    let mut pages = client
        .list_parts()
        .bucket(upload.place.bucket.as_str())
        .key(&upload.place.key)
        .upload_id(&upload.id)
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(error) if code(&error) == Some("NoSuchUpload") => return Ok(None),
            Err(error) => return Err(on("s3:ListParts", &upload.place, error)),
        };
        found.extend(page.parts.unwrap_or_default().into_iter().filter_map(|part| {
            Some(UploadedPart {
                number: part.part_number?,
                size: size_of(part.size),
                etag: unquoted(part.e_tag.as_deref()),
                crc64: part.checksum_crc64_nvme.as_deref().and_then(checksum::decode),
            })
        }));
    }
    Ok(Some(found))
}

/// Copies a range of the source into a part.
pub(super) async fn copy_part(
    client: &Client,
    upload: &Upload,
    number: i32,
    from: &CopySource,
    bytes: Range<u64>,
) -> Result<UploadedPart, ServiceError> {
    const OPERATION: &str = "s3:UploadPartCopy";
    let answer = client
        .upload_part_copy()
        .bucket(upload.place.bucket.as_str())
        .key(&upload.place.key)
        .upload_id(&upload.id)
        .part_number(number)
        .copy_source(copy_source(&from.place))
        .copy_source_if_match(quoted(&from.etag))
        .copy_source_range(format!("bytes={}-{}", bytes.start, bytes.end.saturating_sub(1)))
        .customize()
        .config_override(Builder::new().timeout_config(patient(COPY)))
        .send()
        .await
        .map_err(|error| on(OPERATION, &upload.place, error))?;
    let part = answer.copy_part_result.filter(|part| part.e_tag.is_some());
    let Some(part) = part else {
        return Err(ServiceError::new(
            OPERATION,
            upload.place.to_string(),
            Class::Transient,
            format!("the answer names no entity tag for part {number}"),
        ));
    };
    Ok(UploadedPart {
        number,
        size: bytes.end - bytes.start,
        etag: unquoted(part.e_tag.as_deref()),
        crc64: part.checksum_crc64_nvme.as_deref().and_then(checksum::decode),
    })
}

/// Makes the object of its parts, unless one of that key exists.
pub(super) async fn complete(
    client: &Client,
    upload: &Upload,
    parts: &[UploadedPart],
) -> Result<Put, ServiceError> {
    let parts = parts.iter().map(|part| {
        CompletedPart::builder()
            .part_number(part.number)
            .e_tag(quoted(&part.etag))
            .set_checksum_crc64_nvme(part.crc64.map(checksum::encode))
            .build()
    });
    let answer = client
        .complete_multipart_upload()
        .bucket(upload.place.bucket.as_str())
        .key(&upload.place.key)
        .upload_id(&upload.id)
        .if_none_match("*")
        .multipart_upload(
            CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build(),
        )
        .customize()
        .config_override(Builder::new().timeout_config(patient(COPY)))
        .send()
        .await;
    match answer {
        Ok(_) => Ok(Put::Created),
        Err(error) if precondition(&error) => Ok(Put::Existed),
        Err(error) => Err(on("s3:CompleteMultipartUpload", &upload.place, error)),
    }
}
