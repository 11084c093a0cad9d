//! A new cache is seeded from a copy, in the DR Region and with what lies there alone.

use anyhow::{Context, Result, ensure};
use aws_sdk_elasticache::types::NodeGroupConfiguration;
use domain::export;
use domain::journey::Journey;
use domain::manifest::Manifest;
use indicatif::HumanCount;
use tokio::time::Instant;

use super::cache::Cache;
use super::load::Filled;
use super::narrator::Narrator;
use super::stage::Stage;

/// The new cache's name.
const NAME: &str = "sessions-restored";

/// Seeds a cache from the copy of `sessions`, and compares it with what was snapshotted.
pub(super) async fn play(
    stage: &Stage,
    narrator: &mut Narrator,
    sessions: &Journey,
    original: &Filled,
) -> Result<()> {
    let region = &stage.dr.region;
    narrator.section("The day it is needed");
    narrator.say(&format!(
        "{} is gone. In {region}, a new cache is made with what the manifest says: engine, node \
         type, a file and its slots for each shard. Nothing outside of {region} is asked.",
        stage.primary.region
    ));
    let manifest = manifest(stage, sessions).await?;
    let files = manifest.shards.iter().map(|shard| {
        format!("{:<10}  {}", shard.slots.as_deref().unwrap_or_default(), shard.object.key)
    });
    let files: Vec<_> = files.collect();
    narrator.show(&files.join("\n"));
    let begun = Instant::now();
    create(stage, &manifest).await?;
    let cache = Cache::available(&stage.dr.elasticache, NAME).await?;
    let took = begun.elapsed().as_secs_f64();
    narrator.say(&format!("{NAME} was available after {took:.1} s."));

    let counts = cache.key_counts().await?;
    let row = |shard: &str, slots: &str, before: &str, after: &str| {
        format!("{shard:<8} {slots:<12} {before:>10} {after:>10}")
    };
    let mut table = vec![row("shard", "slots", "DBSIZE", "restored")];
    let mut add = |shard: &str, slots: &str, before, after| {
        let (before, after) = (HumanCount(before), HumanCount(after));
        table.push(row(shard, slots, &before.to_string(), &after.to_string()));
    };
    for ((shard, before), after) in original.cache.shards.iter().zip(&original.counts).zip(&counts)
    {
        add(&shard.id, shard.slots.as_deref().unwrap_or("all"), *before, *after);
    }
    add("all", "", original.counts.iter().sum(), counts.iter().sum());
    narrator.show(&table.join("\n"));
    ensure!(counts == original.counts, "{NAME} does not hold the keys that were snapshotted");
    narrator.say("Every key is there, in the shard that owns it.");
    Ok(())
}

async fn manifest(stage: &Stage, journey: &Journey) -> Result<Manifest> {
    let key = export::manifest_key(&journey.source);
    let object = stage.dr.s3.get_object().bucket(&stage.dr_bucket).key(&key).send().await?;
    let bytes = object.body.collect().await?.into_bytes();
    serde_json::from_slice(&bytes).with_context(|| format!("{key} is no manifest"))
}

async fn create(stage: &Stage, manifest: &Manifest) -> Result<()> {
    let source = &manifest.source;
    let groups = manifest
        .seed
        .slots
        .iter()
        .map(|slots| NodeGroupConfiguration::builder().slots(slots).build());
    let create = stage
        .dr
        .elasticache
        .create_replication_group()
        .replication_group_id(NAME)
        .replication_group_description(format!("{} from its DR copy", source.cache))
        .engine(&source.engine)
        .engine_version(&source.engine_version)
        .set_cache_node_type(source.node_type.clone())
        .set_cache_parameter_group_name(source.parameter_group.clone())
        .set_node_group_configuration(Some(groups.collect()))
        .set_snapshot_arns(Some(manifest.seed.snapshot_arns.clone()));
    create.send().await?;
    Ok(())
}
