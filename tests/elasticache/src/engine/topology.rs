//! The cluster file each server starts from.
//!
//! Handing every server the finished topology, rather than introducing the servers to each other
//! with `CLUSTER MEET` and dealing out slots, has two advantages: nothing has to be waited for but
//! the first state change, and a server that loads a seed knows which slots are its own. Keys of
//! any other slot make it mark that slot as importing, which is how a wrong seed shows.

use super::slot::SlotSet;

/// One server of a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Forty hexadecimal digits.
    pub(crate) id: String,
    /// Its port on the loopback interface; its bus listens 10,000 above.
    pub(crate) port: u16,
    /// What it owns.
    pub(crate) slots: SlotSet,
}

/// All servers of a cluster, in shard order.
#[derive(Clone, Debug)]
pub(crate) struct Topology {
    nodes: Vec<Node>,
}

/// A server was seeded with keys that belong to another shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unplaced {
    /// How many slots the misplaced keys are in.
    pub(crate) slots: usize,
}

impl Topology {
    /// A topology of servers that listen on these ports and own these slots.
    pub(crate) fn new(shards: impl IntoIterator<Item = (u16, SlotSet)>) -> Self {
        let nodes = shards
            .into_iter()
            .map(|(port, slots)| {
                let (a, b) = (uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
                let id = format!("{a}{b}").chars().take(40).collect();
                Node { id, port, slots }
            })
            .collect();
        Self { nodes }
    }

    /// The cluster file of the `index`-th server.
    pub(crate) fn file(&self, index: usize) -> String {
        let mut file = String::new();
        for (position, node) in self.nodes.iter().enumerate() {
            let myself = if position == index { "myself," } else { "" };
            let epoch = position + 1;
            file.push_str(&format!(
                "{} 127.0.0.1:{}@{} {myself}master - 0 0 {epoch} connected",
                node.id,
                node.port,
                u32::from(node.port) + 10_000,
            ));
            for range in node.slots.ranges() {
                match (range.start(), range.end()) {
                    (low, high) if low == high => file.push_str(&format!(" {low}")),
                    (low, high) => file.push_str(&format!(" {low}-{high}")),
                }
            }
            file.push('\n');
        }
        file.push_str(&format!("vars currentEpoch {} lastVoteEpoch 0\n", self.nodes.len()));
        file
    }

    /// Looks for slots being imported in a server's own `CLUSTER NODES` answer.
    pub(crate) fn unplaced(nodes: &str) -> Option<Unplaced> {
        let slots = nodes
            .lines()
            .filter(|line| line.contains("myself"))
            .map(|line| line.matches("-<-").count())
            .sum();
        (slots > 0).then_some(Unplaced { slots })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_marks_its_own_server() {
        let shards = [(7001, SlotSet::part(0, 2)), (7002, SlotSet::part(1, 2))];
        let topology = Topology::new(shards);
        let file = topology.file(1);
        let lines: Vec<_> = file.lines().collect();
        assert!(lines[0].contains("127.0.0.1:7001@17001 master"), "{file}");
        assert!(lines[1].contains("127.0.0.1:7002@17002 myself,master"), "{file}");
        assert!(lines[1].ends_with("8192-16383"), "{file}");
        assert_eq!(lines[2], "vars currentEpoch 2 lastVoteEpoch 0");
    }

    #[test]
    fn importing_slots_are_misplaced_keys() {
        let clean = "a 127.0.0.1:1@2 myself,master - 0 0 1 connected 0-8191\n";
        assert_eq!(Topology::unplaced(clean), None);
        let wrong = "a 127.0.0.1:1@2 myself,master - 0 0 1 connected 0-8191 [9000-<-b] [9001-<-b]";
        assert_eq!(Topology::unplaced(wrong), Some(Unplaced { slots: 2 }));
    }
}
