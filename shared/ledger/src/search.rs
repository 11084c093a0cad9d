//! Finding journeys without reading those nobody asked for.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{CacheName, Region};
use domain::journey::Journey;
use domain::port::ServiceError;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::error::service_error;
use crate::item::{Item, StateItem};
use crate::{Ledger, key};

/// Which journeys are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Of this cache only.
    pub cache: Option<CacheName>,
    /// In this state only: one of [`domain::journey::State::NAMES`].
    pub state: Option<String>,
    /// To this DR Region only.
    pub dr_region: Option<Region>,
    /// Whose snapshot was taken at this moment or later. Without a cache or a state the ledger is
    /// asked once for each day since.
    pub since: Timestamp,
    /// Whose snapshot was taken at this moment or earlier: usually now.
    pub until: Timestamp,
    /// The most items DynamoDB looks at for one page; without it, a page is 1 MB.
    pub page_size: Option<i32>,
}

/// Some of the journeys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Newest first, within what the index is sorted by.
    pub journeys: Vec<Journey>,
    /// The keys of items that are no journeys: one of them does not hide the rest.
    pub unreadable: Vec<String>,
}

/// One query against one index.
#[derive(Debug, Clone)]
struct Query {
    index: &'static str,
    key: String,
    filter: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Search {
    /// The queries that together find what is wanted, the narrowest there are.
    fn queries(&self) -> Vec<Query> {
        match (&self.cache, &self.state) {
            (Some(cache), _) => vec![self.query(
                key::BY_CACHE,
                "cache = :cache AND cache_sort >= :stamp",
                [
                    (":cache", cache.to_string()),
                    (":stamp", self.since.strftime("%Y%m%dt%H%M%S").to_string()),
                ],
            )],
            // A journey never changed before its snapshot was taken.
            (None, Some(state)) => vec![self.query(
                key::BY_STATE,
                "#state = :state AND updated_at >= :since",
                [(":state", state.clone())],
            )],
            (None, None) => days(self.since, self.until)
                .into_iter()
                .map(|day| {
                    self.query(
                        key::BY_DAY,
                        "#day = :day AND begins_with(day_sort, :journey)",
                        [(":day", day), (":journey", key::JOURNEY.to_owned())],
                    )
                })
                .collect(),
        }
    }

    fn query<const N: usize>(
        &self,
        index: &'static str,
        key: &str,
        values: [(&str, String); N],
    ) -> Query {
        let mut filter = "taken_at BETWEEN :since AND :until".to_owned();
        let mut values: HashMap<String, AttributeValue> = values
            .into_iter()
            .chain([(":since", key::moment(self.since)), (":until", key::moment(self.until))])
            .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
            .collect();
        if let (Some(_), Some(state)) = (&self.cache, &self.state) {
            filter.push_str(" AND #state = :state");
            values.insert(":state".to_owned(), AttributeValue::S(state.clone()));
        }
        if let Some(region) = &self.dr_region {
            filter.push_str(" AND dr_region = :dr_region");
            values.insert(":dr_region".to_owned(), AttributeValue::S(region.to_string()));
        }
        // `state` and `day` are reserved words, and a name that is declared must be used.
        let names = ["state", "day"]
            .into_iter()
            .map(|word| (format!("#{word}"), word.to_owned()))
            .filter(|(name, _)| key.contains(name) || filter.contains(name))
            .collect();
        Query { index, key: key.to_owned(), filter, names, values }
    }
}

/// The days of a span, last first.
fn days(since: Timestamp, until: Timestamp) -> Vec<String> {
    let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let first = date(since);
    std::iter::successors(Some(date(until)), |day: &Date| day.checked_sub(1.day()).ok())
        .take_while(|day| *day >= first)
        .map(|day| day.to_string())
        .collect()
}

/// The pages of a search, each fetched when it is asked for.
#[derive(Debug)]
pub struct Pages<'a> {
    ledger: &'a Ledger,
    /// What is left to ask, the next one last.
    queries: Vec<Query>,
    start: Option<Item>,
    page_size: Option<i32>,
}

