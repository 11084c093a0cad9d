//! Buckets as the service sees them: checked as AWS checks them, then read and written.

use std::collections::HashMap;
use std::path::Path;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::cloud::Clients;
use crate::fault::Fault;
use crate::policy::{self, Request};
use crate::scope::Scope;

/// Objects above this size are uploaded in parts of it, in bytes.
const PART: usize = 8 * 1024 * 1024;

/// What an export needs, grouped as the documented refusals are.
const READ: [&str; 4] = [
    "s3:ListBucket",
    "s3:GetObject",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
];
const WRITE: [&str; 1] = ["s3:PutObject"];
const READ_ACP: [&str; 1] = ["s3:GetBucketAcl"];

/// A transfer that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransferError {
    /// The local file.
    #[error("{}", path.display())]
    File {
        /// Which one.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The bucket.
    #[error("{operation} {bucket}/{key}: {reason}")]
    Bucket {
        /// What was tried.
        operation: &'static str,
        /// Where.
        bucket: String,
        /// On what.
        key: String,
        /// The answer.
        reason: String,
    },
}

/// Why a bucket cannot take an export.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// The service lacks rights of this kind: `READ`, `WRITE` or `READ_ACP`.
    NotGranted(&'static str),
    /// There is an object with this key.
    Exists(String),
    /// The bucket could not be examined.
    Unknown(Fault),
}

/// A bucket, and who looks at it.
pub(crate) struct Bucket<'a> {
    /// The clients of the scope.
    pub(crate) clients: &'a Clients,
    /// Whose call, and where.
    pub(crate) scope: &'a Scope,
    /// The bucket's name.
    pub(crate) name: &'a str,
}

