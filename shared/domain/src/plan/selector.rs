use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use regex_lite::{Regex, RegexBuilder};
use serde::{Serialize, Serializer};

use super::nearest::hint;
use super::problem::Problem;
use super::read::Node;
use super::tier::TierName;
use crate::id::CacheName;

/// The longest expression, and the memory its compiled form may take, in bytes: a plan is read by
/// functions that have little of it.
const LONGEST: usize = 200;
const COMPILED: usize = 64 * 1024;

/// A regular expression for the whole of a cache's name.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

/// The text was no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// It is too long.
    #[error("the expression is longer than {LONGEST} characters")]
    TooLong,
    /// It is not one, or too large when compiled.
    #[error("not a regular expression: {0}")]
    Regex(String),
}

impl Pattern {
    fn matches(&self, cache: &CacheName) -> bool {
        self.regex.is_match(cache.as_str())
    }

    /// Whether it says no more than that there is a name.
    fn matches_all(&self) -> bool {
        matches!(self.text.as_str(), ".*" | "^.*$" | ".+" | "^.+$")
    }
}

impl FromStr for Pattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        if text.chars().count() > LONGEST {
            return Err(BadPattern::TooLong);
        }
        let compile = |expression: &str| {
            RegexBuilder::new(expression)
                .size_limit(COMPILED)
                .build()
                .map_err(|e| BadPattern::Regex(e.to_string()))
        };
        // On its own first: `a)|(b` is no expression and would become one within the brackets.
        compile(text)?;
        let regex = compile(&format!("^(?:{text})$"))?;
        Ok(Self { text: text.to_owned(), regex })
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// Which caches get a tier: those that fulfil all that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Selector {
    tier: TierName,
    /// Tags that a cache must have, with these values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    /// Names of which a cache must have one, in lower case as ElastiCache keeps them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    names: BTreeSet<CacheName>,
    /// An expression that a cache's whole name must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<Pattern>,
}

impl Selector {
    /// The tier it gives.
    #[must_use]
    pub fn tier(&self) -> &TierName {
        &self.tier
    }

    /// Whether a cache fulfils all that is named.
    #[must_use]
    pub fn matches(&self, cache: &CacheName, tags: &BTreeMap<String, String>) -> bool {
        self.tags.iter().all(|(key, value)| tags.get(key) == Some(value))
            && (self.names.is_empty() || self.names.contains(cache))
            && self.pattern.as_ref().is_none_or(|pattern| pattern.matches(cache))
    }

    /// Whether it certainly matches whatever `other` matches.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let tags = self.tags.iter().all(|(key, value)| other.tags.get(key) == Some(value));
        let names = self.names.is_empty()
            || (!other.names.is_empty() && other.names.is_subset(&self.names));
        let pattern = self.pattern.as_ref().is_none_or(|pattern| {
            pattern.matches_all()
                || other.pattern.as_ref() == Some(pattern)
                || (!other.names.is_empty() && other.names.iter().all(|n| pattern.matches(n)))
        });
        tags && names && pattern
    }

    pub(super) fn read(
        node: &Node<'_>,
        tiers: &[&str],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let fields = node.fields(&["tier", "tags", "names", "pattern"], problems)?;
        let tier = fields.required("tier", problems, |node, problems| {
            let text = node.text(problems)?;
            if !tiers.contains(&text) {
                node.problem(format!("there is no such tier{}", hint(text, tiers)), problems);
                return None;
            }
            // A tier with a bad name was told of where it is.
            text.parse().ok()
        });
        let tags = fields.optional("tags", problems, |node, problems| {
            let map = node.map(problems)?;
            let read: Vec<_> = map
                .into_iter()
                .map(|(key, node)| Some((key.to_owned(), node.text(problems)?.to_owned())))
                .collect();
            read.into_iter().collect::<Option<BTreeMap<_, _>>>()
        });
        let names = fields.optional("names", problems, |node, problems| {
            let names = node.list(problems, |node, problems| {
                let text = node.text(problems)?.to_ascii_lowercase();
                node.parse::<CacheName>(&text, problems)
            })?;
            Some(names.into_iter().collect::<BTreeSet<_>>())
        });
        let pattern = fields.optional("pattern", problems, |n, p| n.parsed::<Pattern>(p));
        let selector = Self {
            tier: tier?,
            tags: tags?.unwrap_or_default(),
            names: names?.unwrap_or_default(),
            pattern: pattern?,
        };
        if selector.tags.is_empty() && selector.names.is_empty() && selector.pattern.is_none() {
            node.problem(
                "it names no tags, names or pattern; for every cache write pattern: \".*\"",
                problems,
            );
        }
        Some(selector)
    }
}
