//! What is written, and when nothing is.

use domain::checksum::Crc64;
use domain::class::Class;
use domain::journey::{Change, Copy, Journey, State};
use domain::object::Object;
use domain::port::{Claim, Journal};
use domain::{export, id::JourneyId};
use futures::future::join_all;
use ledger::Entry;

use crate::desk::{Desk, journey, later, who};

/// A life without mishaps, from what was opened on.
pub(crate) fn life(journey: &Journey) -> Vec<Change> {
    let object = |key: String, i: usize| Object {
        key,
        size: 107_374_182_400,
        etag: format!("{i:032x}-1024"),
        version_id: Some(format!("3HL4kqtJvjVBH40Nrjfkd{i:011}")),
        crc64: Crc64(i as u64),
    };
    let source = &journey.source;
    let target = export::target_name(source);
    let shards = 0..source.shards.len();
    vec![
        Change::ExportStarted { target: target.clone() },
        Change::Exported {
            objects: shards
                .clone()
                .map(|i| object(format!("{target}-{:04}.rdb", i + 1), i))
                .collect(),
            source: Box::new(source.clone()),
        },
        Change::CopyStarted,
        Change::Copied {
            copy: Copy {
                objects: shards.map(|i| object(export::copy_key(source, i), i)).collect(),
                manifest: object(export::manifest_key(source), 0),
            },
        },
    ]
}

/// Lives it, and answers the journey and version at its end.
pub(crate) async fn lived(desk: &Desk, fresh: &Journey) -> (Journey, u64) {
    let ours = who("ours");
    let (mut journey, mut version) = desk.hold(fresh, &ours).await;
    for change in life(fresh) {
        (journey, version) = desk.record(&journey, &change, version, &ours).await.unwrap();
    }
    (journey, version)
}

pub(crate) async fn each_change_is_an_entry(desk: &Desk) {
    let fresh = journey("lived");
    let (last, version) = lived(desk, &fresh).await;
    assert_eq!((version, &last.state), (5, &State::Copied));
    assert_eq!(desk.ledger.load(&fresh.id).await.unwrap().as_ref(), Some(&last));

    let entries = desk.ledger.entries(&fresh.id).await.unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|sealed| {
            let Entry { seq, who, change, state, .. } = sealed.entry();
            (*seq, who.request_id.as_str(), change.name(), state.name())
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, "ours", "opened", "observed"),
            (2, "ours", "export_started", "exporting"),
            (3, "ours", "exported", "exported"),
            (4, "ours", "copy_started", "copying"),
            (5, "ours", "copied", "copied"),
        ]
    );
    let audits =
        desk.ledger.audit(&fresh.id.snapshot.region, &fresh.id.snapshot.name).await.unwrap();
    let [audit] = &audits[..] else { panic!("{audits:?}") };
    assert_eq!((&audit.journey, &audit.entries, &audit.chain), (&last, &entries, &Ok(())));
}

pub(crate) async fn nothing_is_recorded_without_the_lease(desk: &Desk) {
    let fresh = journey("lost");
    let (held, version) = desk.hold(&fresh, &who("slow")).await;
    desk.claim(&fresh, &who("heir"), later(fresh.opened_at, 3600)).await.unwrap();

    let change = Change::CopyStarted;
    let error = desk.record(&held, &change, version, &who("slow")).await.unwrap_err();
    assert_eq!(error.class, Class::Conflict, "{error}");
    let stale = desk.record(&held, &change, version + 1, &who("heir")).await.unwrap_err();
    assert_eq!(stale.class, Class::Conflict, "{stale}");
    assert_eq!(desk.entries(&fresh.id).await, 1);
    assert_eq!(desk.ledger.load(&fresh.id).await.unwrap(), Some(held.clone()));
    desk.record(&held, &change, version, &who("heir")).await.unwrap();

    let unknown = journey("never-opened");
    let error = desk.record(&unknown, &change, 0, &who("slow")).await.unwrap_err();
    assert_eq!(error.class, Class::Conflict, "{error}");
    assert_eq!(desk.ledger.load(&unknown.id).await.unwrap(), None);
}

pub(crate) async fn one_of_two_records_at_once_wins(desk: &Desk) {
    let fresh = journey("twofold");
    let ours = who("ours");
    let (held, version) = desk.hold(&fresh, &ours).await;
    let skipped = Change::Skipped { reason: "no tier".to_owned() };
    let (a, b) = tokio::join!(
        desk.record(&held, &Change::CopyStarted, version, &ours),
        desk.record(&held, &skipped, version, &ours),
    );
    let ((Ok((won, 2)), Err(error)) | (Err(error), Ok((won, 2)))) = (a, b) else {
        panic!("both or neither succeeded")
    };
    assert_eq!(error.class, Class::Conflict, "{error}");
    assert_eq!(desk.ledger.load(&fresh.id).await.unwrap(), Some(won));
    assert_eq!(desk.entries(&fresh.id).await, 2);
}

pub(crate) async fn a_repeated_record_succeeds_and_writes_nothing(desk: &Desk) {
    let fresh = journey("repeated");
    let ours = who("ours");
    let (held, version) = desk.hold(&fresh, &ours).await;
    let change = Change::CopyStarted;
    let first = desk.record(&held, &change, version, &ours).await.unwrap();
    assert_eq!(desk.record(&held, &change, version, &ours).await.unwrap(), first);
    // Made again by a later attempt of the same invocation, whose clock went on.
    let after = held.after(&change, later(held.updated_at, 9));
    assert_eq!(desk.ledger.record(&after, &change, version, &ours).await.unwrap(), first.1);
    assert_eq!(desk.entries(&fresh.id).await, 2);
}

pub(crate) async fn claims_while_a_holder_records_do_not_fail_it(desk: &Desk) {
    let fresh = journey("pestered");
    let at = fresh.opened_at;
    desk.hold(&fresh, &who("ours")).await;
    let pesters: Vec<_> = (0..40).map(|i| who(&format!("pest-{i}"))).collect();
    let claims = join_all(pesters.iter().map(|who| desk.claim(&fresh, who, at)));
    let ((_, version), claims) = tokio::join!(lived(desk, &fresh), claims);
    assert_eq!(version, 5);
    for claim in claims {
        assert!(matches!(claim.unwrap(), Claim::Busy { .. }));
    }
}

pub(crate) async fn the_largest_journey_is_recorded(desk: &Desk) {
    let mut source = testkit::sample::source("c", "s", 500, "2026-03-07T03:15:00Z");
    source.cache = "c".repeat(63).parse().unwrap();
    source.snapshot.name = "s".repeat(255).parse().unwrap();
    let id =
        JourneyId { snapshot: source.snapshot.clone(), dr_region: "eu-west-1".parse().unwrap() };
    let opened_at = source.snapshot.taken_at;
    let fresh = Journey::open(id, source, "dr-bucket".parse().unwrap(), opened_at);
    let (last, _) = lived(desk, &fresh).await;
    assert_eq!(desk.ledger.load(&fresh.id).await.unwrap(), Some(last));
}
