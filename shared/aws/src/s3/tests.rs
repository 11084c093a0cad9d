use domain::class::Class;
use domain::port::{CopySource, ObjectStore, Place, Put, Upload, UploadedPart};

use super::{S3, checksum};
use crate::replay::{Replay, Reply, headed, ok, status};

const NAMESPACE: &str = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
/// CRC64NVME of `123456789`, as S3 writes it.
const CHECKSUM: &str = "rosUhgp5mIg=";

fn s3(replay: &Replay) -> S3 {
    S3::new(&replay.config(), &"eu-west-1".parse().unwrap())
}

fn place() -> Place {
    Place { bucket: "vault".parse().unwrap(), key: "snapshots/a b-0001.rdb".to_owned() }
}

fn source() -> CopySource {
    let place = Place { bucket: "stage".parse().unwrap(), key: "a b-0001.rdb".to_owned() };
    CopySource { place, etag: "e1".to_owned() }
}

fn upload() -> Upload {
    Upload { place: place(), id: "u1".to_owned() }
}

fn error(http: u16, code: &str) -> Reply {
    status(http, format!("<Error><Code>{code}</Code><Message>{code} it is</Message></Error>"))
}

#[tokio::test]
async fn a_listing_reads_every_page() {
    let page = |key: &str, rest: &str| {
        ok(format!(
            "<ListBucketResult {NAMESPACE}>{rest}<Contents><Key>{key}</Key><Size>9</Size>\
             <ETag>&quot;e-{key}&quot;</ETag></Contents></ListBucketResult>"
        ))
    };
    let replay = Replay::of([
        page(
            "n-0001.rdb",
            "<IsTruncated>true</IsTruncated><NextContinuationToken>t1</NextContinuationToken>",
        ),
        page("n-0002.rdb", "<IsTruncated>false</IsTruncated>"),
    ]);
    let listed = s3(&replay).list(&"stage".parse().unwrap(), "n-").await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!((listed[0].size, listed[0].etag.as_str()), (9, "e-n-0001.rdb"));
    let asked = replay.asked();
    assert!(asked[0].uri.contains("prefix=n-"), "{asked:?}");
    assert!(asked[1].uri.contains("continuation-token=t1"), "{asked:?}");
}

#[tokio::test]
async fn a_head_tells_the_checksum_only_when_it_is_of_the_whole() {
    let facts = |kind: &'static str| {
        headed(
            &[
                ("content-length", "9"),
                ("etag", "\"e1\""),
                ("x-amz-version-id", "v1"),
                ("x-amz-checksum-crc64nvme", CHECKSUM),
                ("x-amz-checksum-type", kind),
            ],
            "",
        )
    };
    let replay = Replay::of([facts("FULL_OBJECT"), facts("COMPOSITE"), status(404, "")]);
    let store = s3(&replay);
    let whole = store.head(&place()).await.unwrap().unwrap();
    assert_eq!((whole.size, whole.etag.as_str()), (9, "e1"));
    assert_eq!(whole.version_id.as_deref(), Some("v1"));
    assert_eq!(whole.crc64, checksum::decode(CHECKSUM));
    assert!(whole.crc64.is_some());
    assert_eq!(store.head(&place()).await.unwrap().unwrap().crc64, None);
    assert_eq!(store.head(&place()).await.unwrap(), None);
    assert_eq!(replay.asked()[0].header("x-amz-checksum-mode"), Some("ENABLED"));
}

#[tokio::test]
async fn a_head_that_is_denied_has_no_body_to_say_so() {
    let replay = Replay::of([status(403, "")]);
    let denied = s3(&replay).head(&place()).await.unwrap_err();
    assert_eq!(denied.class, Class::Denied);
    assert!(denied.to_string().starts_with("s3:HeadObject on s3://vault/snapshots/a b-0001.rdb"));
}

#[tokio::test]
async fn reading_computes_the_checksum_of_the_very_object() {
    let head = headed(&[("content-length", "9"), ("etag", "\"e1\"")], "");
    let replay = Replay::of([head, headed(&[("content-length", "9")], "123456789")]);
    let crc = s3(&replay).read_crc64(&place(), "e1").await.unwrap();
    assert_eq!(Some(crc), checksum::decode(CHECKSUM));
    let asked = replay.asked();
    assert_eq!(asked[1].header("range"), Some("bytes=0-8"));
    assert_eq!(asked[1].header("if-match"), Some("\"e1\""));

    let replaced = Replay::of([headed(&[("content-length", "9"), ("etag", "\"e2\"")], "")]);
    let error = s3(&replaced).read_crc64(&place(), "e1").await.unwrap_err();
    assert_eq!(error.class, Class::Conflict);
}

