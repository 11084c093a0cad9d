//! What is decided, over every way a journey can come to stand.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it cannot go on")]

use domain::checksum::Crc64;
use domain::class::Class;
use domain::decide::{Next, Seen, SnapshotSeen, decide, needs_snapshot};
use domain::export;
use domain::id::{JourneyId, SnapshotId};
use domain::journey::{Alarm, Change, Copy, Failure, Journey, State, Step};
use domain::object::{Listed, Object};
use domain::source::{CacheKind, Shard, Source};
use jiff::Timestamp;
use proptest::prelude::*;

fn source(shards: usize) -> Source {
    Source {
        snapshot: SnapshotId {
            region: "us-east-1".parse().unwrap(),
            name: "nightly".parse().unwrap(),
            taken_at: "2026-03-07T03:15:00Z".parse().unwrap(),
        },
        arn: "arn:aws:elasticache:us-east-1:123456789012:snapshot:nightly".to_owned(),
        account: "123456789012".parse().unwrap(),
        cache: "orders".parse().unwrap(),
        kind: CacheKind::ReplicationGroup,
        engine: "valkey".to_owned(),
        engine_version: "8.0.1".to_owned(),
        node_type: None,
        cluster_mode: shards > 1,
        shards: vec![Shard { node_group: None, slots: None }; shards],
        nodes_per_shard: None,
        port: None,
        parameter_group: None,
        subnet_group: None,
        security_groups: None,
        automatic_failover: None,
        transit_encryption: None,
        kms_key: None,
        data_tiering: None,
        tags: None,
    }
}

fn journey(shards: usize) -> Journey {
    let source = source(shards);
    let id =
        JourneyId { snapshot: source.snapshot.clone(), dr_region: "eu-west-1".parse().unwrap() };
    Journey::open(id, source, "vault".parse().unwrap(), Timestamp::UNIX_EPOCH)
}

fn object(key: String) -> Object {
    Object { key, size: 10, etag: "etag".to_owned(), version_id: None, crc64: Crc64(7) }
}

fn listed(object: &Object) -> Listed {
    Listed { key: object.key.clone(), size: object.size, etag: object.etag.clone() }
}

/// The world around one journey, as far as deciding depends on it.
struct World {
    journey: Journey,
    snapshot: SnapshotSeen,
    staged: Vec<Object>,
    copies: Vec<Object>,
}

impl World {
    fn new(shards: usize) -> Self {
        Self {
            journey: journey(shards),
            snapshot: SnapshotSeen::Available,
            staged: Vec::new(),
            copies: Vec::new(),
        }
    }

    fn seen(&self) -> Seen {
        let mut seen = Seen {
            snapshot: SnapshotSeen::Gone,
            staged: self.staged.iter().map(listed).collect(),
            copies: self.copies.iter().map(listed).collect(),
            altered: Vec::new(),
        };
        // What is not needed is not asked: `Gone` would end the journey if it mattered.
        if needs_snapshot(&self.journey, &seen) {
            seen.snapshot = self.snapshot.clone();
        }
        seen
    }

    fn finish_export(&mut self) {
        if self.snapshot == SnapshotSeen::Exporting {
            let target = export::target_name(&self.journey.source);
            self.staged = (0..self.journey.source.shards.len())
                .map(|i| object(format!("{target}-{:04}.rdb", i + 1)))
                .collect();
            self.snapshot = SnapshotSeen::Available;
        }
    }

    /// Decides and acts once. With `recorded` false, the process dies between effect and record.
    fn step(&mut self, recorded: bool) -> Next {
        let next = decide(&self.journey, &self.seen());
        let change = match &next {
            Next::Export { target } => {
                assert_eq!(self.snapshot, SnapshotSeen::Available, "an export that is refused");
                assert!(self.staged.is_empty(), "an export over what is staged");
                self.snapshot = SnapshotSeen::Exporting;
                Change::ExportStarted { target: target.clone() }
            }
            Next::NoteExport => Change::ExportSeen,
            Next::Fingerprint { staged } => Change::Exported {
                objects: staged.iter().map(|l| object(l.key.clone())).collect(),
                source: Box::new(self.journey.source.clone()),
            },
            Next::BeginCopy => Change::CopyStarted,
            Next::Copy => {
                let source = &self.journey.source;
                let objects: Vec<Object> = (0..self.journey.staged.len())
                    .map(|i| object(export::copy_key(source, i)))
                    .collect();
                let manifest = object(export::manifest_key(source));
                self.copies = objects.iter().cloned().chain([manifest.clone()]).collect();
                Change::Copied { copy: Copy { objects, manifest } }
            }
            Next::OpenAlert => Change::AlertOpened,
            Next::ResolveAlert => Change::AlertResolved,
            Next::NoteRestored => Change::Restored,
            Next::Fail(failure) => Change::Failed { failure: failure.clone() },
            Next::Await(_) | Next::LookAgain(_) | Next::Settled => return next,
        };
        if recorded {
            self.journey = self.journey.after(&change, Timestamp::UNIX_EPOCH);
        }
        next
    }
}

