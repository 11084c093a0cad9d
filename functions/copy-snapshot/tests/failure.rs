//! What the function does when its world fails: every call in turn, in every way.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it cannot go on")]

mod common;

use common::{DR, SNAPSHOT, Scene, bytes, orders};
use domain::alert::Status;
use domain::class::Class;
use domain::export;
use domain::journey::{State, Step};
use serde_json::json;
use testkit::{Fault, Spoil, event, sample};

/// How many calls an undisturbed journey makes.
async fn calls_of_a_quiet_journey() -> usize {
    let scene = Scene::new();
    let (source, shards) = orders(2);
    scene.world.snapshot(&source, shards);
    scene.settle(SNAPSHOT).await;
    scene.world.gate.calls().len()
}

/// The process dies before or after each call in turn; any later notice completes the journey.
#[tokio::test]
async fn a_process_that_dies_anywhere_is_taken_over() {
    let calls = calls_of_a_quiet_journey().await;
    assert!(calls > 15, "the journey is not driven at all");
    for from in 0..calls {
        for spoil in [Spoil::CrashBefore, Spoil::CrashAfter] {
            let scene = Scene::new();
            let (source, shards) = orders(2);
            scene.world.snapshot(&source, shards.clone());
            scene.world.gate.spoil(Fault { from, times: 1, spoil });
            tokio::select! {
                () = scene.settle(SNAPSHOT) => {}
                () = scene.world.gate.crashed() => {}
            }
            scene.settle(SNAPSHOT).await;
            assert_eq!(scene.journey(SNAPSHOT).state, State::Copied, "call {from}, {spoil:?}");
            scene.assert_copied(&source, &shards, DR);
            assert!(scene.world.alerts().is_empty(), "call {from}, {spoil:?}");
        }
    }
}

/// A call fails, before its effect or after it, and works when made again: nobody is paged.
#[tokio::test]
async fn a_failure_that_a_retry_fixes_pages_no_one() {
    let calls = calls_of_a_quiet_journey().await;
    for from in 0..calls {
        for class in [Class::Transient, Class::Throttled] {
            for spoil in [Spoil::Before(class), Spoil::After(class)] {
                let scene = Scene::new();
                let (source, shards) = orders(2);
                scene.world.snapshot(&source, shards.clone());
                scene.world.gate.spoil(Fault { from, times: 1, spoil });
                scene.settle(SNAPSHOT).await;
                assert_eq!(scene.journey(SNAPSHOT).state, State::Copied, "call {from}, {spoil:?}");
                scene.assert_copied(&source, &shards, DR);
                assert!(scene.world.alerts().is_empty(), "call {from}, {spoil:?}");
            }
        }
    }
}

/// Each operation denied in turn: never silent, one alert or one dead letter, and a resolve for
/// each alert once it is allowed again.
#[tokio::test]
async fn a_denied_operation_is_told_once_and_resolved_once() {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    scene.settle(SNAPSHOT).await;
    let mut operations = scene.world.gate.calls();
    operations.sort_unstable();
    operations.dedup();
    // Without these nothing can be recorded at all, or nothing is lost.
    let unrecorded = ["ledger:claim", "ledger:record", "ledger:of_snapshot", "ledger:release"];
    for operation in operations {
        let scene = Scene::new();
        let (source, shards) = orders(1);
        scene.world.snapshot(&source, shards.clone());
        scene.world.gate.deny(operation);
        for request in ["one", "two", "three"] {
            scene.queue(&[event::load("direct")], request).await;
            scene.world.finish_exports();
        }
        let alerts = scene.world.alerts().len();
        let letters = scene.world.dead_letters().len();
        let copied = scene.world.journeys().iter().any(|j| j.state == State::Copied);
        assert!(alerts <= 1, "{operation}: {alerts} alerts");
        assert!(alerts + letters > 0 || copied, "{operation}: silence");
        if !unrecorded.contains(&operation) && letters == 0 && !copied {
            assert_eq!(alerts, 1, "{operation}");
        }

        scene.world.gate.heal();
        scene.settle(SNAPSHOT).await;
        scene.queue(&[event::load("direct")], "after").await;
        scene.assert_copied(&source, &shards, DR);
        let told = scene.world.alerts();
        let opened = told.iter().filter(|a| a.status == Status::Opened).count();
        assert_eq!(told.len(), opened * 2, "{operation}: every alert has its resolve: {told:#?}");
    }
}