#[tokio::test]
async fn a_read_that_breaks_off_is_made_again() {
    let head = headed(&[("content-length", "9"), ("etag", "\"e1\"")], "");
    let short = || headed(&[], "1234");
    let replay = Replay::of([head, short(), headed(&[], "123456789")]);
    let crc = s3(&replay).read_crc64(&place(), "e1").await.unwrap();
    assert_eq!(Some(crc), checksum::decode(CHECKSUM));

    let head = headed(&[("content-length", "9"), ("etag", "\"e1\"")], "");
    let replay = Replay::of([head, short(), short(), short()]);
    let error = s3(&replay).read_crc64(&place(), "e1").await.unwrap_err();
    assert_eq!(error.class, Class::Transient);
}

#[tokio::test]
async fn a_get_stops_at_its_limit() {
    let body = || headed(&[("content-length", "9")], "123456789");
    let replay = Replay::of([body(), body(), error(404, "NoSuchKey")]);
    let store = s3(&replay);
    assert_eq!(store.get(&place(), 9).await.unwrap().unwrap(), b"123456789");
    assert_eq!(store.get(&place(), 8).await.unwrap_err().class, Class::Invalid);
    assert_eq!(store.get(&place(), 9).await.unwrap(), None);
}

#[tokio::test]
async fn a_put_never_overwrites_and_sends_a_checksum() {
    let replay = Replay::of([
        ok(""),
        error(412, "PreconditionFailed"),
        error(409, "ConditionalRequestConflict"),
    ]);
    let store = s3(&replay);
    let put = async || store.put_new(&place(), b"123456789".to_vec()).await;
    assert_eq!(put().await.unwrap(), Put::Created);
    assert_eq!(put().await.unwrap(), Put::Existed);
    assert_eq!(put().await.unwrap_err().class, Class::Conflict);
    let asked = &replay.asked()[0];
    assert_eq!(asked.header("if-none-match"), Some("*"));
    assert_eq!(asked.header("x-amz-checksum-crc64nvme"), Some(CHECKSUM));
    assert!(asked.uri.contains("eu-west-1"), "{asked:?}");
}

#[tokio::test]
async fn a_copy_pins_its_source_and_asks_for_a_checksum() {
    let replay = Replay::of([ok("<CopyObjectResult><ETag>\"e2\"</ETag></CopyObjectResult>")]);
    assert_eq!(s3(&replay).copy_new(&source(), &place()).await.unwrap(), Put::Created);
    let asked = replay.only();
    assert_eq!(asked.method, "PUT");
    assert_eq!(asked.header("x-amz-copy-source"), Some("stage/a%20b-0001.rdb"));
    assert_eq!(asked.header("x-amz-copy-source-if-match"), Some("\"e1\""));
    assert_eq!(asked.header("if-none-match"), Some("*"));
    assert_eq!(asked.header("x-amz-checksum-algorithm"), Some("CRC64NVME"));
}

#[tokio::test]
async fn an_error_in_the_body_of_a_copy_that_answered_200_is_an_error() {
    let replay = Replay::of([error(200, "SlowDown")]);
    let failure = s3(&replay).copy_new(&source(), &place()).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_deref()), (Class::Throttled, Some("SlowDown")));

    let replay = Replay::of([error(200, "InternalError")]);
    let failure = s3(&replay).copy_part(&upload(), 1, &source(), 0..9).await.unwrap_err();
    assert_eq!(failure.class, Class::Transient);

    let replay = Replay::of([error(200, "InternalError")]);
    let failure = s3(&replay).complete_upload(&upload(), &[]).await.unwrap_err();
    assert_eq!(failure.class, Class::Transient);
}

#[tokio::test]
async fn a_copy_tells_which_of_its_two_conditions_failed() {
    let there = headed(&[("content-length", "9"), ("etag", "\"e2\"")], "");
    let replay = Replay::of([error(412, "PreconditionFailed"), there]);
    assert_eq!(s3(&replay).copy_new(&source(), &place()).await.unwrap(), Put::Existed);

    let replay = Replay::of([error(412, "PreconditionFailed"), status(404, "")]);
    let failure = s3(&replay).copy_new(&source(), &place()).await.unwrap_err();
    assert_eq!(failure.class, Class::Conflict);
    assert!(failure.message.contains("s3://stage/a b-0001.rdb"), "{}", failure.message);
}

