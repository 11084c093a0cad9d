//! How many shards a replication group has, and what each of them owns.

use super::seed::{Seed, Source};
use crate::engine::SlotSet;
use crate::fault::Fault;
use crate::protocol::Params;

/// The most shards a group may have.
const MOST_SHARDS: i64 = 90;

/// One shard to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShardPlan {
    /// Its number, such as `0001`.
    pub(super) id: String,
    /// What it owns, with cluster mode enabled.
    pub(super) slots: Option<SlotSet>,
    /// How many replicas it has.
    pub(super) replicas: usize,
    /// What it starts with.
    pub(super) seed: Option<Seed>,
}

/// A whole group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Whether clients see a cluster.
    pub(super) cluster_enabled: bool,
    /// Whether a replica takes over.
    pub(super) automatic_failover: bool,
    /// The shards, in order.
    pub(super) shards: Vec<ShardPlan>,
}

/// One entry of `NodeGroupConfiguration`.
#[derive(Default)]
struct NodeGroup {
    id: Option<String>,
    slots: Option<SlotSet>,
    replicas: Option<i64>,
}

impl Layout {
    /// Takes the parameters that shape a group.
    ///
    /// # Errors
    /// `InvalidParameterCombination` and `InvalidParameterValue`.
    pub(super) fn take(params: &mut Params, source: &Source) -> Result<Self, Fault> {
        let groups = node_groups(params)?;
        let count = params.integer_in("NumNodeGroups", 1, MOST_SHARDS)?;
        let replicas = params.integer_in("ReplicasPerNodeGroup", 0, 5)?;
        let nodes = params.integer_in("NumCacheClusters", 1, 6)?;
        let failover = params.boolean("AutomaticFailoverEnabled")?;
        let mode = params.optional("ClusterMode");
        let parameter_group = params.peek("CacheParameterGroupName").map(str::to_owned);

        let restored = source.snapshot.as_ref();
        let restored_shards = restored.map(|snapshot| snapshot.nodes.len());
        let shards = match (count.map(|n| n as usize), groups.len()) {
            (Some(count), listed) if listed > 0 && count != listed => {
                return Err(Fault::invalid_combination(format!(
                    "NumNodeGroups is {count} and NodeGroupConfiguration has {listed} node groups."
                )));
            }
            (Some(count), _) => count,
            (None, 0) => restored_shards.unwrap_or(1),
            (None, listed) => listed,
        };
        let group_says = parameter_group.as_deref().map(|name| name.ends_with(".cluster.on"));
        let default_off =
            parameter_group.as_deref().is_some_and(|name| name.starts_with("default."))
                && group_says == Some(false);
        let cluster_enabled = match mode.as_deref() {
            Some("enabled") => true,
            Some("disabled") => false,
            Some("compatible") => return Err(Fault::not_modelled("ClusterMode compatible")),
            Some(other) => {
                return Err(Fault::invalid_value(format!("Invalid ClusterMode: {other}.")));
            }
            None => {
                shards > 1
                    || group_says == Some(true)
                    || (parameter_group.is_none()
                        && restored.is_some_and(|snapshot| snapshot.spec.cluster_enabled))
            }
        };
        if (cluster_enabled && default_off) || (!cluster_enabled && group_says == Some(true)) {
            return Err(Fault::invalid_combination(
                "The parameter group and the cluster mode contradict each other.",
            ));
        }
        if !cluster_enabled && shards > 1 {
            return Err(Fault::invalid_combination(
                "A replication group with cluster mode disabled has one node group.",
            ));
        }
        if nodes.is_some() && (replicas.is_some() || cluster_enabled) {
            return Err(Fault::invalid_combination(
                "NumCacheClusters is for groups with cluster mode disabled, without \
                 ReplicasPerNodeGroup.",
            ));
        }
        let replicas = replicas.or(nodes.map(|nodes| nodes - 1)).unwrap_or(0);
        let automatic_failover = match failover {
            Some(false) if cluster_enabled => {
                return Err(Fault::invalid_combination(
                    "Redis with cluster mode enabled cannot be created with auto failover turned \
                     off.",
                ));
            }
            Some(true) if !cluster_enabled && replicas == 0 => {
                return Err(Fault::invalid_combination(
                    "Automatic failover needs two nodes at least.",
                ));
            }
            given => given.unwrap_or(cluster_enabled),
        };
        let slots = if cluster_enabled { deal(&groups, source, shards)? } else { Vec::new() };
        check_seeds(source, shards)?;

        let shards = (0..shards)
            .map(|index| {
                let group = groups.get(index);
                let own_replicas = group.and_then(|group| group.replicas).unwrap_or(replicas);
                ShardPlan {
                    id: group
                        .and_then(|group| group.id.clone())
                        .unwrap_or_else(|| format!("{:04}", index + 1)),
                    slots: slots.get(index).cloned(),
                    replicas: own_replicas as usize,
                    seed: source.seeds.get(index).cloned(),
                }
            })
            .collect();
        Ok(Self { cluster_enabled, automatic_failover, shards })
    }
}

