//! Every sample of `events/`, and what the function makes of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it cannot go on")]

mod common;

use common::{DR, SNAPSHOT, Scene, orders};
use copy_snapshot::Answer;
use domain::class::Class;
use domain::decide::SnapshotSeen;
use domain::journey::{Change, State};
use domain::source::CacheKind;
use lambda::Classified;
use serde_json::{Value, json};
use testkit::{event, sample};

fn serverless() -> (domain::source::Source, Vec<Vec<u8>>) {
    let source = sample::serverless("sessions", "sessions-nightly", "2026-03-07T03:15:07Z");
    (source, vec![common::bytes(900, 1), common::bytes(901, 2)])
}

/// A scene in which everything that the samples name exists.
fn scene() -> Scene {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    for name in ["orders-before-upgrade", "orders-keep"] {
        let source = sample::source("orders", name, 1, "2026-03-06T10:00:00Z");
        scene.world.snapshot(&source, vec![common::bytes(100, 3)]);
    }
    let (source, shards) = serverless();
    scene.world.snapshot(&source, shards);
    scene
}

/// What each sample leads to at its first delivery.
#[tokio::test]
async fn every_sample_is_taken_for_what_it_is() {
    let expected = [
        ("cloudtrail-copy-snapshot", vec![("orders-keep", "exporting")]),
        ("cloudtrail-create-serverless-cache-snapshot", vec![("sessions-nightly", "exporting")]),
        ("cloudtrail-create-snapshot", vec![("orders-before-upgrade", "exporting")]),
        ("direct", vec![(SNAPSHOT, "exporting")]),
        ("elasticache-snapshot-notification", vec![(SNAPSHOT, "exporting")]),
        ("s3-object-created", vec![(SNAPSHOT, "exporting")]),
        ("serverless-snapshot-copy-failed", vec![("sessions-nightly", "exporting")]),
        ("serverless-snapshot-created", vec![("sessions-nightly", "exporting")]),
        // The newest of the cache, and the others of the last day.
        (
            "sns-snapshot-complete",
            vec![
                (SNAPSHOT, "exporting"),
                ("orders-before-upgrade", "exporting"),
                ("orders-keep", "exporting"),
            ],
        ),
        ("sns-snapshot-succeeded-text", vec![(SNAPSHOT, "exporting")]),
        ("sns-failover-complete", vec![]),
    ];
    for (name, journeys) in expected {
        let scene = scene();
        scene.deliver(event::load(name), "request").await.unwrap();
        let mut seen: Vec<(String, &str)> = scene
            .world
            .journeys()
            .iter()
            .map(|j| (j.id.snapshot.name.to_string(), j.state.name()))
            .collect();
        seen.sort();
        let mut journeys: Vec<(String, &str)> =
            journeys.into_iter().map(|(name, state)| (name.to_owned(), state)).collect();
        journeys.sort();
        assert_eq!(seen, journeys, "{name}");
    }
}

