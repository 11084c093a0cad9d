use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use crc_fast::{CrcAlgorithm, checksum};
use domain::checksum::Crc64;
use domain::class::Class;
use domain::id::BucketName;
use domain::object::Listed;
use domain::port::{CopySource, Head, ObjectStore, Place, Put, ServiceError, Upload, UploadedPart};

use crate::world::{State, World};

/// One version of an object.
#[derive(Debug, Clone)]
pub struct Version {
    pub body: Vec<u8>,
    pub etag: String,
    pub id: String,
}

impl Version {
    pub(crate) fn new(body: Vec<u8>, n: u64) -> Self {
        let etag = format!("{:x}", checksum(CrcAlgorithm::Crc64Nvme, &body));
        Self { body, etag, id: format!("v{n}") }
    }
}

struct Open {
    id: String,
    key: String,
    parts: BTreeMap<i32, Vec<u8>>,
}

/// One bucket: every version of every object, and the uploads that are open.
#[derive(Default)]
pub(crate) struct Shelf {
    objects: BTreeMap<String, Vec<Version>>,
    uploads: Vec<Open>,
}

impl Shelf {
    pub(crate) fn put(&mut self, key: &str, version: Version) {
        self.objects.entry(key.to_owned()).or_default().push(version);
    }

    pub(crate) fn pop(&mut self, key: &str) {
        self.objects.get_mut(key).unwrap().pop();
    }

    pub(crate) fn current(&self, key: &str) -> Option<&Version> {
        self.objects.get(key)?.last()
    }

    pub(crate) fn versions(&self) -> BTreeMap<String, usize> {
        self.objects.iter().map(|(key, versions)| (key.clone(), versions.len())).collect()
    }

    fn put_new(&mut self, key: &str, version: Version) -> Put {
        if self.current(key).is_some() {
            return Put::Existed;
        }
        self.put(key, version);
        Put::Created
    }
}

fn trouble(operation: &'static str, on: &Place, class: Class, message: &str) -> ServiceError {
    ServiceError::new(operation, on.to_string(), class, message)
}

/// The source's bytes, if it is still what the caller thinks it is.
fn read(state: &State, from: &CopySource) -> Result<Vec<u8>, ServiceError> {
    let version = state
        .buckets
        .get(&from.place.bucket)
        .and_then(|shelf| shelf.current(&from.place.key))
        .ok_or_else(|| trouble("s3:GetObject", &from.place, Class::Invalid, "NoSuchKey"))?;
    if version.etag != from.etag {
        return Err(trouble("s3:GetObject", &from.place, Class::Conflict, "PreconditionFailed"));
    }
    Ok(version.body.clone())
}

#[async_trait]
impl ObjectStore for World {
    async fn list(&self, bucket: &BucketName, prefix: &str) -> Result<Vec<Listed>, ServiceError> {
        self.gate
            .pass("s3:ListObjectsV2", || {
                let state = self.state();
                let Some(shelf) = state.buckets.get(bucket) else { return Ok(Vec::new()) };
                Ok(shelf
                    .objects
                    .iter()
                    .filter(|(key, _)| key.starts_with(prefix))
                    .filter_map(|(key, versions)| versions.last().map(|v| (key, v)))
                    .map(|(key, v)| Listed {
                        key: key.clone(),
                        size: v.body.len() as u64,
                        etag: v.etag.clone(),
                    })
                    .collect())
            })
            .await
    }

    async fn head(&self, place: &Place) -> Result<Option<Head>, ServiceError> {
        self.gate
            .pass("s3:HeadObject", || {
                let state = self.state();
                let current = state.buckets.get(&place.bucket).and_then(|s| s.current(&place.key));
                Ok(current.map(|v| Head {
                    size: v.body.len() as u64,
                    etag: v.etag.clone(),
                    version_id: Some(v.id.clone()),
                    // As for objects uploaded before S3 kept one: every other one has none.
                    crc64: (v.body.len() % 2 == 0)
                        .then(|| Crc64(checksum(CrcAlgorithm::Crc64Nvme, &v.body))),
                }))
            })
            .await
    }

    async fn read_crc64(&self, place: &Place, etag: &str) -> Result<Crc64, ServiceError> {
        self.gate
            .pass("s3:GetObject", || {
                let from = CopySource { place: place.clone(), etag: etag.to_owned() };
                let body = read(&self.state(), &from)?;
                Ok(Crc64(checksum(CrcAlgorithm::Crc64Nvme, &body)))
            })
            .await
    }

    async fn get(&self, place: &Place, limit: u64) -> Result<Option<Vec<u8>>, ServiceError> {
        self.gate
            .pass("s3:GetObject", || {
                let state = self.state();
                let current = state.buckets.get(&place.bucket).and_then(|s| s.current(&place.key));
                Ok(current.filter(|v| v.body.len() as u64 <= limit).map(|v| v.body.clone()))
            })
            .await
    }

