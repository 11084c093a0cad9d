//! The plan document: which caches are protected how.
//!
//! Tiers say what protection means, selectors say which caches get it; the first selector that
//! matches decides. The document is checked as a whole, and everything that is wrong with it is
//! said at once, because nobody likes to be told one problem at a time.

mod nearest;
mod problem;
mod read;
mod selector;
mod span;
mod tier;

pub use problem::{Problem, Problems};
pub use selector::{BadPattern, Pattern, Selector};
pub use span::{BadSpan, Span};
pub use tier::{Destination, Retention, Tier, TierName, Verification};

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::id::{CacheName, Region};
use read::Node;

/// A plan without problems. Serialised, it is a document that reads back as the same plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    tiers: BTreeMap<TierName, Tier>,
    selectors: Vec<Selector>,
}

/// What a plan says of one cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match<'a> {
    /// It is protected.
    Tier {
        /// The tier's name.
        name: &'a TierName,
        /// What it means.
        tier: &'a Tier,
        /// Which selector decided, counted from zero.
        selector: usize,
    },
    /// No selector matches. Such a cache is reported, not ignored.
    Unmatched,
}

/// A document that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The plan, or why it is none.
    pub plan: Result<Plan, Problems>,
    /// What is allowed and most likely not meant.
    pub warnings: Vec<Problem>,
}

impl Plan {
    /// Reads a document and says everything there is to say about it.
    ///
    /// # Example
    /// ```
    /// let document = serde_json::json!({
    ///     "tiers": {"trading": {"rpo": "15m", "rto": "30m", "cadence": "1h", "dr": []}},
    ///     "selectors": [{"tier": "tradnig", "names": ["orders"]}],
    /// });
    /// let problems = domain::plan::Plan::check(&document).plan.unwrap_err();
    /// let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    /// assert_eq!(
    ///     paths,
    ///     ["tiers.trading.retention", "tiers.trading.rpo", "tiers.trading.dr", "selectors[0].tier"]
    /// );
    /// ```
    #[must_use]
    pub fn check(document: &Value) -> Checked {
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        let plan = read(&Node::root(document), &mut problems, &mut warnings);
        let plan = match plan {
            Some(plan) if problems.is_empty() => {
                plan.warn(&mut warnings);
                Ok(plan)
            }
            _ => Err(Problems::new(problems)),
        };
        Checked { plan, warnings }
    }

    /// Reads a document, where warnings do not matter.
    ///
    /// # Errors
    /// Every problem of the document.
    pub fn parse_json(document: &Value) -> Result<Self, Problems> {
        Self::check(document).plan
    }

    /// The tiers, by name.
    #[must_use]
    pub fn tiers(&self) -> &BTreeMap<TierName, Tier> {
        &self.tiers
    }

    /// The selectors, in the order they are asked.
    #[must_use]
    pub fn selectors(&self) -> &[Selector] {
        &self.selectors
    }

    /// The tier of a cache: that of the first selector that matches.
    #[must_use]
    pub fn tier_of(&self, cache: &CacheName, tags: &BTreeMap<String, String>) -> Match<'_> {
        self.selectors
            .iter()
            .enumerate()
            .find(|(_, selector)| selector.matches(cache, tags))
            .and_then(|(i, selector)| {
                let (name, tier) = self.tiers.get_key_value(selector.tier())?;
                Some(Match::Tier { name, tier, selector: i })
            })
            .unwrap_or(Match::Unmatched)
    }

    /// Why a cache's snapshots are not to be copied to a Region, in a sentence for the audit; `None`
    /// when they are.
    #[must_use]
    pub fn refusal(
        &self,
        cache: &CacheName,
        tags: &BTreeMap<String, String>,
        to: &Region,
    ) -> Option<String> {
        match self.tier_of(cache, tags) {
            Match::Unmatched => Some("no selector of the plan matches the cache".to_owned()),
            Match::Tier { tier, .. } if tier.dr.iter().any(|d| d.region == *to) => None,
            Match::Tier { name, .. } => Some(format!("tier {name} of the plan does not go there")),
        }
    }

    /// Selectors that can never decide, and tiers that nobody gets.
    fn warn(&self, warnings: &mut Vec<Problem>) {
        for (i, selector) in self.selectors.iter().enumerate() {
            if let Some(j) = self.selectors[..i].iter().position(|s| s.covers(selector)) {
                warnings.push(Problem::new(
                    format!("selectors[{i}]"),
                    format!("it never decides: whatever it matches, selectors[{j}] matches first"),
                ));
            }
        }
        let selected: BTreeSet<&TierName> = self.selectors.iter().map(Selector::tier).collect();
        for name in self.tiers.keys().filter(|name| !selected.contains(name)) {
            warnings.push(Problem::new(
                format!("tiers.{name}"),
                "no selector gives it to a cache".to_owned(),
            ));
        }
    }
}

fn read(root: &Node<'_>, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) -> Option<Plan> {
    let fields = root.fields(&["tiers", "selectors"], problems)?;
    let tiers = fields.required("tiers", problems, |node, problems| {
        let map = node.map(problems)?;
        if map.is_empty() {
            node.problem("a plan needs at least one tier", problems);
        }
        let read: Vec<_> = map
            .into_iter()
            .map(|(name, node)| {
                let name = node.parse::<TierName>(name, problems);
                let tier = Tier::read(&node, problems, warnings);
                Some((name?, tier?))
            })
            .collect();
        read.into_iter().collect::<Option<BTreeMap<_, _>>>()
    });
    // A tier that is wrong is not also unknown.
    let names: Vec<&str> = root
        .value()
        .get("tiers")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|map| map.keys().map(String::as_str))
        .collect();
    let selectors = fields.required("selectors", problems, |node, problems| {
        let selectors =
            node.list(problems, |node, problems| Selector::read(node, &names, problems))?;
        if selectors.is_empty() {
            node.problem("without a selector no cache is protected", problems);
        }
        Some(selectors)
    });
    Some(Plan { tiers: tiers?, selectors: selectors? })
}

#[cfg(test)]
mod tests;
