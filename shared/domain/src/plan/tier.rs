use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::nearest::hint;
use super::problem::Problem;
use super::read::{Node, at};
use super::span::Span;
use crate::id::{AccountId, Region};

/// Manual snapshots that ElastiCache takes of one node in 24 hours.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups.html>
const SNAPSHOTS_A_DAY: u64 = 20;

/// The name of a tier: one to 32 lower-case letters, digits and dashes, a letter first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TierName(String);

/// The text was no tier's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a tier's name has 1 to 32 lower-case letters, digits and dashes, and begins with a letter"
)]
pub struct BadTierName;

impl FromStr for TierName {
    type Err = BadTierName;

    fn from_str(text: &str) -> Result<Self, BadTierName> {
        let well_formed = text.len() <= 32
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if well_formed { Ok(Self(text.to_owned())) } else { Err(BadTierName) }
    }
}

impl fmt::Display for TierName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where copies go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// The DR Region.
    pub region: Region,
    /// The account, where it is not the cache's own.
    pub account: Option<AccountId>,
}

/// Which copies are kept: every one that any of the rules wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Retention {
    /// The newest so many.
    pub last: u32,
    /// The last of each day, for so many days.
    pub daily: u32,
    /// The last of each week, for so many weeks.
    pub weekly: u32,
    /// The last of each month, for so many months.
    pub monthly: u32,
    /// The last of each year, for so many years.
    pub yearly: u32,
    /// Verified copies that are left whatever the rules say.
    pub verified_floor: u32,
}

/// How thoroughly a copy is read before it counts as verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// Checksum and structure.
    Structure,
    /// Every value too.
    Deep,
}

/// What protection means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tier {
    /// The age that a cache's newest finished copy may reach.
    pub rpo: Span,
    /// The time that a restore may take.
    pub rto: Span,
    /// The time from one snapshot to the next.
    pub cadence: Span,
    /// Where copies go: at least one, each once.
    pub dr: Vec<Destination>,
    /// Which copies are kept.
    pub retention: Retention,
    /// How thoroughly copies are read.
    pub verification: Verification,
    /// The time from one restore drill to the next; without it there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drill: Option<Span>,
    /// Who is told: names of routes that the alerting knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<String>,
}

impl Serialize for Destination {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        match &self.account {
            None => self.region.serialize(to),
            Some(account) => {
                let mut map = to.serialize_map(Some(2))?;
                map.serialize_entry("region", &self.region)?;
                map.serialize_entry("account", account)?;
                map.end()
            }
        }
    }
}

impl Destination {
    /// A Region, or a Region with an account.
    fn read(node: &Node<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        if node.value().is_string() {
            return Some(Self { region: node.parsed(problems)?, account: None });
        }
        let fields = node.fields(&["region", "account"], problems)?;
        let region = fields.required("region", problems, |n, p| n.parsed(p));
        let account = fields.optional("account", problems, |n, p| n.parsed(p));
        Some(Self { region: region?, account: account? })
    }
}

impl Verification {
    fn read(node: &Node<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        match node.text(problems)? {
            "structure" => Some(Self::Structure),
            "deep" => Some(Self::Deep),
            other => {
                let hint = hint(other, &["structure", "deep"]);
                node.problem(format!("expected \"structure\" or \"deep\"{hint}"), problems);
                None
            }
        }
    }
}