#[tokio::test]
async fn attempts_run_out_and_then_a_person_is_told() {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    scene.deliver(event::load("direct"), "first").await.unwrap();
    scene.world.finish_exports();
    scene.world.gate.refuse("s3:CopyObject", Class::Throttled);
    for attempt in 1..=3 {
        let back = scene.queue(&[event::load("direct")], &format!("attempt-{attempt}")).await;
        assert_eq!(back, usize::from(attempt < 3), "attempt {attempt}");
        assert_eq!(scene.world.alerts().len(), usize::from(attempt == 3), "attempt {attempt}");
    }
    let State::Failed { failure } = scene.journey(SNAPSHOT).state else { panic!() };
    assert_eq!((failure.step, failure.class, failure.attempts), (Step::Copy, Class::Throttled, 3));
}

#[tokio::test]
async fn an_alert_says_what_a_person_needs() {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    scene.world.gate.deny("elasticache:CopySnapshot");
    scene.queue(&[event::load("direct")], "request").await;
    let alert = scene.world.alerts().remove(0);
    assert_eq!(alert.cache.as_str(), "orders");
    assert_eq!(alert.step, Some(Step::Export));
    assert!(alert.cause.unwrap().contains("elasticache:CopySnapshot"));
    assert!(alert.action.unwrap().contains("staging"));
    assert!(alert.summary.contains(SNAPSHOT));
}

/// A large object is copied in parts, and an interrupted copy goes on where it was.
#[tokio::test]
async fn parts_that_s3_already_holds_are_not_copied_again() {
    let scene = Scene::new();
    let source = sample::source("orders", "large", 1, "2026-03-07T03:00:00Z");
    let shard = bytes((5 << 20) * 4 + 17, 5);
    scene.world.snapshot(&source, vec![shard.clone()]);
    scene.deliver(json!({"snapshot": "large"}), "first").await.unwrap();
    scene.world.finish_exports();
    // The process dies at the third part.
    scene.world.gate.crash_at("s3:UploadPartCopy", 3);
    tokio::select! {
        _ = scene.deliver(json!({"snapshot": "large"}), "second") => panic!("it did not die"),
        () = scene.world.gate.crashed() => {}
    }
    scene.world.gate.heal();
    scene.settle("large").await;
    scene.assert_copied(&source, &[shard], DR);
    assert_eq!(scene.world.gate.count("s3:CreateMultipartUpload"), 1);
    let copied = scene.world.gate.count("s3:UploadPartCopy");
    assert!(copied <= 5 + 3, "{copied} part copies for 5 parts, of which some were there");
}

#[tokio::test]
async fn a_byte_changed_behind_our_back_is_noticed_and_the_repair_too() {
    let scene = Scene::new();
    let (source, shards) = orders(2);
    scene.world.snapshot(&source, shards.clone());
    scene.settle(SNAPSHOT).await;
    let key = export::copy_key(&source, 1);
    let mut altered = shards[1].clone();
    altered[17] ^= 1;
    scene.world.overwrite(DR, &key, altered);
    for request in ["one", "two"] {
        scene.deliver(event::load("direct"), request).await.unwrap();
    }
    let State::Failed { failure } = scene.journey(SNAPSHOT).state else { panic!() };
    assert_eq!(failure.step, Step::Check);
    assert!(failure.cause.contains(&key), "{}", failure.cause);
    assert_eq!(scene.world.alerts().len(), 1);

    scene.world.undo(DR, &key);
    scene.deliver(event::load("direct"), "after").await.unwrap();
    assert_eq!(scene.journey(SNAPSHOT).state, State::Copied);
    let statuses: Vec<Status> = scene.world.alerts().iter().map(|a| a.status).collect();
    assert_eq!(statuses, [Status::Opened, Status::Resolved]);
}

#[tokio::test]
async fn other_bytes_where_the_copy_belongs_are_never_overwritten() {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards);
    let key = export::copy_key(&source, 0);
    scene.world.overwrite(DR, &key, b"somebody else's".to_vec());
    scene.settle(SNAPSHOT).await;
    assert!(matches!(scene.journey(SNAPSHOT).state, State::Failed { .. }));
    assert_eq!(scene.world.object(DR, &key).unwrap(), b"somebody else's");
}

#[tokio::test]
async fn a_copy_made_before_staging_expired_still_counts() {
    let scene = Scene::new();
    let (source, shards) = orders(1);
    scene.world.snapshot(&source, shards.clone());
    scene.deliver(event::load("direct"), "first").await.unwrap();
    scene.world.finish_exports();
    scene.world.gate.crash_at("s3:PutObject", 1);
    tokio::select! {
        _ = scene.deliver(event::load("direct"), "second") => panic!("it did not die"),
        () = scene.world.gate.crashed() => {}
    }
    scene.world.gate.heal();
    scene.world.empty(common::STAGING);
    scene.settle(SNAPSHOT).await;
    scene.assert_copied(&source, &shards, DR);
    assert_eq!(scene.world.gate.count("elasticache:CopySnapshot"), 1);
}
