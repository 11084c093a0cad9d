//! CRC64NVME: on the wire, and computed by reading.

use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStreamError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crc_fast::CrcAlgorithm::Crc64Nvme;
use crc_fast::{Digest, checksum_combine};
use domain::checksum::Crc64;
use domain::class::Class;
use domain::port::{Place, ServiceError};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::failure::on;
use super::{quoted, read};

/// Bytes per ranged read. Large enough that the request's own time does not matter, small enough
/// that one broken connection costs little.
const RANGE: u64 = 32 << 20;
/// Ranges read at a time. One S3 connection carries about 90 MB/s, a Lambda function's network
/// about seven times that.
const AT_A_TIME: usize = 8;
/// Attempts at one range. The SDK retries until an answer begins; a body that breaks off is ours
/// to read again.
const ATTEMPTS: u32 = 3;

const OPERATION: &str = "s3:GetObject";

/// From S3's form: base64 of eight bytes, most significant first.
pub(super) fn decode(text: &str) -> Option<Crc64> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    Some(Crc64(u64::from_be_bytes(bytes.try_into().ok()?)))
}

/// To S3's form.
pub(super) fn encode(crc: Crc64) -> String {
    BASE64_STANDARD.encode(crc.0.to_be_bytes())
}

/// Reads every byte of the object with this entity tag, several ranges at a time, and joins
/// their checksums. Holds no more than a few network buffers in memory.
pub(super) async fn of_object(
    client: &Client,
    place: &Place,
    etag: &str,
) -> Result<Crc64, ServiceError> {
    let head = read::head(client, place).await?.filter(|head| head.etag == etag);
    let Some(head) = head else {
        return Err(ServiceError::new(
            OPERATION,
            place.to_string(),
            Class::Conflict,
            "the object was replaced or removed while it was being read",
        ));
    };
    let ranges =
        (0..head.size.div_ceil(RANGE)).map(|i| i * RANGE..((i + 1) * RANGE).min(head.size));
    let whole = stream::iter(ranges)
        .map(|range| async move {
            let length = range.end - range.start;
            Ok::<_, ServiceError>((of_range(client, place, etag, range).await?, length))
        })
        .buffered(AT_A_TIME)
        .try_fold(Digest::new(Crc64Nvme).finalize(), async |crc, (next, length)| {
            Ok(checksum_combine(Crc64Nvme, crc, next, length))
        })
        .await?;
    Ok(Crc64(whole))
}

async fn of_range(
    client: &Client,
    place: &Place,
    etag: &str,
    range: Range<u64>,
) -> Result<u64, ServiceError> {
    let mut attempt = 1;
    loop {
        match try_range(client, place, etag, &range).await {
            Err(Broken::Body(error)) if attempt < ATTEMPTS => {
                tracing::debug!(%place, ?range, %error, "a read broke off and is made again");
                attempt += 1;
            }
            Err(Broken::Body(error) | Broken::Call(error)) => return Err(error),
            Ok(crc) => return Ok(crc),
        }
    }
}

/// Where a read broke: the SDK has retried a call already, a body nobody.
enum Broken {
    Call(ServiceError),
    Body(ServiceError),
}

async fn try_range(
    client: &Client,
    place: &Place,
    etag: &str,
    range: &Range<u64>,
) -> Result<u64, Broken> {
    let mut object = client
        .get_object()
        .bucket(place.bucket.as_str())
        .key(&place.key)
        .if_match(quoted(etag))
        .range(format!("bytes={}-{}", range.start, range.end - 1))
        .send()
        .await
        .map_err(|error| Broken::Call(on(OPERATION, place, error)))?;
    let mut digest = Digest::new(Crc64Nvme);
    while let Some(chunk) = object.body.next().await {
        digest.update(&chunk.map_err(|error| Broken::Body(broken_off(place, error)))?);
    }
    if digest.get_amount() != range.end - range.start {
        return Err(Broken::Body(ServiceError::new(
            OPERATION,
            place.to_string(),
            Class::Transient,
            format!("{} bytes came instead of {}", digest.get_amount(), range.end - range.start),
        )));
    }
    Ok(digest.finalize())
}

/// A body that ended early, stalled or did not match its checksum.
pub(super) fn broken_off(place: &Place, error: ByteStreamError) -> ServiceError {
    ServiceError {
        source: Some(error.into()),
        ..ServiceError::new(
            OPERATION,
            place.to_string(),
            Class::Transient,
            "the object's bytes stopped coming",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_base64_of_the_big_endian_bytes() {
        // The check value of CRC-64/NVME, over "123456789".
        let crc = Crc64(crc_fast::checksum(Crc64Nvme, b"123456789"));
        assert_eq!(crc.0, 0xae8b_1486_0a79_9888);
        assert_eq!(decode(&encode(crc)), Some(crc));
        assert_eq!(encode(crc), "rosUhgp5mIg=");
        assert_eq!(decode("not base64"), None);
        assert_eq!(decode("AAAA"), None);
    }
}
