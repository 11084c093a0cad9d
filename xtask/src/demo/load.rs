//! Two caches are made and filled.

use anyhow::{Context, Result, ensure};
use aws_sdk_elasticache::operation::create_replication_group::builders::CreateReplicationGroupFluentBuilder;
use indicatif::{HumanCount, ProgressBar};

use super::cache::Cache;
use super::keyspace::{self, Noise};
use super::narrator::{Narrator, key_bar};
use super::resp::{Connection, Pipeline};
use super::slot::{self, Slots};
use super::stage::Stage;

/// The keys of `orders`, which has one shard and cluster mode disabled.
const ORDERS: usize = 180_000;
/// The keys of `sessions`, which has two shards.
const SESSIONS: usize = 120_000;

/// Commands that are sent to a shard at once.
const BATCH: usize = 1_000;

/// A cache, with the number of keys in each of its shards.
pub(super) struct Filled {
    pub(super) cache: Cache,
    pub(super) counts: Vec<u64>,
}

/// Makes `orders` and `sessions`, and fills them.
pub(super) async fn play(stage: &Stage, narrator: &mut Narrator) -> Result<(Filled, Filled)> {
    narrator.section("Two caches fill up");
    narrator.say(
        "orders has one shard, sessions has two in cluster mode. Behind each shard is a real \
         server. Both caches publish their notices to the stack's notification topic: that is all \
         they know of snapguard.",
    );
    println!();
    new_cache(stage, "orders").num_cache_clusters(1).send().await?;
    let two_shards = new_cache(stage, "sessions").num_node_groups(2).replicas_per_node_group(0);
    two_shards.send().await?;
    let client = &stage.primary.elasticache;
    let (orders, sessions) =
        tokio::try_join!(Cache::available(client, "orders"), Cache::available(client, "sessions"))?;

    let bars = narrator.bars();
    let noise = Noise::new();
    let filling = |cache: Cache, keys| {
        let bar = key_bar(&bars, &cache.name, keys as u64);
        let noise = &noise;
        async move { fill(cache, keys, noise, &bar).await }
    };
    let (orders, sessions) =
        tokio::try_join!(filling(orders, ORDERS), filling(sessions, SESSIONS))?;
    for filled in [&orders, &sessions] {
        let total = filled.counts.iter().sum();
        let Cache { name, shards } = &filled.cache;
        narrator.unwatched(&format!(
            "{name:<9} {} keys, shards: {}",
            HumanCount(total),
            shards.len()
        ));
    }
    println!();
    let types: Vec<_> = keyspace::mix(ORDERS)
        .into_iter()
        .zip(keyspace::mix(SESSIONS))
        .map(|((kind, a), (_, b))| format!("{} {}", HumanCount((a + b) as u64), kind.plural()))
        .collect();
    narrator.say(&format!("Together {}; a quarter of them expire in 30 days.", types.join(", ")));
    Ok((orders, sessions))
}

fn new_cache(stage: &Stage, name: &str) -> CreateReplicationGroupFluentBuilder {
    stage
        .primary
        .elasticache
        .create_replication_group()
        .replication_group_id(name)
        .replication_group_description(format!("The demo's {name}"))
        .engine("redis")
        .cache_node_type("cache.t4g.small")
        .notification_topic_arn(&stage.stacks.notification_topic)
}

/// What is on its way to one shard.
struct Lane {
    slots: Slots,
    connection: Connection,
    pipeline: Pipeline,
}

async fn fill(cache: Cache, keys: usize, noise: &Noise, bar: &ProgressBar) -> Result<Filled> {
    let mut lanes = Vec::new();
    for shard in &cache.shards {
        let (slots, connection) = (shard.slots()?, shard.connect().await?);
        lanes.push(Lane { slots, connection, pipeline: Pipeline::default() });
    }
    for index in 0..keys {
        let key = keyspace::name(&cache.name, index);
        let slot = slot::of(key.as_bytes());
        let lane = lanes.iter_mut().find(|lane| lane.slots.contains(slot));
        let lane = lane.with_context(|| format!("no shard owns slot {slot}"))?;
        keyspace::write(&mut lane.pipeline, &key, index, noise);
        if lane.pipeline.len() >= BATCH {
            lane.connection.send(&mut lane.pipeline).await?;
            bar.set_position(index as u64);
        }
    }
    for lane in &mut lanes {
        lane.connection.send(&mut lane.pipeline).await?;
    }
    bar.set_position(keys as u64);
    bar.abandon();
    let counts = cache.key_counts().await?;
    let total: u64 = counts.iter().sum();
    let name = &cache.name;
    ensure!(total == keys as u64, "{name} holds {total} keys after {keys} were written");
    Ok(Filled { cache, counts })
}