#[tokio::test]
async fn no_sample_is_malformed() {
    for (name, sample) in event::all() {
        let scene = scene();
        match scene.deliver(sample, "request").await {
            Ok(_) => {}
            // A report that a snapshot failed, where none has.
            Err(copy_snapshot::Error::Unknown(_)) if name == "sns-snapshot-failed" => {}
            Err(error) => panic!("{name}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn a_notice_through_the_queue_copies_the_snapshot() {
    let scene = Scene::new();
    let (source, shards) = orders(2);
    scene.world.snapshot(&source, shards.clone());
    scene.deliver(event::load("sqs-snapshot-complete"), "first").await.unwrap();
    let written = scene.world.finish_exports();
    assert_eq!(written.len(), 2);
    assert_eq!(scene.queue(&[event::load("s3-object-created")], "second").await, 0);
    assert_eq!(scene.journey(SNAPSHOT).state, State::Copied);
    scene.assert_copied(&source, &shards, DR);
    assert!(scene.world.alerts().is_empty());
}

#[tokio::test]
async fn the_first_of_two_objects_does_not_start_the_copy() {
    let scene = Scene::new();
    let (source, shards) = orders(2);
    scene.world.snapshot(&source, shards);
    scene.deliver(event::load("direct"), "first").await.unwrap();
    let target = domain::export::target_name(&source);
    scene.world.overwrite(common::STAGING, &format!("{target}-0001.rdb"), vec![1]);
    scene.deliver(event::load("s3-object-created"), "second").await.unwrap();
    assert_eq!(scene.journey(SNAPSHOT).state, State::Exporting);
    assert_eq!(scene.world.gate.count("elasticache:CopySnapshot"), 1);
}

#[tokio::test]
async fn what_is_no_notice_goes_to_the_dead_letter_queue_with_the_reason() {
    let no_notices: Vec<(Value, &str)> = vec![
        (json!("not json"), "malformed notice"),
        (json!([1, 2]), "expected a JSON object, got an array"),
        (json!({"hello": "world"}), "an object with fields [hello]"),
        (json!({"snapshot": 7}), "expected a string"),
        (json!({"snapshot": "a/../b"}), "is not a snapshot name"),
        (json!({"snapshot": "nightly", "force": true}), "unknown field `force`"),
        (
            json!({"detail-type": "Cache Created", "source": "aws.elasticache", "detail": {}}),
            "Cache Created",
        ),
        (
            json!({"detail-type": "Snapshot Created", "source": "aws.elasticache", "detail": {}}),
            "names no snapshot",
        ),
        (
            json!({"detail-type": "Object Created", "source": "aws.s3", "detail": {"bucket": {"name": "other"}}}),
            "expected the staging bucket",
        ),
        (json!({"Type": "Notification", "Message": "hello"}), "neither JSON nor a sentence"),
        (
            json!({"Type": "Notification", "Message": "{\"ElastiCache:SnapshotComplete\":5}"}),
            "must name a node",
        ),
        (json!({"snapshot": "never-existed"}), "no snapshot named never-existed"),
    ];
    for (body, expected) in no_notices {
        let scene = Scene::new();
        assert_eq!(scene.queue(std::slice::from_ref(&body), "request").await, 0, "{body}");
        let dead = scene.world.dead_letters();
        assert_eq!(dead.len(), 1, "{body}");
        let (letter, reason) = &dead[0];
        let sent = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        assert_eq!(*letter, sent, "the letter is as it came");
        assert!(reason.contains(expected), "{body}: {reason}");

        // The same without a queue is an error that the caller sees.
        if !body.is_string() {
            let error = scene.deliver(body.clone(), "direct").await.unwrap_err();
            assert_eq!(error.class(), Class::Invalid, "{body}");
        }
    }
}

#[tokio::test]
async fn one_bad_message_does_not_hold_up_the_others() {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    let bodies = [json!("{"), event::load("direct")];
    assert_eq!(scene.queue(&bodies, "request").await, 0);
    assert_eq!(scene.world.dead_letters().len(), 1);
    assert_eq!(scene.journey(SNAPSHOT).state, State::Exporting);
}

#[tokio::test]
async fn a_snapshot_that_is_not_finished_is_looked_at_again() {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    scene.world.set_status(SNAPSHOT, SnapshotSeen::Busy("creating".to_owned()));
    assert_eq!(scene.queue(&[event::load("direct")], "request").await, 1);
    // Nor is one that is so young that nobody says when it was taken.
    scene.world.set_young(SNAPSHOT, true);
    assert_eq!(scene.queue(&[event::load("direct")], "request").await, 1);
    assert_eq!(scene.world.postponed().len(), 2);
    assert!(scene.world.journeys().is_empty());

    // After hours of it a person is shown, with what was waited for.
    let last = event::queue(&[event::load("direct")], 15);
    let Answer::Queue(response) = scene.deliver(last, "last").await.unwrap() else { panic!() };
    assert!(response.batch_item_failures.is_empty());
    let (_, reason) = scene.world.dead_letters().remove(0);
    assert!(reason.contains("is not finished"), "{reason}");

    // A failure of one that will never say when it was taken is shown at once.
    let text =
        format!("Snapshot failed for snapshot with ID '{SNAPSHOT}' of cache cluster with ID 'x'");
    let failed = json!({"Type": "Notification", "Message": text});
    assert_eq!(scene.queue(&[failed], "failed").await, 0);
    let (_, reason) = scene.world.dead_letters().remove(1);
    assert!(reason.contains("reports a failure"), "{reason}");
}

#[tokio::test]
async fn a_failed_snapshot_is_told_once() {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    scene.world.set_status(SNAPSHOT, SnapshotSeen::Failed);
    for request in ["one", "two", "three"] {
        scene.deliver(event::load("sns-snapshot-failed"), request).await.unwrap();
    }
    assert!(matches!(scene.journey(SNAPSHOT).state, State::Failed { .. }));
    assert_eq!(scene.world.alerts().len(), 1);
}

#[tokio::test]
async fn a_serverless_snapshot_travels_too() {
    let scene = Scene::new();
    let (source, shards) = serverless();
    scene.world.snapshot(&source, shards.clone());
    scene.deliver(event::load("serverless-snapshot-created"), "first").await.unwrap();
    scene.settle("sessions-nightly").await;
    scene.assert_copied(&source, &shards, DR);
}

#[tokio::test]
async fn a_reported_export_failure_is_told_once_and_does_not_ask_for_another() {
    let scene = Scene::new();
    let (source, shards) = serverless();
    scene.world.snapshot(&source, shards.clone());
    scene.deliver(event::load("serverless-snapshot-created"), "first").await.unwrap();
    scene.world.set_status("sessions-nightly", SnapshotSeen::Available);
    let mut report = event::load("serverless-snapshot-export-failed");
    report["time"] = json!("2026-03-07T04:10:00Z");
    for request in ["one", "two", "three"] {
        scene.deliver(report.clone(), request).await.unwrap();
    }
    let journey = scene.journey("sessions-nightly");
    let State::Failed { failure } = &journey.state else { panic!("{:?}", journey.state) };
    assert_eq!(failure.class, Class::Denied);
    assert!(failure.cause.contains("does not have permissions"));
    assert_eq!(scene.world.alerts().len(), 1);
    assert_eq!(scene.world.gate.count("elasticache:CopySnapshot"), 1);

    // A report from before the last attempt is about another one.
    scene.settle("sessions-nightly").await;
    scene.deliver(event::load("serverless-snapshot-export-failed"), "late").await.unwrap();
    assert_eq!(scene.journey("sessions-nightly").state, State::Copied);
}

#[tokio::test]
async fn a_deleted_snapshot_that_was_never_exported_is_told() {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    scene.world.gate.deny("elasticache:CopySnapshot");
    scene.deliver(event::load("direct"), "first").await.unwrap();
    scene.world.gate.heal();
    scene.world.delete_snapshot(SNAPSHOT);
    scene.deliver(event::load("direct"), "second").await.unwrap();
    let State::Failed { failure } = scene.journey(SNAPSHOT).state else { panic!() };
    assert!(failure.cause.contains("deleted"), "{}", failure.cause);
    assert_eq!(scene.world.alerts().len(), 1, "one problem, one alert");
}

#[tokio::test]
async fn a_snapshot_taken_again_under_its_old_name_is_another_one() {
    let scene = Scene::new();
    let first = sample::source("orders", "nightly", 1, "2026-03-06T03:00:00Z");
    scene.world.snapshot(&first, vec![common::bytes(100, 1)]);
    scene.settle("nightly").await;
    let second = sample::source("orders", "nightly", 1, "2026-03-07T03:00:00Z");
    scene.world.snapshot(&second, vec![common::bytes(100, 2)]);
    scene.settle("nightly").await;
    scene.assert_copied(&first, &[common::bytes(100, 1)], DR);
    scene.assert_copied(&second, &[common::bytes(100, 2)], DR);
    let opened = |e: &&testkit::Recorded| e.change == Change::Opened;
    assert_eq!(scene.world.entries("nightly").iter().filter(opened).count(), 2);
}

/// Automatic snapshots of a group with cluster mode disabled name a node. Whichever notice comes
/// first, the journey is the group's.
#[tokio::test]
async fn a_snapshot_taken_on_a_member_belongs_to_its_group() {
    let name = "automatic.orders-002-2026-03-07-03-15";
    let by_node = json!({"Type": "Notification",
        "Message": "{\"ElastiCache:SnapshotComplete\":\"orders-002\"}"});
    for notice in [by_node, json!({"snapshot": name})] {
        let scene = Scene::new();
        let source = sample::source("orders-002", name, 1, "2026-03-07T03:15:07Z");
        let source = domain::source::Source { kind: CacheKind::CacheCluster, ..source };
        scene.world.snapshot(&source, vec![common::bytes(100, 1)]);
        scene.world.member("orders-002", "orders");
        scene.deliver(notice, "first").await.unwrap();
        scene.settle(name).await;
        let journey = scene.journey(name);
        assert_eq!(journey.state, State::Copied);
        assert_eq!(journey.source.cache.as_str(), "orders");
        assert!(journey.copy.unwrap().manifest.key.contains("/orders/"));
    }
}