impl Bucket<'_> {
    /// Checks that an export may write these keys.
    ///
    /// # Errors
    /// The documented refusals of CopySnapshot, all `InvalidParameterValue`.
    pub(crate) async fn check_export(&self, keys: &[String]) -> Result<(), Fault> {
        self.check_place().await?;
        self.check_contents(keys).await.map_err(|unfit| match unfit {
            Unfit::NotGranted(kind) => Fault::invalid_value(format!(
                "ElastiCache has not been granted {kind} permissions {} on the S3 Bucket.",
                self.name
            )),
            Unfit::Exists(key) => Fault::invalid_value(format!(
                "The S3 bucket {} already contains an object with key {key}.",
                self.name
            )),
            Unfit::Unknown(fault) => fault,
        })
    }

    /// Checks the service's rights to the bucket, and that none of these keys is taken.
    ///
    /// # Errors
    /// What an export would meet.
    pub(crate) async fn check_contents(&self, keys: &[String]) -> Result<(), Unfit> {
        let policy = self.policy().await.map_err(Unfit::Unknown)?;
        let first = keys.first().map_or("", String::as_str);
        for (kind, actions) in [("READ", &READ[..]), ("WRITE", &WRITE), ("READ_ACP", &READ_ACP)] {
            if !actions.iter().all(|action| self.granted(policy.as_ref(), action, first)) {
                return Err(Unfit::NotGranted(kind));
            }
        }
        if self.encrypts_with_key().await.map_err(Unfit::Unknown)? {
            return Err(Unfit::NotGranted("WRITE"));
        }
        for key in keys {
            if self.size(key).await.map_err(Unfit::Unknown)?.is_some() {
                return Err(Unfit::Exists(key.clone()));
            }
        }
        Ok(())
    }

    /// Checks that an object may seed a cache.
    ///
    /// # Errors
    /// `InvalidParameterValue`. AWS documents no texts for these; the wording is ours.
    pub(crate) async fn check_seed(&self, key: &str) -> Result<(), Fault> {
        self.check_place().await?;
        let policy = self.policy().await?;
        let needed = ["s3:GetObject", "s3:ListBucket", "s3:GetBucketAcl"];
        if !needed.iter().all(|action| self.granted(policy.as_ref(), action, key)) {
            return Err(Fault::invalid_value(format!(
                "No permission to access S3 objects: [{}/{key}]",
                self.name
            )));
        }
        match self.size(key).await? {
            Some(_) => Ok(()),
            None => Err(Fault::invalid_value(format!(
                "The S3 object arn:aws:s3:::{}/{key} does not exist.",
                self.name
            ))),
        }
    }

    /// Checks that the bucket exists, in the call's Region.
    ///
    /// # Errors
    /// `InvalidParameterValue` in the documented words.
    pub(crate) async fn check_place(&self) -> Result<(), Fault> {
        let name = self.name;
        let answer = self.clients.s3.get_bucket_location().bucket(name).send().await;
        let location = match answer {
            Ok(answer) => answer.location_constraint,
            Err(error) => {
                return Err(match (error.code(), status(&error)) {
                    (Some("NoSuchBucket"), _) | (_, Some(404)) => {
                        Fault::invalid_value(format!("The S3 bucket {name} does not exist."))
                    }
                    (_, Some(403)) => Fault::invalid_value(format!(
                        "The S3 bucket {name} is not owned by the authenticated user."
                    )),
                    _ => unreachable_bucket(name, &error),
                });
            }
        };
        // The oldest Region and the oldest name of another one are special in this answer.
        let region = match location.as_ref().map(|constraint| constraint.as_str()) {
            None | Some("") => "us-east-1",
            Some("EU") => "eu-west-1",
            Some(region) => region,
        };
        if region == self.scope.region {
            return Ok(());
        }
        Err(Fault::invalid_value(format!("The S3 bucket {name} is outside of the region.")))
    }

    async fn policy(&self) -> Result<Option<Value>, Fault> {
        match self.clients.s3.get_bucket_policy().bucket(self.name).send().await {
            Ok(answer) => Ok(answer.policy.and_then(|text| serde_json::from_str(&text).ok())),
            Err(error) if error.code() == Some("NoSuchBucketPolicy") => Ok(None),
            Err(error) => Err(unreachable_bucket(self.name, &error)),
        }
    }

    fn granted(&self, policy: Option<&Value>, action: &str, key: &str) -> bool {
        let of_bucket =
            matches!(action, "s3:ListBucket" | "s3:GetBucketAcl" | "s3:ListBucketMultipartUploads");
        let bucket = format!("arn:aws:s3:::{}", self.name);
        let resource = if of_bucket { bucket } else { format!("{bucket}/{key}") };
        let context = HashMap::from([
            ("aws:sourceaccount".to_owned(), self.scope.account.clone()),
            ("aws:securetransport".to_owned(), "true".to_owned()),
            ("aws:principalisawsservice".to_owned(), "true".to_owned()),
        ]);
        let principal = self.scope.snapshot_principal();
        let request = Request {
            principal_kind: "Service",
            principal: &principal,
            action,
            resource: &resource,
            context: &context,
        };
        policy.is_some_and(|policy| policy::allows(policy, &request))
    }

    /// Whether objects are encrypted with a KMS key unless told otherwise.
    ///
    /// ElastiCache writes with the bucket's default encryption and has no rights to anybody's key.
    /// No text is documented for that refusal; that it may not write is the nearest one.
    async fn encrypts_with_key(&self) -> Result<bool, Fault> {
        let answer = match self.clients.s3.get_bucket_encryption().bucket(self.name).send().await {
            Ok(answer) => answer,
            Err(error)
                if error.code() == Some("ServerSideEncryptionConfigurationNotFoundError") =>
            {
                return Ok(false);
            }
            Err(error) => return Err(unreachable_bucket(self.name, &error)),
        };
        let configuration = answer.server_side_encryption_configuration;
        let rules = configuration.map(|found| found.rules).unwrap_or_default();
        Ok(rules
            .iter()
            .filter_map(|rule| rule.apply_server_side_encryption_by_default.as_ref())
            .any(|default| default.sse_algorithm != ServerSideEncryption::Aes256))
    }

    async fn size(&self, key: &str) -> Result<Option<i64>, Fault> {
        match self.clients.s3.head_object().bucket(self.name).key(key).send().await {
            Ok(answer) => Ok(Some(answer.content_length.unwrap_or_default())),
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(unreachable_bucket(self.name, &error)),
        }
    }

    /// Writes a file as a new object; an object that is there stays as it is.
    ///
    /// # Errors
    /// When the file cannot be read or the bucket refuses.
    pub(crate) async fn put(&self, key: &str, path: &Path) -> Result<(), TransferError> {
        let file_error = |source| TransferError::File { path: path.to_owned(), source };
        let mut file = tokio::fs::File::open(path).await.map_err(file_error)?;
        let mut part = read_part(&mut file).await.map_err(file_error)?;
        if part.len() < PART {
            let put = self.clients.s3.put_object().bucket(self.name).key(key).if_none_match("*");
            let sent = put.body(ByteStream::from(part)).send().await;
            return sent.map(drop).map_err(|error| self.failed("writing", key, &error));
        }

        let create = self.clients.s3.create_multipart_upload().bucket(self.name).key(key);
        let upload = create
            .send()
            .await
            .map_err(|error| self.failed("starting an upload to", key, &error))?;
        let upload_id = upload.upload_id.unwrap_or_default();
        let mut parts = Vec::new();
        for number in 1.. {
            if part.is_empty() {
                break;
            }
            let sent = self
                .clients
                .s3
                .upload_part()
                .bucket(self.name)
                .key(key)
                .upload_id(&upload_id)
                .part_number(number)
                .body(ByteStream::from(part))
                .send()
                .await
                .map_err(|error| self.failed("uploading a part of", key, &error))?;
            let done = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build();
            parts.push(done);
            part = read_part(&mut file).await.map_err(file_error)?;
        }
        let completed = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        self.clients
            .s3
            .complete_multipart_upload()
            .bucket(self.name)
            .key(key)
            .upload_id(upload_id)
            .multipart_upload(completed)
            .if_none_match("*")
            .send()
            .await
            .map(drop)
            .map_err(|error| self.failed("completing the upload of", key, &error))
    }

    /// Reads an object into a new file.
    ///
    /// # Errors
    /// When the bucket refuses or the file cannot be written.
    pub(crate) async fn get(&self, key: &str, path: &Path) -> Result<(), TransferError> {
        let file_error = |source| TransferError::File { path: path.to_owned(), source };
        let get = self.clients.s3.get_object().bucket(self.name).key(key).send().await;
        let mut body = get.map_err(|error| self.failed("reading", key, &error))?.body;
        let mut file = tokio::fs::File::create(path).await.map_err(file_error)?;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| TransferError::Bucket {
                operation: "reading",
                bucket: self.name.to_owned(),
                key: key.to_owned(),
                reason: error.to_string(),
            })?;
            file.write_all(&chunk).await.map_err(file_error)?;
        }
        file.flush().await.map_err(file_error)
    }

    fn failed<E: ProvideErrorMetadata>(
        &self,
        operation: &'static str,
        key: &str,
        error: &SdkError<E>,
    ) -> TransferError {
        TransferError::Bucket {
            operation,
            bucket: self.name.to_owned(),
            key: key.to_owned(),
            reason: reason(error),
        }
    }
}

async fn read_part(file: &mut tokio::fs::File) -> std::io::Result<Vec<u8>> {
    let mut part = Vec::with_capacity(PART);
    file.take(PART as u64).read_to_end(&mut part).await?;
    Ok(part)
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn reason<E: ProvideErrorMetadata>(error: &SdkError<E>) -> String {
    let words = [error.code(), error.message()].into_iter().flatten();
    let words: Vec<_> = words.map(str::to_owned).collect();
    if words.is_empty() { error.to_string() } else { words.join(": ") }
}

fn unreachable_bucket<E: ProvideErrorMetadata>(bucket: &str, error: &SdkError<E>) -> Fault {
    Fault::internal(format!("The S3 bucket {bucket} could not be examined: {}", reason(error)))
}
