use async_trait::async_trait;
use domain::class::Class;
use domain::decide::SnapshotSeen;
use domain::id::{BucketName, NodeName, SnapshotName};
use domain::port::{CacheRef, Caches, Family, Lookup, ServiceError, SnapshotFacts};
use domain::source::Source;

use crate::sample;
use crate::world::World;

#[async_trait]
impl Caches for World {
    async fn snapshot(&self, family: Family, name: &SnapshotName) -> Result<Lookup, ServiceError> {
        self.gate
            .pass("elasticache:DescribeSnapshots", || {
                let state = self.state();
                let found =
                    state.snapshots.get(name.as_str()).filter(|s| s.source.kind.family() == family);
                Ok(match found {
                    None => Lookup::Missing,
                    Some(s) if s.young => Lookup::Young,
                    Some(s) => Lookup::Found(Box::new(SnapshotFacts {
                        source: s.source.clone(),
                        status: s.status.clone(),
                    })),
                })
            })
            .await
    }

    async fn snapshots_of(&self, cache: &CacheRef) -> Result<Vec<SnapshotFacts>, ServiceError> {
        self.gate
            .pass("elasticache:DescribeSnapshots", || {
                let state = self.state();
                let mut found: Vec<SnapshotFacts> = state
                    .snapshots
                    .values()
                    .filter(|s| {
                        s.source.cache == cache.name && s.source.kind == cache.kind && !s.young
                    })
                    .map(|s| SnapshotFacts { source: s.source.clone(), status: s.status.clone() })
                    .collect();
                found.sort_by_key(|f| std::cmp::Reverse(f.source.snapshot.taken_at));
                Ok(found)
            })
            .await
    }

    async fn cache_of_node(&self, node: &NodeName) -> Result<Option<CacheRef>, ServiceError> {
        self.gate
            .pass("elasticache:DescribeCacheClusters", || Ok(self.state().nodes.get(node).cloned()))
            .await
    }

    async fn complete(&self, source: Source) -> Result<Source, ServiceError> {
        self.gate.pass("elasticache:ListTagsForResource", || Ok(sample::completed(source))).await
    }

    async fn export(
        &self,
        source: &Source,
        target: &str,
        bucket: &BucketName,
    ) -> Result<(), ServiceError> {
        self.gate
            .pass("elasticache:CopySnapshot", || {
                let trouble = |class, message| {
                    ServiceError::new("elasticache:CopySnapshot", target, class, message)
                };
                let mut state = self.state();
                let state = &mut *state;
                let snapshot = state
                    .snapshots
                    .get_mut(source.snapshot.name.as_str())
                    .ok_or_else(|| trouble(Class::Invalid, "SnapshotNotFoundFault"))?;
                if snapshot.status != SnapshotSeen::Available {
                    return Err(trouble(Class::Conflict, "InvalidSnapshotState"));
                }
                let first = format!("{target}-0001.rdb");
                if state.buckets.get(bucket).is_some_and(|shelf| shelf.current(&first).is_some()) {
                    return Err(trouble(Class::Conflict, "already contains an object with key"));
                }
                snapshot.status = SnapshotSeen::Exporting;
                snapshot.exporting_to = Some((bucket.clone(), target.to_owned()));
                Ok(())
            })
            .await
    }
}