fn node_groups(params: &mut Params) -> Result<Vec<NodeGroup>, Fault> {
    let mut groups: Vec<NodeGroup> = Vec::new();
    for mut item in params.structures("NodeGroupConfiguration", "NodeGroupConfiguration")? {
        item.refuse(&["PrimaryOutpostArn", "ReplicaOutpostArns"])?;
        // Zones are one machine here, so they are read and make no difference.
        item.optional("PrimaryAvailabilityZone");
        item.list("ReplicaAvailabilityZones", "AvailabilityZone")?;
        let id = item.optional("NodeGroupId");
        if let Some(id) = &id {
            let digits = id.len() <= 4 && id.bytes().all(|b| b.is_ascii_digit());
            if !digits || groups.iter().any(|group| group.id.as_ref() == Some(id)) {
                return Err(Fault::invalid_value(format!("Invalid NodeGroupId: {id}.")));
            }
        }
        let slots = item.optional("Slots").map(|text| {
            SlotSet::parse(&text)
                .map_err(|why| Fault::invalid_value(format!("Invalid Slots: {why}.")))
        });
        let group = NodeGroup {
            id,
            slots: slots.transpose()?,
            replicas: item.integer_in("ReplicaCount", 0, 5)?,
        };
        item.finish()?;
        groups.push(group);
    }
    Ok(groups)
}

/// Which slots each shard owns: as listed, as in the snapshot, or in equal parts.
fn deal(groups: &[NodeGroup], source: &Source, shards: usize) -> Result<Vec<SlotSet>, Fault> {
    let listed: Vec<SlotSet> = groups.iter().filter_map(|group| group.slots.clone()).collect();
    let seeded_from_objects = source.snapshot.is_none() && !source.seeds.is_empty();
    if seeded_from_objects && listed.len() != shards {
        return Err(Fault::invalid_combination(
            "Slots must be provided when restoring from snapshot ARNs with cluster mode enabled",
        ));
    }
    if !listed.is_empty() {
        if listed.len() != groups.len() {
            return Err(Fault::invalid_combination(
                "Slots must be given for all node groups or for none.",
            ));
        }
        if !SlotSet::cover(&listed) {
            return Err(Fault::invalid_value(
                "The Slots of the node groups must cover 0-16383, each slot once.",
            ));
        }
        return Ok(listed);
    }
    let kept: Vec<SlotSet> = source
        .snapshot
        .iter()
        .flat_map(|snapshot| &snapshot.nodes)
        .filter_map(|node| SlotSet::parse(node.slots.as_deref()?).ok())
        .collect();
    if kept.len() == shards && SlotSet::cover(&kept) {
        return Ok(kept);
    }
    Ok((0..shards).map(|index| SlotSet::part(index, shards)).collect())
}

