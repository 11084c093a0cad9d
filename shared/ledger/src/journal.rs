//! The ledger as the functions that drive journeys use it.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use domain::class::Class;
use domain::id::{JourneyId, Region, SnapshotName};
use domain::journey::{Change, Journey};
use domain::port::{Claim, Journal, ServiceError, Who};
use jiff::Timestamp;

use crate::digest::Digest;
use crate::entry::{Entry, Sealed};
use crate::error::{service_error, unreadable};
use crate::item::{EntryItem, Item, StateItem};
use crate::lease::{Taken, millis, owner};
use crate::{Ledger, key, packed};

const GET: &str = "dynamodb:GetItem";
const UPDATE: &str = "dynamodb:UpdateItem";
const WRITE: &str = "dynamodb:TransactWriteItems";

/// How often a claim looks again when somebody opened the journey under its hands.
const CLAIMS: u32 = 4;

#[async_trait]
impl Journal for Ledger {
    async fn claim(
        &self,
        fresh: &Journey,
        who: &Who,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claim, ServiceError> {
        let until = now.checked_add(lease).map_err(|e| {
            ServiceError::new(UPDATE, fresh.id.to_string(), Class::Bug, e.to_string())
        })?;
        let mut lost = None;
        for _ in 0..CLAIMS {
            match self.take_lease(&fresh.id, who, now, until).await {
                Ok(Taken::Ours(item)) => return held(&fresh.id, item),
                Ok(Taken::Theirs(lease)) => {
                    return Ok(Claim::Busy { until: lease.until().unwrap_or(until) });
                }
                Ok(Taken::Missing) => match self.open(fresh, who, until).await {
                    Ok(version) => {
                        return Ok(Claim::Held { journey: Box::new(fresh.clone()), version });
                    }
                    // Somebody opened it between our look and our write: it can be claimed now.
                    Err(error) if error.class == Class::Conflict => lost = Some(error),
                    Err(error) => return Err(error),
                },
                // A transaction on the item is under way: it is over in milliseconds.
                Err(error) if error.code.as_deref() == Some("TransactionConflictException") => {
                    lost = Some(error);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(error) => return Err(error),
            }
        }
        Err(lost.unwrap_or_else(|| {
            ServiceError::new(UPDATE, fresh.id.to_string(), Class::Bug, "no claim was tried")
        }))
    }

    async fn renew(
        &self,
        id: &JourneyId,
        who: &Who,
        until: Timestamp,
    ) -> Result<bool, ServiceError> {
        self.change_lease(id, who, "SET lease_until = :until", Some(until)).await
    }

    async fn release(&self, id: &JourneyId, who: &Who) -> Result<(), ServiceError> {
        self.change_lease(id, who, "REMOVE lease_owner, lease_until", None).await.map(|_| ())
    }

    async fn record(
        &self,
        after: &Journey,
        change: &Change,
        version: u64,
        who: &Who,
    ) -> Result<u64, ServiceError> {
        let found = self.state_item(&after.id).await?;
        let current = found.as_ref().map_or(0, |item| item.version);
        let next = version + 1;
        if current != version {
            let ours = self.wrote_already(after, change, next, who).await?;
            return if ours { Ok(next) } else { Err(moved_on(&after.id, version, current)) };
        }
        let head = found.map_or(Digest::NONE, |item| item.head);
        let sealed = seal(after, change, who, next, head)?;
        match self.write_next(after, &sealed, version, who).await {
            Err(error) if error.class == Class::Conflict => {
                if self.wrote_already(after, change, next, who).await? {
                    Ok(next)
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(error),
            Ok(()) => Ok(next),
        }
    }

    async fn load(&self, id: &JourneyId) -> Result<Option<Journey>, ServiceError> {
        self.state_item(id)
            .await?
            .map(|item| item.journey().map_err(|e| unreadable(GET, id.to_string(), e)))
            .transpose()
    }

    async fn of_snapshot(
        &self,
        region: &Region,
        name: &SnapshotName,
    ) -> Result<Vec<Journey>, ServiceError> {
        let subject = format!("{region}/{name}");
        let items = self.partition(&key::partition(region, name), key::JOURNEY, &subject).await?;
        items
            .into_iter()
            .map(|item| {
                StateItem::read(item)
                    .and_then(|item| item.journey())
                    .map_err(|e| unreadable("dynamodb:Query", subject.clone(), e))
            })
            .collect()
    }
}

impl Ledger {
    /// Writes a new journey, its first entry and our lease. Class `Conflict` when it exists.
    async fn open(
        &self,
        fresh: &Journey,
        who: &Who,
        until: Timestamp,
    ) -> Result<u64, ServiceError> {
        let sealed = seal(fresh, &Change::Opened, who, 1, Digest::NONE)?;
        let subject = fresh.id.to_string();
        let text = text_of(fresh)?;
        let mut item = to_item(&subject, &StateItem::new(fresh, text, 1, sealed.hash()))?;
        item.insert("lease_owner".to_owned(), owner(who));
        item.insert("lease_until".to_owned(), millis(until));
        let state = self.put_new(&subject, item)?;
        let entry = self.put_new(&subject, to_item(&subject, &EntryItem::new(&sealed))?)?;
        // The lease is part of the request, so it has to be part of its token too.
        let token = Digest::of(&format!("{}{}", sealed.hash(), until.as_millisecond()));
        self.transact(&subject, vec![state, entry], token).await?;
        Ok(1)
    }

    /// Writes the state after a change and the entry of it, if both the version and the lease are
    /// what they were.
    ///
    /// An update and not a put: the lease beside it may be renewed at the same moment.
    async fn write_next(
        &self,
        after: &Journey,
        sealed: &Sealed,
        version: u64,
        who: &Who,
    ) -> Result<(), ServiceError> {
        let subject = after.id.to_string();
        let item = StateItem::new(after, text_of(after)?, version + 1, sealed.hash());
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(state_key(&after.id)))
            .update_expression(
                "SET #state = :state, updated_at = :updated_at, journey = :journey, \
                 version = :next, head = :head",
            )
            .condition_expression("version = :version AND lease_owner = :me")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", AttributeValue::S(item.state))
            .expression_attribute_values(":updated_at", AttributeValue::S(item.updated_at))
            .expression_attribute_values(":journey", AttributeValue::S(item.journey))
            .expression_attribute_values(":next", AttributeValue::N(item.version.to_string()))
            .expression_attribute_values(":head", AttributeValue::S(item.head.to_string()))
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
            .expression_attribute_values(":me", owner(who))
            .build()
            .map_err(|e| unbuilt(&subject, &e))?;
        let entry = self.put_new(&subject, to_item(&subject, &EntryItem::new(sealed))?)?;
        let items = vec![TransactWriteItem::builder().update(update).build(), entry];
        self.transact(&subject, items, sealed.hash()).await
    }

    /// A put that refuses to replace anything.
    pub(crate) fn put_new(
        &self,
        subject: &str,
        item: Item,
    ) -> Result<TransactWriteItem, ServiceError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(|e| unbuilt(subject, &e))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Whether the entry at `seq` is the one we mean to write: a first attempt took effect and
    /// its answer was lost.
    async fn wrote_already(
        &self,
        after: &Journey,
        change: &Change,
        seq: u64,
        who: &Who,
    ) -> Result<bool, ServiceError> {
        let subject = after.id.to_string();
        let item = self.get(entry_key(&after.id, seq), &subject).await?;
        let Some(item) = item else { return Ok(false) };
        let sealed = EntryItem::read(item)
            .and_then(EntryItem::sealed)
            .map_err(|e| unreadable(GET, subject, e))?;
        Ok(sealed.entry().who == *who && sealed.entry().change == *change)
    }

    /// The current-state item, as of now.
    pub(crate) async fn state_item(
        &self,
        id: &JourneyId,
    ) -> Result<Option<StateItem>, ServiceError> {
        let subject = id.to_string();
        let item = self.get(state_key(id), &subject).await?;
        item.map(|item| StateItem::read(item).map_err(|e| unreadable(GET, subject, e))).transpose()
    }

    /// One item, as of now.
    pub(crate) async fn get(&self, key: Item, subject: &str) -> Result<Option<Item>, ServiceError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| service_error(GET, subject, e))?;
        Ok(answer.item)
    }

    /// Every item of a partition whose sort key begins so, in order, as of now.
    pub(crate) async fn partition(
        &self,
        pk: &str,
        begins: &str,
        subject: &str,
    ) -> Result<Vec<Item>, ServiceError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :begins)")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .expression_attribute_values(":begins", AttributeValue::S(begins.to_owned()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(item.map_err(|e| service_error("dynamodb:Query", subject, e))?);
        }
        Ok(items)
    }
}