#[tokio::test]
async fn uploads_are_those_of_the_exact_key_oldest_first_from_all_pages() {
    let page = |rest: &str, uploads: &[(&str, &str, &str)]| {
        let uploads: String = uploads
            .iter()
            .map(|(key, id, when)| {
                format!(
                    "<Upload><Key>{key}</Key><UploadId>{id}</UploadId>\
                     <Initiated>{when}</Initiated></Upload>"
                )
            })
            .collect();
        ok(format!(
            "<ListMultipartUploadsResult {NAMESPACE}>{rest}{uploads}</ListMultipartUploadsResult>"
        ))
    };
    let key = place().key;
    let longer = format!("{key}.bak");
    let replay = Replay::of([
        page(
            "<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>\
             <NextUploadIdMarker>i</NextUploadIdMarker>",
            &[(&key, "late", "2026-03-07T03:20:00Z"), (&longer, "other", "2026-03-07T03:00:00Z")],
        ),
        page("<IsTruncated>false</IsTruncated>", &[(&key, "early", "2026-03-07T03:15:00Z")]),
    ]);
    let found = s3(&replay).uploads(&place()).await.unwrap();
    let ids: Vec<_> = found.iter().map(|upload| upload.id.as_str()).collect();
    assert_eq!(ids, ["early", "late"]);
    let second = &replay.asked()[1];
    assert!(second.uri.contains("key-marker=k"), "{second:?}");
    assert!(second.uri.contains("upload-id-marker=i"), "{second:?}");
}

#[tokio::test]
async fn an_upload_is_begun_with_a_checksum_over_the_whole() {
    let replay = Replay::of([ok(format!(
        "<InitiateMultipartUploadResult {NAMESPACE}><UploadId>u1</UploadId>\
         </InitiateMultipartUploadResult>"
    ))]);
    assert_eq!(s3(&replay).begin_upload(&place()).await.unwrap(), upload());
    let asked = replay.only();
    assert_eq!(asked.header("x-amz-checksum-algorithm"), Some("CRC64NVME"));
    assert_eq!(asked.header("x-amz-checksum-type"), Some("FULL_OBJECT"));
}

#[tokio::test]
async fn parts_come_from_all_pages_until_the_upload_has_ended() {
    let page = |number: u32, rest: &str| {
        ok(format!(
            "<ListPartsResult {NAMESPACE}>{rest}<Part><PartNumber>{number}</PartNumber>\
             <Size>5</Size><ETag>\"p{number}\"</ETag>\
             <ChecksumCRC64NVME>{CHECKSUM}</ChecksumCRC64NVME></Part></ListPartsResult>"
        ))
    };
    let replay = Replay::of([
        page(1, "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>"),
        page(2, "<IsTruncated>false</IsTruncated>"),
        error(404, "NoSuchUpload"),
    ]);
    let store = s3(&replay);
    let parts = store.parts(&upload()).await.unwrap().unwrap();
    assert_eq!(parts.iter().map(|part| part.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((parts[1].size, parts[1].etag.as_str()), (5, "p2"));
    assert_eq!(parts[1].crc64, checksum::decode(CHECKSUM));
    assert_eq!(store.parts(&upload()).await.unwrap(), None);
}

#[tokio::test]
async fn a_part_is_a_range_of_the_pinned_source() {
    let replay = Replay::of([ok(format!(
        "<CopyPartResult {NAMESPACE}><ETag>\"p2\"</ETag>\
         <ChecksumCRC64NVME>{CHECKSUM}</ChecksumCRC64NVME></CopyPartResult>"
    ))]);
    let part = s3(&replay).copy_part(&upload(), 2, &source(), 5..10).await.unwrap();
    let crc64 = checksum::decode(CHECKSUM);
    assert_eq!(part, UploadedPart { number: 2, size: 5, etag: "p2".to_owned(), crc64 });
    let asked = replay.only();
    assert_eq!(asked.header("x-amz-copy-source-range"), Some("bytes=5-9"));
    assert_eq!(asked.header("x-amz-copy-source-if-match"), Some("\"e1\""));
    assert!(asked.uri.contains("partNumber=2"), "{asked:?}");
    assert!(asked.uri.contains("uploadId=u1"), "{asked:?}");
}

#[tokio::test]
async fn completing_names_the_parts_and_never_overwrites() {
    let done = ok(format!(
        "<CompleteMultipartUploadResult {NAMESPACE}><ETag>\"e-2\"</ETag>\
         </CompleteMultipartUploadResult>"
    ));
    let replay = Replay::of([done, error(412, "PreconditionFailed"), error(404, "NoSuchUpload")]);
    let store = s3(&replay);
    let crc64 = checksum::decode(CHECKSUM);
    let parts = [UploadedPart { number: 1, size: 9, etag: "p1".to_owned(), crc64 }];
    assert_eq!(store.complete_upload(&upload(), &parts).await.unwrap(), Put::Created);
    assert_eq!(store.complete_upload(&upload(), &parts).await.unwrap(), Put::Existed);
    let ended = store.complete_upload(&upload(), &parts).await.unwrap_err();
    assert_eq!(ended.class, Class::Conflict);
    let asked = &replay.asked()[0];
    assert_eq!(asked.header("if-none-match"), Some("*"));
    assert!(asked.body.contains("<PartNumber>1</PartNumber>"), "{asked:?}");
    assert!(asked.body.contains(CHECKSUM), "{asked:?}");
}
