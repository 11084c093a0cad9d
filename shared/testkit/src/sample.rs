//! Samples of domain types.

use std::collections::BTreeMap;

use domain::id::SnapshotId;
use domain::source::{CacheKind, Shard, Source};
use jiff::Timestamp;

/// A snapshot of the replication group `cache`, with `shards` shards, as ElastiCache describes it:
/// without what only the live cache can tell.
#[must_use]
pub fn source(cache: &str, snapshot: &str, shards: usize, taken_at: &str) -> Source {
    let taken_at: Timestamp = taken_at.parse().unwrap();
    let step = 16384 / shards;
    let slots = |i: usize| {
        let end = if i + 1 == shards { 16383 } else { (i + 1) * step - 1 };
        format!("{}-{end}", i * step)
    };
    Source {
        snapshot: SnapshotId {
            region: "us-east-1".parse().unwrap(),
            name: snapshot.parse().unwrap(),
            taken_at,
        },
        arn: format!("arn:aws:elasticache:us-east-1:123456789012:snapshot:{snapshot}"),
        account: "123456789012".parse().unwrap(),
        cache: cache.parse().unwrap(),
        kind: CacheKind::ReplicationGroup,
        engine: "redis".to_owned(),
        engine_version: "7.1.0".to_owned(),
        node_type: Some("cache.r7g.large".to_owned()),
        cluster_mode: shards > 1,
        shards: (0..shards)
            .map(|i| Shard {
                node_group: Some(format!("{:04}", i + 1)),
                slots: (shards > 1).then(|| slots(i)),
            })
            .collect(),
        nodes_per_shard: Some(2),
        port: Some(6379),
        parameter_group: Some("default.redis7".to_owned()),
        subnet_group: Some("private".to_owned()),
        security_groups: None,
        automatic_failover: Some("enabled".to_owned()),
        transit_encryption: None,
        kms_key: None,
        data_tiering: Some("disabled".to_owned()),
        tags: None,
    }
}

/// A serverless snapshot.
#[must_use]
pub fn serverless(cache: &str, snapshot: &str, taken_at: &str) -> Source {
    Source {
        arn: format!(
            "arn:aws:elasticache:us-east-1:123456789012:serverlesscachesnapshot:{snapshot}"
        ),
        kind: CacheKind::Serverless,
        node_type: None,
        cluster_mode: true,
        shards: vec![Shard { node_group: None, slots: None }],
        nodes_per_shard: None,
        ..source(cache, snapshot, 1, taken_at)
    }
}

/// What only a live cache can tell.
#[must_use]
pub fn completed(source: Source) -> Source {
    Source {
        security_groups: Some(vec!["sg-0123456789abcdef0".to_owned()]),
        tags: Some(BTreeMap::from([("team".to_owned(), "payments".to_owned())])),
        ..source
    }
}