impl Retention {
    const FIELDS: [&'static str; 6] =
        ["last", "daily", "weekly", "monthly", "yearly", "verified_floor"];

    fn read(node: &Node<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let fields = node.fields(&Self::FIELDS, problems)?;
        let mut count = |name, default| {
            fields
                .optional(name, problems, |n, p| n.count(p))
                .map(|found: Option<u32>| found.unwrap_or(default))
        };
        let [daily, weekly, monthly, yearly] =
            ["daily", "weekly", "monthly", "yearly"].map(|name| count(name, 0));
        let verified_floor = count("verified_floor", 1);
        let last = fields.required("last", problems, |n, p| n.count(p));
        if last == Some(0) {
            let path = at(node.path(), "last");
            problems.push(Problem::new(path, "at least the newest copy has to be kept"));
        }
        if verified_floor == Some(0) {
            let path = at(node.path(), "verified_floor");
            problems
                .push(Problem::new(path, "the last verified copy is never deleted: at least 1"));
        }
        if let (Some(floor), Some(last)) = (verified_floor, last)
            && floor > last
            && last > 0
        {
            problems.push(Problem::new(
                at(node.path(), "verified_floor"),
                format!("a floor of {floor} cannot be met when only the last {last} are kept"),
            ));
        }
        Some(Self {
            last: last?,
            daily: daily?,
            weekly: weekly?,
            monthly: monthly?,
            yearly: yearly?,
            verified_floor: verified_floor?,
        })
    }
}

impl Tier {
    const FIELDS: [&'static str; 8] =
        ["rpo", "rto", "cadence", "dr", "retention", "verification", "drill", "alerts"];

    pub(super) fn read(
        node: &Node<'_>,
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<Problem>,
    ) -> Option<Self> {
        let fields = node.fields(&Self::FIELDS, problems)?;
        let mut span = |name| fields.required(name, problems, |n, p| n.parsed::<Span>(p));
        let (rpo, rto, cadence) = (span("rpo"), span("rto"), span("cadence"));
        let retention = fields.required("retention", problems, Retention::read);
        let verification = fields.optional("verification", problems, Verification::read);
        let drill = fields.optional("drill", problems, |n, p| n.parsed::<Span>(p));
        let alerts = fields.optional("alerts", problems, |n, p| n.list(p, route));
        if let (Some(rpo), Some(cadence)) = (rpo, cadence) {
            pace(node, rpo, cadence, problems, warnings);
        }
        if let (Some(Some(drill)), Some(cadence)) = (drill, cadence)
            && drill < cadence
        {
            warnings.push(Problem::new(
                at(node.path(), "drill"),
                format!("a drill every {drill} tries the same copy again: a new one comes every {cadence}"),
            ));
        }
        let dr = fields.required("dr", problems, destinations);
        Some(Self {
            rpo: rpo?,
            rto: rto?,
            cadence: cadence?,
            dr: dr?,
            retention: retention?,
            verification: verification?.unwrap_or(Verification::Structure),
            drill: drill?,
            alerts: alerts?.unwrap_or_default(),
        })
    }
}

/// Whether snapshots come often enough, and not too often.
fn pace(
    tier: &Node<'_>,
    rpo: Span,
    cadence: Span,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) {
    if rpo < cadence {
        problems.push(Problem::new(
            at(tier.path(), "rpo"),
            format!("{rpo} cannot be kept with a snapshot every {cadence}"),
        ));
    } else if rpo == cadence {
        warnings.push(Problem::new(
            at(tier.path(), "cadence"),
            format!("a snapshot every {cadence} leaves no time to copy it within an RPO of {rpo}"),
        ));
    }
    if cadence.per_day() > SNAPSHOTS_A_DAY {
        warnings.push(Problem::new(
            at(tier.path(), "cadence"),
            format!(
                "every {cadence} is {} snapshots a day, and ElastiCache takes no more than \
                 {SNAPSHOTS_A_DAY} manual ones of a node in 24 hours",
                cadence.per_day()
            ),
        ));
    }
}

fn destinations(node: &Node<'_>, problems: &mut Vec<Problem>) -> Option<Vec<Destination>> {
    let read = node.list(problems, Destination::read)?;
    if read.is_empty() {
        node.problem("name at least one DR Region", problems);
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = read.iter().find(|destination| !seen.insert(*destination)) {
        node.problem(format!("{} is named twice", twice.region), problems);
    }
    Some(read)
}

fn route(node: &Node<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let text = node.text(problems)?;
    if text.trim().is_empty() {
        node.problem("a route needs a name", problems);
        return None;
    }
    Some(text.to_owned())
}