proptest! {
    /// However often the process dies between an effect and its record, whenever the export ends,
    /// the journey is copied in the end, and no export is asked for that would be refused.
    #[test]
    fn every_journey_converges(
        shards in 1usize..5,
        moves in prop::collection::vec((any::<bool>(), any::<bool>()), 0..30),
    ) {
        let mut world = World::new(shards);
        for (recorded, export_ends) in moves {
            if export_ends {
                world.finish_export();
            }
            world.step(recorded);
        }
        for _ in 0..12 {
            world.finish_export();
            if world.step(true) == Next::Settled {
                break;
            }
        }
        prop_assert_eq!(&world.journey.state, &State::Copied);
        prop_assert_eq!(world.journey.alarm, Alarm::Quiet);
    }

    /// A failure in between changes nothing about the end, and whoever was told of it hears of it.
    #[test]
    fn a_failed_journey_recovers_and_says_so(shards in 1usize..5, after in 0usize..6, told in any::<bool>()) {
        let mut world = World::new(shards);
        for _ in 0..after {
            world.finish_export();
            world.step(true);
        }
        prop_assume!(world.journey.copy.is_none());
        let failure = Failure {
            step: Step::Copy, class: Class::Denied, code: None, cause: "no".to_owned(), attempts: 1,
        };
        world.journey = world.journey.after(&Change::Failed { failure }, Timestamp::UNIX_EPOCH);
        prop_assert_eq!(decide(&world.journey, &world.seen()), Next::OpenAlert);
        if told {
            world.step(true);
        } else {
            // Recovered before anyone was told: nobody is.
            world.journey.alarm = Alarm::Quiet;
        }
        let mut resolved = 0;
        for _ in 0..12 {
            world.finish_export();
            resolved += usize::from(world.step(true) == Next::ResolveAlert);
        }
        prop_assert_eq!(&world.journey.state, &State::Copied);
        prop_assert_eq!(resolved, usize::from(told));
    }

    /// Any object of a finished copy that is gone or altered is told; nothing else is.
    #[test]
    fn a_damaged_copy_fails_the_check(shards in 1usize..5, victim in 0usize..6, gone in any::<bool>()) {
        let mut world = World::new(shards);
        for _ in 0..12 {
            world.finish_export();
            world.step(true);
        }
        let mut seen = world.seen();
        prop_assert_eq!(decide(&world.journey, &seen), Next::Settled);
        let key = seen.copies[victim % seen.copies.len()].key.clone();
        if gone {
            seen.copies.retain(|l| l.key != key);
        } else {
            seen.altered.push(key.clone());
        }
        let Next::Fail(failure) = decide(&world.journey, &seen) else { panic!("not noticed") };
        prop_assert_eq!(failure.step, Step::Check);
        prop_assert!(failure.cause.contains(&key));

        // Told once; noticed when it is whole again.
        let failed = world.journey.after(&Change::Failed { failure }, Timestamp::UNIX_EPOCH);
        let failed = failed.after(&Change::AlertOpened, Timestamp::UNIX_EPOCH);
        prop_assert_eq!(decide(&failed, &seen), Next::Settled);
        prop_assert_eq!(decide(&failed, &world.seen()), Next::NoteRestored);
    }
}

#[test]
fn somebody_elses_objects_under_a_longer_name_are_not_ours() {
    let mut world = World::new(1);
    let target = export::target_name(&world.journey.source);
    world.staged.push(object(format!("{target}-copy-0001.rdb")));
    let Next::Export { .. } = decide(&world.journey, &world.seen()) else { panic!() };
}

#[test]
fn a_snapshot_that_is_gone_or_failed_is_given_up() {
    for snapshot in [SnapshotSeen::Gone, SnapshotSeen::Failed] {
        let world = World { snapshot, ..World::new(1) };
        let Next::Fail(failure) = decide(&world.journey, &world.seen()) else { panic!() };
        assert_eq!((failure.step, failure.class), (Step::Export, Class::Invalid));
    }
}

#[test]
fn a_skipped_journey_is_left_alone() {
    let skipped = Change::Skipped { reason: "not protected".to_owned() };
    let world = World::new(1);
    let journey = world.journey.after(&skipped, Timestamp::UNIX_EPOCH);
    assert_eq!(decide(&journey, &world.seen()), Next::Settled);
}
