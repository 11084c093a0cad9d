//! Journeys and a history to show.

use domain::checksum::Crc64;
use domain::class::Class;
use domain::export;
use domain::id::JourneyId;
use domain::journey::{Change, Copy, Failure, Journey, Step};
use domain::object::Object;
use domain::port::Who;
use jiff::{SignedDuration, Timestamp};
use ledger::{Audit, Digest, Entry, Sealed};

fn fresh(cache: &str, snapshot: &str, taken_at: &str) -> Journey {
    let source = testkit::sample::source(cache, snapshot, 2, taken_at);
    let id =
        JourneyId { snapshot: source.snapshot.clone(), dr_region: "eu-west-1".parse().unwrap() };
    let opened_at = later(source.snapshot.taken_at, 30);
    Journey::open(id, source, "dr-bucket".parse().unwrap(), opened_at)
}

fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn failure(attempts: u32) -> Failure {
    Failure {
        step: Step::Export,
        class: Class::Denied,
        code: Some("InvalidParameterValue".to_owned()),
        cause: "ElastiCache may not write to bucket staging, \"yet\"".to_owned(),
        attempts,
    }
}

fn life(journey: &Journey) -> Vec<Change> {
    let source = &journey.source;
    let object = |key: String, i: usize| Object {
        key,
        size: 1_610_612_736,
        etag: format!("{i:032x}"),
        version_id: None,
        crc64: Crc64(i as u64),
    };
    let target = export::target_name(source);
    let staged = (0..2).map(|i| object(format!("{target}-{:04}.rdb", i + 1), i)).collect();
    let copy = Copy {
        objects: (0..2).map(|i| object(export::copy_key(source, i), i)).collect(),
        manifest: object(export::manifest_key(source), 9),
    };
    vec![
        Change::Opened,
        Change::AttemptFailed { failure: failure(1) },
        Change::ExportStarted { target },
        Change::Exported { objects: staged, source: Box::new(source.clone()) },
        Change::CopyStarted,
        Change::Copied { copy },
    ]
}

/// One journey in each of the states that are shown differently.
pub(crate) fn journeys() -> Vec<Journey> {
    let copied = audit().journey;
    let open = fresh("orders", "automatic.orders-2026-03-08-03-15", "2026-03-08T03:15:02Z");
    let tried =
        open.after(&Change::AttemptFailed { failure: failure(2) }, later(open.updated_at, 5));
    let failed = fresh("sessions", "nightly", "2026-03-07T04:00:00Z");
    let failed =
        failed.after(&Change::Failed { failure: failure(8) }, later(failed.updated_at, 600));
    let skipped = fresh("scratch", "by-hand", "2026-03-06T12:30:00Z");
    let reason = Change::Skipped { reason: "no tier".to_owned() };
    let skipped = skipped.after(&reason, later(skipped.updated_at, 1));
    vec![tried, failed, copied, skipped]
}

/// A journey that took two attempts.
pub(crate) fn audit() -> Audit {
    let mut journey = fresh("orders", "nightly", "2026-03-07T03:15:00Z");
    let mut entries: Vec<Sealed> = Vec::new();
    for (change, seq) in life(&journey).into_iter().zip(1..) {
        journey = journey.after(&change, later(journey.updated_at, 20));
        let entry = Entry {
            journey: journey.id.clone(),
            seq,
            at: journey.updated_at,
            who: Who {
                function: "copy-snapshot".to_owned(),
                request_id: "8a2e2f0e-6b1a-4f3c-9d55-000000000000".to_owned(),
            },
            change,
            state: journey.state.clone(),
            journey_digest: Digest::of("a journey"),
            prev: entries.last().map_or(Digest::NONE, Sealed::hash),
        };
        entries.push(Sealed::new(entry).unwrap());
    }
    Audit { journey, version: entries.len() as u64, entries, chain: Ok(()) }
}
