//! The items of the table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::journey::Journey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chain::Head;
use crate::digest::Digest;
use crate::entry::Sealed;
use crate::{key, packed};

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Why an item is not what it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadItem {
    /// Attributes are missing or of another type.
    #[error("its attributes: {0}")]
    Attributes(#[from] serde_dynamo::Error),
    /// The JSON text within is not what it should be.
    #[error("its JSON text: {0}")]
    Text(#[from] serde_json::Error),
}

/// The attributes of a current-state item that follow from the journey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StateItem {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) cache: String,
    pub(crate) cache_sort: String,
    pub(crate) state: String,
    pub(crate) updated_at: String,
    pub(crate) day: String,
    pub(crate) day_sort: String,
    /// For filters on queries whose keys do not hold it.
    pub(crate) taken_at: String,
    /// For filters.
    pub(crate) dr_region: String,
    /// The journey's canonical text.
    pub(crate) journey: String,
    /// The number of entries.
    pub(crate) version: u64,
    /// The hash of the last entry.
    pub(crate) head: Digest,
}

/// Who works on the journey: in the same item, and never part of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lease_owner: Option<String>,
    /// Milliseconds since 1970: DynamoDB compares numbers, and timestamps as text only by luck.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lease_until: Option<i64>,
}

impl StateItem {
    pub(crate) fn new(journey: &Journey, text: String, version: u64, head: Digest) -> Self {
        let id = &journey.id;
        let stamp = id.snapshot.stamp();
        Self {
            pk: key::partition_of(id),
            sk: key::state(id),
            cache: journey.source.cache.to_string(),
            cache_sort: format!(
                "{stamp}#{}#{}#{}",
                id.snapshot.region, id.snapshot.name, id.dr_region
            ),
            state: journey.state.name().to_owned(),
            updated_at: key::moment(journey.updated_at),
            day: key::day(id.snapshot.taken_at),
            day_sort: format!(
                "{}{stamp}#{}#{}#{}",
                key::JOURNEY,
                id.snapshot.region,
                id.snapshot.name,
                id.dr_region
            ),
            taken_at: key::moment(id.snapshot.taken_at),
            dr_region: id.dr_region.to_string(),
            journey: text,
            version,
            head,
        }
    }

    pub(crate) fn read(item: Item) -> Result<Self, BadItem> {
        Ok(serde_dynamo::from_item(item)?)
    }

    pub(crate) fn journey(&self) -> Result<Journey, BadItem> {
        Ok(packed::read(&self.journey)?)
    }

    /// Whether the attributes that queries go by are those of the journey within.
    pub(crate) fn is_consistent(&self, journey: &Journey) -> bool {
        *self == Self::new(journey, self.journey.clone(), self.version, self.head)
    }

    pub(crate) fn head(&self) -> Head {
        Head { version: self.version, hash: self.head, journey_digest: Digest::of(&self.journey) }
    }
}

impl Lease {
    pub(crate) fn read(item: Item) -> Result<Self, BadItem> {
        Ok(serde_dynamo::from_item(item)?)
    }

    /// Until when somebody holds the journey.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.lease_until.and_then(|ms| Timestamp::from_millisecond(ms).ok())
    }
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryItem {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) day: String,
    pub(crate) day_sort: String,
    /// The entry's canonical text: all there is to know, and what the hash is of.
    pub(crate) entry: String,
    pub(crate) hash: Digest,
}

impl EntryItem {
    pub(crate) fn new(sealed: &Sealed) -> Self {
        let entry = sealed.entry();
        let pk = key::partition_of(&entry.journey);
        let sk = key::entry(&entry.journey, entry.seq);
        Self {
            day: key::day(entry.at),
            day_sort: format!("E#{}#{pk}#{sk}", key::moment(entry.at)),
            pk,
            sk,
            entry: sealed.text().to_owned(),
            hash: sealed.hash(),
        }
    }

    pub(crate) fn read(item: Item) -> Result<Self, BadItem> {
        Ok(serde_dynamo::from_item(item)?)
    }

    pub(crate) fn sealed(self) -> Result<Sealed, BadItem> {
        Ok(Sealed::read(self.entry, self.hash)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    /// DynamoDB's limit, which counts names and values.
    const LIMIT: usize = 400 * 1024;

    fn size(item: &Item) -> usize {
        item.iter()
            .map(|(name, value)| {
                name.len()
                    + match value {
                        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
                        other => panic!("an attribute the size of which is not known: {other:?}"),
                    }
            })
            .sum()
    }

    fn state_item(journey: &Journey) -> StateItem {
        StateItem::new(journey, packed::write(journey).unwrap(), 7, Digest::of("x"))
    }

    #[test]
    fn a_journey_reads_back_from_every_state_it_passes() {
        for journey in sample::states() {
            let item: Item = serde_dynamo::to_item(state_item(&journey)).unwrap();
            let read = StateItem::read(item).unwrap();
            assert_eq!(read.journey().unwrap(), journey);
            assert!(read.is_consistent(&journey));
        }
    }

    #[test]
    fn an_entry_reads_back() {
        let (entries, ..) = sample::history(sample::CHANGES);
        for sealed in entries {
            let item: Item = serde_dynamo::to_item(EntryItem::new(&sealed)).unwrap();
            assert_eq!(EntryItem::read(item).unwrap().sealed().unwrap(), sealed);
        }
    }

    #[test]
    fn an_index_attribute_that_was_altered_is_noticed() {
        let journey = sample::states().pop().unwrap();
        let hidden = StateItem { state: "failed".to_owned(), ..state_item(&journey) };
        assert!(!hidden.is_consistent(&journey));
    }

    #[test]
    fn a_lease_reads_back_and_may_be_absent() {
        let item: Item = serde_dynamo::to_item(Lease {
            lease_owner: Some("f/1".to_owned()),
            lease_until: Some(1_772_853_789_412),
        })
        .unwrap();
        let until = Lease::read(item).unwrap().until().unwrap();
        assert_eq!(until.to_string(), "2026-03-07T03:23:09.412Z");
        assert_eq!(Lease::read(Item::new()).unwrap().until(), None);
    }

    /// The longest names there are, and as many shards as ElastiCache allows.
    #[test]
    fn five_hundred_shards_fit_an_item() {
        let (journey, entries) = sample::largest();
        let item: Item = serde_dynamo::to_item(state_item(&journey)).unwrap();
        assert!(size(&item) < LIMIT / 2, "{}", size(&item));
        for sealed in entries {
            let item: Item = serde_dynamo::to_item(EntryItem::new(&sealed)).unwrap();
            assert!(size(&item) < LIMIT, "{}: {}", sealed.entry().change.name(), size(&item));
        }
    }
}
