//! Journeys and histories for tests.

use domain::checksum::Crc64;
use domain::class::Class;
use domain::export;
use domain::id::JourneyId;
use domain::journey::{Change, Copy, Failure, Journey, Step};
use domain::object::Object;
use domain::port::Who;
use domain::source::Source;
use jiff::{Timestamp, ToSpan};

use crate::chain::Head;
use crate::digest::Digest;
use crate::entry::{Entry, Sealed};
use crate::packed;

/// How many changes the longest history has.
pub(crate) const CHANGES: usize = 12;

fn source(shards: usize) -> Source {
    let source = testkit::sample::source("orders", "nightly", shards, "2026-03-07T03:15:00Z");
    testkit::sample::completed(source)
}

fn fresh(source: &Source) -> Journey {
    let id =
        JourneyId { snapshot: source.snapshot.clone(), dr_region: "eu-west-1".parse().unwrap() };
    let at = source.snapshot.taken_at.checked_add(30.seconds()).unwrap();
    Journey::open(id, source.clone(), "dr-bucket".parse().unwrap(), at)
}

fn object(key: String, i: u64) -> Object {
    Object {
        key,
        size: 107_374_182_400 + i,
        etag: format!("{:032x}-1024", u128::MAX - u128::from(i)),
        version_id: Some(format!("3HL4kqtJvjVBH40Nrjfkd{i:011}")),
        crc64: Crc64(u64::MAX - i),
    }
}

fn staged(source: &Source) -> Vec<Object> {
    let target = export::target_name(source);
    (0..source.shards.len() as u64)
        .map(|i| object(format!("{target}-{:04}.rdb", i + 1), i))
        .collect()
}

fn copy(source: &Source) -> Copy {
    let key = |i| export::copy_key(source, i);
    Copy {
        objects: (0..source.shards.len()).map(|i| object(key(i), i as u64)).collect(),
        manifest: object(export::manifest_key(source), 0),
    }
}

/// A life with every kind of change, in an order that could be.
fn changes(source: &Source) -> Vec<Change> {
    let failure = Failure {
        step: Step::Copy,
        class: Class::Denied,
        code: Some("AccessDenied".to_owned()),
        cause: "the role may not write \"there\"".to_owned(),
        attempts: 3,
    };
    vec![
        Change::Opened,
        Change::ExportStarted { target: export::target_name(source) },
        Change::ExportSeen,
        Change::Exported { source: Box::new(source.clone()), objects: staged(source) },
        Change::CopyStarted,
        Change::AttemptFailed { failure: failure.clone() },
        Change::Failed { failure },
        Change::AlertOpened,
        Change::Copied { copy: copy(source) },
        Change::AlertResolved,
        Change::Restored,
        Change::Skipped { reason: "no tier".to_owned() },
    ]
}

/// The journey after each change, beginning with the first.
fn walk(source: &Source) -> Vec<(Journey, Change)> {
    let mut journey = fresh(source);
    let mut at: Timestamp = journey.opened_at;
    changes(source)
        .into_iter()
        .map(|change| {
            at = at.checked_add(1500.milliseconds()).unwrap();
            journey = journey.after(&change, at);
            (journey.clone(), change)
        })
        .collect()
}

fn seal(walked: &[(Journey, Change)]) -> Vec<Sealed> {
    let mut prev = Digest::NONE;
    walked
        .iter()
        .zip(1..)
        .map(|((journey, change), seq)| {
            let sealed = Sealed::new(Entry {
                journey: journey.id.clone(),
                seq,
                at: journey.updated_at,
                who: Who { function: "copy-snapshot".to_owned(), request_id: "1".to_owned() },
                change: change.clone(),
                state: journey.state.clone(),
                journey_digest: Digest::of(&packed::write(journey).unwrap()),
                prev,
            })
            .unwrap();
            prev = sealed.hash();
            sealed
        })
        .collect()
}

/// A journey in each of its states.
pub(crate) fn states() -> Vec<Journey> {
    walk(&source(2)).into_iter().map(|(journey, _)| journey).collect()
}

/// The first `length` entries of a journey and the head that a ledger would have.
pub(crate) fn history(length: usize) -> (Vec<Sealed>, JourneyId, Head) {
    let source = source(2);
    let mut walked = walk(&source);
    walked.truncate(length);
    let journey = walked.last().map_or_else(|| fresh(&source), |(journey, _)| journey.clone());
    let entries = seal(&walked);
    let head = Head {
        version: entries.len() as u64,
        hash: entries.last().map_or(Digest::NONE, Sealed::hash),
        journey_digest: Digest::of(&packed::write(&journey).unwrap()),
    };
    (entries, journey.id, head)
}

/// The largest journey there can be, and its history.
pub(crate) fn largest() -> (Journey, Vec<Sealed>) {
    let mut source = source(500);
    source.cache = "c".repeat(63).parse().unwrap();
    source.snapshot.name = "s".repeat(255).parse().unwrap();
    source.tags = Some((0..50).map(|i| (format!("{i:0128}"), format!("{i:0256}"))).collect());
    let walked = walk(&source);
    (walked.last().unwrap().0.clone(), seal(&walked))
}
