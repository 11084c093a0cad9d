//! Objects, as seen from one Region.

mod checksum;
mod failure;
mod read;
mod upload;
mod write;

use std::ops::Range;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use domain::checksum::Crc64;
use domain::id::{BucketName, Region};
use domain::object::Listed;
use domain::port::{CopySource, Head, ObjectStore, Place, Put, ServiceError, Upload, UploadedPart};

use crate::sdk;

/// S3 in one Region. Copies are addressed to the destination, so this is the Region of the
/// bucket that is written to.
#[derive(Debug, Clone)]
pub struct S3 {
    client: Client,
}

impl S3 {
    /// A client for the buckets of `region`.
    #[must_use]
    pub fn new(config: &SdkConfig, region: &Region) -> Self {
        let config = aws_sdk_s3::config::Builder::from(config).region(sdk::region(region)).build();
        Self { client: Client::from_conf(config) }
    }
}

#[async_trait]
impl ObjectStore for S3 {
    async fn list(&self, bucket: &BucketName, prefix: &str) -> Result<Vec<Listed>, ServiceError> {
        read::list(&self.client, bucket, prefix).await
    }

    async fn head(&self, place: &Place) -> Result<Option<Head>, ServiceError> {
        read::head(&self.client, place).await
    }

    async fn read_crc64(&self, place: &Place, etag: &str) -> Result<Crc64, ServiceError> {
        checksum::of_object(&self.client, place, etag).await
    }

    async fn get(&self, place: &Place, limit: u64) -> Result<Option<Vec<u8>>, ServiceError> {
        read::get(&self.client, place, limit).await
    }

    async fn put_new(&self, place: &Place, body: Vec<u8>) -> Result<Put, ServiceError> {
        write::put_new(&self.client, place, body).await
    }

    async fn copy_new(&self, from: &CopySource, to: &Place) -> Result<Put, ServiceError> {
        write::copy_new(&self.client, from, to).await
    }

    async fn uploads(&self, to: &Place) -> Result<Vec<Upload>, ServiceError> {
        upload::begun(&self.client, to).await
    }

    async fn begin_upload(&self, to: &Place) -> Result<Upload, ServiceError> {
        upload::begin(&self.client, to).await
    }

    async fn parts(&self, upload: &Upload) -> Result<Option<Vec<UploadedPart>>, ServiceError> {
        upload::parts(&self.client, upload).await
    }

    async fn copy_part(
        &self,
        upload: &Upload,
        number: i32,
        from: &CopySource,
        bytes: Range<u64>,
    ) -> Result<UploadedPart, ServiceError> {
        upload::copy_part(&self.client, upload, number, from, bytes).await
    }

    async fn complete_upload(
        &self,
        upload: &Upload,
        parts: &[UploadedPart],
    ) -> Result<Put, ServiceError> {
        upload::complete(&self.client, upload, parts).await
    }
}

/// An entity tag as the ports carry it: S3 quotes it in answers and takes either form.
fn unquoted(etag: Option<&str>) -> String {
    etag.unwrap_or_default().trim_matches('"').to_owned()
}

/// An entity tag as conditions carry it.
fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// Sizes are signed in the SDK and never negative.
fn bytes(size: Option<i64>) -> u64 {
    size.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