/// AWS deals a backup's keys out anew when the number of shards changes; here each shard loads
/// the file that it is given.
fn check_seeds(source: &Source, shards: usize) -> Result<(), Fault> {
    let seeds = source.seeds.len();
    if seeds > shards || (source.snapshot.is_some() && seeds != shards) {
        return Err(Fault::not_modelled(&format!(
            "loading {seeds} snapshot files into {shards} node groups"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(query: &str, source: &Source) -> Result<Layout, Fault> {
        let body = format!("Action=X&Version=2015-02-02&{query}");
        let mut params = crate::protocol::parse(body.as_bytes())?.1;
        let layout = Layout::take(&mut params, source)?;
        params.optional("CacheParameterGroupName");
        params.finish().map(|()| layout)
    }

    fn seeded(count: usize) -> Source {
        let seed = |n| Seed::Object { bucket: "b".to_owned(), key: format!("{n}") };
        Source { seeds: (0..count).map(seed).collect(), snapshot: None }
    }

    #[test]
    fn one_shard_without_cluster_mode_is_the_default() {
        let layout = layout("NumCacheClusters=3", &Source::default()).expect("a layout");
        assert!(!layout.cluster_enabled && !layout.automatic_failover);
        assert_eq!(layout.shards.len(), 1);
        assert_eq!(layout.shards[0].replicas, 2);
        assert_eq!(layout.shards[0].slots, None);
    }

    #[test]
    fn several_shards_are_a_cluster_in_equal_parts() {
        let layout = layout("NumNodeGroups=2", &Source::default()).expect("a layout");
        assert!(layout.cluster_enabled && layout.automatic_failover);
        let slots: Vec<_> = layout.shards.iter().flatten_slots();
        assert_eq!(slots, ["0-8191", "8192-16383"]);
        assert_eq!(layout.shards[1].id, "0002");
    }

    #[test]
    fn the_parameter_group_can_ask_for_a_cluster_of_one_shard() {
        let on = "CacheParameterGroupName=default.redis7.cluster.on";
        assert!(layout(on, &Source::default()).expect("a layout").cluster_enabled);
        let off = "CacheParameterGroupName=default.redis7&NumNodeGroups=2";
        let fault = layout(off, &Source::default()).expect_err("a contradiction");
        assert_eq!(fault.code, "InvalidParameterCombination");
    }

    #[test]
    fn seeding_a_cluster_from_objects_needs_slots() {
        let fault = layout("NumNodeGroups=2", &seeded(2)).expect_err("no slots");
        assert_eq!(
            fault.message,
            "Slots must be provided when restoring from snapshot ARNs with cluster mode enabled"
        );
        let configuration = "NodeGroupConfiguration.NodeGroupConfiguration";
        let query = format!(
            "{configuration}.1.Slots=8192-16383&{configuration}.2.Slots=0-8191\
             &{configuration}.2.NodeGroupId=0007&{configuration}.2.ReplicaCount=1"
        );
        let layout = layout(&query, &seeded(2)).expect("a layout");
        assert_eq!(layout.shards.iter().flatten_slots(), ["8192-16383", "0-8191"]);
        let second = &layout.shards[1];
        assert_eq!((second.id.as_str(), second.replicas), ("0007", 1));
        assert_eq!(second.seed, Some(seeded(2).seeds[1].clone()), "order is kept");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let configuration = "NodeGroupConfiguration.NodeGroupConfiguration";
        for query in [
            "NumNodeGroups=2&AutomaticFailoverEnabled=false",
            "AutomaticFailoverEnabled=true",
            "NumNodeGroups=2&NumCacheClusters=2",
            "NumNodeGroups=2&ClusterMode=disabled",
            &format!("NumNodeGroups=3&{configuration}.1.Slots=0-16383"),
            &format!("{configuration}.1.Slots=0-1&{configuration}.2.Slots=3-16383"),
            &format!("NumNodeGroups=1&ClusterMode=enabled&{configuration}.1.Primary=x"),
        ] {
            assert!(layout(query, &Source::default()).is_err(), "{query}");
        }
        assert!(layout("", &seeded(2)).is_err(), "two files, one shard");
    }

    trait FlattenSlots {
        fn flatten_slots(self) -> Vec<String>;
    }

    impl<'a, I: Iterator<Item = &'a ShardPlan>> FlattenSlots for I {
        fn flatten_slots(self) -> Vec<String> {
            self.filter_map(|shard| shard.slots.as_ref().map(ToString::to_string)).collect()
        }
    }
}
