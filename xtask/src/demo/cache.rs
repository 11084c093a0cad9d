//! A cache of the demo: its shards, where each of them listens, and how many keys they hold.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::NodeGroup;

use super::resp::Connection;
use super::slot::Slots;
use super::stage::wait;

/// How long a cache may take to become available. It takes a second; a machine that is busy with
/// other things takes longer.
const PATIENCE: Duration = Duration::from_secs(90);

/// A replication group that can be used.
pub(super) struct Cache {
    pub(super) name: String,
    pub(super) shards: Vec<Shard>,
}

/// One shard's primary.
pub(super) struct Shard {
    pub(super) id: String,
    /// What ElastiCache calls its slots; nothing without cluster mode.
    pub(super) slots: Option<String>,
    host: String,
    port: u16,
}

impl Cache {
    /// Waits until the group can be used.
    ///
    /// # Errors
    /// It is not in time, or it never will be.
    pub(super) async fn available(client: &Client, name: &str) -> Result<Self> {
        let groups = wait(&format!("cache {name} to be available"), PATIENCE, async || {
            let answer =
                client.describe_replication_groups().replication_group_id(name).send().await?;
            let group = answer.replication_groups().first().context("no such cache")?;
            match group.status() {
                Some("available") => Ok(Some(group.node_groups().to_vec())),
                Some("create-failed") => bail!("it is create-failed"),
                _ => Ok(None),
            }
        })
        .await?;
        let mut shards = Vec::new();
        for group in &groups {
            shards.push(Shard::find(client, group).await?);
        }
        Ok(Self { name: name.to_owned(), shards })
    }

    /// How many keys each shard holds, in the order of the shards.
    pub(super) async fn key_counts(&self) -> Result<Vec<u64>> {
        let mut counts = Vec::new();
        for shard in &self.shards {
            counts.push(shard.connect().await?.key_count().await?);
        }
        Ok(counts)
    }
}

impl Shard {
    async fn find(client: &Client, group: &NodeGroup) -> Result<Self> {
        let node = group.node_group_members().first().and_then(|node| node.cache_cluster_id());
        let node = node.context("a shard without a node")?;
        let answer = client
            .describe_cache_clusters()
            .cache_cluster_id(node)
            .show_cache_node_info(true)
            .send()
            .await?;
        let endpoint = answer
            .cache_clusters()
            .iter()
            .flat_map(|cluster| cluster.cache_nodes())
            .find_map(|node| node.endpoint())
            .with_context(|| format!("node {node} has no endpoint"))?;
        Ok(Self {
            id: group.node_group_id().unwrap_or_default().to_owned(),
            slots: group.slots().map(str::to_owned),
            host: endpoint.address().unwrap_or_default().to_owned(),
            port: u16::try_from(endpoint.port().unwrap_or_default())?,
        })
    }

    pub(super) async fn connect(&self) -> Result<Connection> {
        Connection::open(&self.host, self.port).await
    }

    /// The slots whose keys it holds.
    pub(super) fn slots(&self) -> Result<Slots> {
        self.slots.as_deref().map_or_else(|| Ok(Slots::all()), Slots::parse)
    }
}