    async fn put_new(&self, place: &Place, body: Vec<u8>) -> Result<Put, ServiceError> {
        self.gate
            .pass("s3:PutObject", || {
                let mut state = self.state();
                state.next_id += 1;
                let version = Version::new(body, state.next_id);
                let shelf = state.buckets.entry(place.bucket.clone()).or_default();
                Ok(shelf.put_new(&place.key, version))
            })
            .await
    }

    async fn copy_new(&self, from: &CopySource, to: &Place) -> Result<Put, ServiceError> {
        self.gate
            .pass("s3:CopyObject", || {
                let mut state = self.state();
                let body = read(&state, from)?;
                state.next_id += 1;
                let version = Version::new(body, state.next_id);
                let shelf = state.buckets.entry(to.bucket.clone()).or_default();
                Ok(shelf.put_new(&to.key, version))
            })
            .await
    }

    async fn uploads(&self, to: &Place) -> Result<Vec<Upload>, ServiceError> {
        self.gate
            .pass("s3:ListMultipartUploads", || {
                let state = self.state();
                let Some(shelf) = state.buckets.get(&to.bucket) else { return Ok(Vec::new()) };
                let ours = shelf.uploads.iter().filter(|open| open.key == to.key);
                Ok(ours.map(|open| Upload { place: to.clone(), id: open.id.clone() }).collect())
            })
            .await
    }

    async fn begin_upload(&self, to: &Place) -> Result<Upload, ServiceError> {
        self.gate
            .pass("s3:CreateMultipartUpload", || {
                let mut state = self.state();
                state.next_id += 1;
                let id = format!("upload-{}", state.next_id);
                state.buckets.entry(to.bucket.clone()).or_default().uploads.push(Open {
                    id: id.clone(),
                    key: to.key.clone(),
                    parts: BTreeMap::new(),
                });
                Ok(Upload { place: to.clone(), id })
            })
            .await
    }

    async fn parts(&self, upload: &Upload) -> Result<Option<Vec<UploadedPart>>, ServiceError> {
        self.gate
            .pass("s3:ListParts", || {
                let state = self.state();
                let open = state
                    .buckets
                    .get(&upload.place.bucket)
                    .and_then(|shelf| shelf.uploads.iter().find(|open| open.id == upload.id));
                Ok(open.map(|open| open.parts.iter().map(|(n, body)| uploaded(*n, body)).collect()))
            })
            .await
    }

    async fn copy_part(
        &self,
        upload: &Upload,
        number: i32,
        from: &CopySource,
        bytes: Range<u64>,
    ) -> Result<UploadedPart, ServiceError> {
        self.gate
            .pass("s3:UploadPartCopy", || {
                let mut state = self.state();
                let body = read(&state, from)?;
                let range =
                    usize::try_from(bytes.start).unwrap()..usize::try_from(bytes.end).unwrap();
                let part = body[range].to_vec();
                let open = state
                    .buckets
                    .get_mut(&upload.place.bucket)
                    .and_then(|s| s.uploads.iter_mut().find(|open| open.id == upload.id))
                    .ok_or_else(|| {
                        trouble("s3:UploadPartCopy", &upload.place, Class::Conflict, "NoSuchUpload")
                    })?;
                let uploaded = uploaded(number, &part);
                open.parts.insert(number, part);
                Ok(uploaded)
            })
            .await
    }

    async fn complete_upload(
        &self,
        upload: &Upload,
        parts: &[UploadedPart],
    ) -> Result<Put, ServiceError> {
        self.gate
            .pass("s3:CompleteMultipartUpload", || {
                let mut state = self.state();
                state.next_id += 1;
                let n = state.next_id;
                let shelf = state.buckets.entry(upload.place.bucket.clone()).or_default();
                let at = shelf.uploads.iter().position(|open| open.id == upload.id).ok_or_else(
                    || {
                        let operation = "s3:CompleteMultipartUpload";
                        trouble(operation, &upload.place, Class::Conflict, "NoSuchUpload")
                    },
                )?;
                if shelf.current(&upload.place.key).is_some() {
                    return Ok(Put::Existed);
                }
                let open = shelf.uploads.remove(at);
                let body = parts.iter().flat_map(|p| open.parts[&p.number].clone()).collect();
                Ok(shelf.put_new(&upload.place.key, Version::new(body, n)))
            })
            .await
    }
}

fn uploaded(number: i32, body: &[u8]) -> UploadedPart {
    let crc64 = checksum(CrcAlgorithm::Crc64Nvme, body);
    UploadedPart {
        number,
        size: body.len() as u64,
        etag: format!("{crc64:x}"),
        crc64: Some(Crc64(crc64)),
    }
}