fn held(id: &JourneyId, item: Item) -> Result<Claim, ServiceError> {
    let bad = |e| unreadable(UPDATE, id.to_string(), e);
    let item = StateItem::read(item).map_err(bad)?;
    let journey = Box::new(item.journey().map_err(bad)?);
    Ok(Claim::Held { journey, version: item.version })
}

fn seal(
    after: &Journey,
    change: &Change,
    who: &Who,
    seq: u64,
    prev: Digest,
) -> Result<Sealed, ServiceError> {
    let entry = Entry {
        journey: after.id.clone(),
        seq,
        at: after.updated_at,
        who: who.clone(),
        change: change.clone(),
        state: after.state.clone(),
        journey_digest: Digest::of(&text_of(after)?),
        prev,
    };
    Sealed::new(entry).map_err(|e| unbuilt(&after.id.to_string(), &e))
}

fn text_of(journey: &Journey) -> Result<String, ServiceError> {
    packed::write(journey).map_err(|e| unbuilt(&journey.id.to_string(), &e))
}

pub(crate) fn state_key(id: &JourneyId) -> Item {
    keyed(key::partition_of(id), key::state(id))
}

fn entry_key(id: &JourneyId, seq: u64) -> Item {
    keyed(key::partition_of(id), key::entry(id, seq))
}

pub(crate) fn keyed(pk: String, sk: String) -> Item {
    Item::from([("pk".to_owned(), AttributeValue::S(pk)), ("sk".to_owned(), AttributeValue::S(sk))])
}

pub(crate) fn to_item<T: serde::Serialize>(subject: &str, value: &T) -> Result<Item, ServiceError> {
    serde_dynamo::to_item(value).map_err(|e| unbuilt(subject, &e))
}

pub(crate) fn unbuilt(subject: &str, error: &dyn std::error::Error) -> ServiceError {
    ServiceError::new(
        WRITE,
        subject,
        Class::Bug,
        format!("the request could not be built: {error}"),
    )
}

fn moved_on(id: &JourneyId, expected: u64, found: u64) -> ServiceError {
    ServiceError::new(
        WRITE,
        id.to_string(),
        Class::Conflict,
        format!("the journey is at version {found} and not {expected}: somebody else recorded"),
    )
}