impl Pages<'_> {
    /// The next page, which may be empty; `None` after the last.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn next(&mut self) -> Result<Option<Page>, ServiceError> {
        let Some(query) = self.queries.last() else { return Ok(None) };
        let answer = self
            .ledger
            .client
            .query()
            .table_name(&self.ledger.table)
            .index_name(query.index)
            .key_condition_expression(&query.key)
            .filter_expression(&query.filter)
            .set_expression_attribute_names(
                Some(query.names.clone()).filter(|names| !names.is_empty()),
            )
            .set_expression_attribute_values(Some(query.values.clone()))
            .scan_index_forward(false)
            .set_exclusive_start_key(self.start.take())
            .set_limit(self.page_size)
            .send()
            .await
            .map_err(|e| service_error("dynamodb:Query", self.ledger.table.as_str(), e))?;
        self.start = answer.last_evaluated_key.filter(|key| !key.is_empty());
        if self.start.is_none() {
            self.queries.pop();
        }
        Ok(Some(page(answer.items.unwrap_or_default())))
    }

    /// All pages that are left, as one.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn all(mut self) -> Result<Page, ServiceError> {
        let mut all = Page::default();
        while let Some(page) = self.next().await? {
            all.journeys.extend(page.journeys);
            all.unreadable.extend(page.unreadable);
        }
        Ok(all)
    }
}

fn page(items: Vec<Item>) -> Page {
    let mut page = Page::default();
    for item in items {
        let text = |name| item.get(name).and_then(|v| v.as_s().ok()).map_or("?", String::as_str);
        let key = format!("{} {}", text("pk"), text("sk"));
        match StateItem::read(item).and_then(|item| item.journey()) {
            Ok(journey) => page.journeys.push(journey),
            Err(_) => page.unreadable.push(key),
        }
    }
    page
}

impl Ledger {
    /// Looks for journeys, through the narrowest index that answers the search. An index is
    /// milliseconds behind the table.
    #[must_use]
    pub fn search(&self, search: &Search) -> Pages<'_> {
        let mut queries = search.queries();
        queries.reverse();
        Pages { ledger: self, queries, start: None, page_size: search.page_size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search() -> Search {
        Search {
            cache: None,
            state: None,
            dr_region: None,
            since: "2026-02-27T22:00:00Z".parse().unwrap(),
            until: "2026-03-01T01:00:00Z".parse().unwrap(),
            page_size: None,
        }
    }

    #[test]
    fn a_cache_is_narrower_than_a_state_and_a_state_than_days() {
        let state = Search { state: Some("failed".to_owned()), ..search() };
        let cache = Search { cache: Some("orders".parse().unwrap()), ..state.clone() };
        let indexes = |s: &Search| s.queries().iter().map(|q| q.index).collect::<Vec<_>>();
        assert_eq!(indexes(&cache), [key::BY_CACHE]);
        assert_eq!(indexes(&state), [key::BY_STATE]);
        assert_eq!(indexes(&search()), [key::BY_DAY; 3]);
    }

    #[test]
    fn days_go_backwards_over_the_end_of_a_month() {
        let Search { since, until, .. } = search();
        assert_eq!(days(since, until), ["2026-03-01", "2026-02-28", "2026-02-27"]);
        assert!(days(until, since).is_empty());
    }

    #[test]
    fn only_names_and_values_in_use_are_declared() {
        for (cache, state, dr) in
            [(true, true, true), (true, false, false), (false, true, false), (false, false, true)]
        {
            let search = Search {
                cache: cache.then(|| "orders".parse().unwrap()),
                state: state.then(|| "copied".to_owned()),
                dr_region: dr.then(|| "eu-west-1".parse().unwrap()),
                ..search()
            };
            for query in search.queries() {
                let whole = format!("{} {}", query.key, query.filter);
                let declared = query.names.keys().chain(query.values.keys());
                for name in declared {
                    assert!(whole.contains(name.as_str()), "{name} in {whole}");
                }
                let used = whole.split([' ', ')', ',']).filter(|w| w.starts_with([':', '#']));
                for name in used {
                    let known = query.names.contains_key(name) || query.values.contains_key(name);
                    assert!(known, "{name} in {whole}");
                }
            }
        }
    }
}
