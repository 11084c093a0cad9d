//! Names, parsed once at the edge and trusted afterwards.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a name was refused. Shows the name: none of these is customer data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not {what}: {why}")]
pub struct BadName {
    what: &'static str,
    value: String,
    why: &'static str,
}

impl BadName {
    fn new(what: &'static str, value: &str, why: &'static str) -> Self {
        // A hostile name must not fill the log either.
        Self { what, value: value.chars().take(80).collect(), why }
    }
}

/// Defines a string newtype whose only constructor checks it.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as AWS spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(value: &str) -> Result<Self, BadName> {
                let check: fn(&str) -> Result<(), &'static str> = $check;
                check(value).map_err(|why| BadName::new($what, value, why))?;
                Ok(Self(value.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;

            fn try_from(value: String) -> Result<Self, BadName> {
                value.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A replication group, single cache cluster or serverless cache: what a person calls "the
    /// cache". ElastiCache stores these names in lower case.
    CacheName, "a cache name", |s| cache_like(s, 63)
);
name!(
    /// One node of a node-based cache, such as `orders-0001-001`: what SNS notices name.
    NodeName, "a node name", |s| cache_like(s, 80)
);
name!(
    /// A snapshot. Automatic ones contain a dot (`automatic.orders-2026-03-07-03-15`), and an
    /// export target may contain slashes, so this is wider than a cache name.
    SnapshotName, "a snapshot name", |s| {
        if s.is_empty() || s.len() > 255 {
            return Err("it must have 1 to 255 characters");
        }
        if !s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')) {
            return Err("only letters, digits, '-', '.' and '_' are expected");
        }
        Ok(())
    }
);
name!(
    /// An AWS Region code, such as `eu-west-1`.
    Region, "a Region", |s| {
        let parts: Vec<&str> = s.split('-').collect();
        let well_formed = (3..=5).contains(&parts.len())
            && parts.iter().all(|p| !p.is_empty() && p.len() <= 12)
            && parts.last().is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
            && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if well_formed { Ok(()) } else { Err("expected a Region code such as eu-west-1") }
    }
);
name!(
    /// A twelve-digit AWS account number.
    AccountId, "an account", |s| {
        if s.len() == 12 && s.bytes().all(|b| b.is_ascii_digit()) {
            Ok(())
        } else {
            Err("expected twelve digits")
        }
    }
);
name!(
    /// An S3 general purpose bucket.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
    BucketName, "a bucket name", |s| {
        if !(3..=63).contains(&s.len()) {
            return Err("it must have 3 to 63 characters");
        }
        if s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.')) {
            Ok(())
        } else {
            Err("only lower-case letters, digits, '-' and '.' are allowed")
        }
    }
);

fn cache_like(s: &str, longest: usize) -> Result<(), &'static str> {
    if s.is_empty() || s.len() > longest {
        return Err("it is empty or too long");
    }
    if !s.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err("it must begin with a letter");
    }
    if !s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err("only letters, digits and '-' are allowed");
    }
    Ok(())
}

/// A snapshot and the moment it was taken.
///
/// A manual snapshot can be deleted and taken again under its old name; without the moment, the
/// second one would pass for the first and never be copied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SnapshotId {
    /// Where it was taken.
    pub region: Region,
    /// Its name there.
    pub name: SnapshotName,
    /// When its first shard was taken, whole seconds in UTC.
    pub taken_at: Timestamp,
}

impl SnapshotId {
    /// The moment in the compact form used in names and keys: `20260307t031500z`.
    ///
    /// Lower case, because ElastiCache stores target names in lower case.
    #[must_use]
    pub fn stamp(&self) -> String {
        self.taken_at.strftime("%Y%m%dt%H%M%Sz").to_string()
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.region, self.name, self.stamp())
    }
}

/// One journey: one snapshot on its way to one DR Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JourneyId {
    /// What travels.
    pub snapshot: SnapshotId,
    /// Where to.
    pub dr_region: Region,
}

impl fmt::Display for JourneyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}->{}", self.snapshot, self.dr_region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_aws_uses_are_accepted() {
        assert!("automatic.orders-2026-03-07-03-15".parse::<SnapshotName>().is_ok());
        assert!("orders-0001-001".parse::<NodeName>().is_ok());
        for region in ["us-east-1", "eu-west-1", "us-gov-west-1", "ap-southeast-4"] {
            assert!(region.parse::<Region>().is_ok(), "{region}");
        }
    }

    #[test]
    fn names_that_could_not_be_aws_are_refused() {
        assert!("".parse::<CacheName>().is_err());
        assert!("1orders".parse::<CacheName>().is_err());
        assert!("a/../b".parse::<SnapshotName>().is_err());
        assert!("us-east".parse::<Region>().is_err());
        assert!("12345".parse::<AccountId>().is_err());
        assert!("UPPER".parse::<BucketName>().is_err());
    }

    #[test]
    fn a_hostile_name_is_shortened_in_its_error() {
        let error = "x!".repeat(5000).parse::<CacheName>().unwrap_err();
        assert!(error.to_string().len() < 300);
    }

    #[test]
    fn the_stamp_is_lower_case_and_sorts_by_time() {
        let id = SnapshotId {
            region: "us-east-1".parse().unwrap(),
            name: "nightly".parse().unwrap(),
            taken_at: "2026-03-07T03:15:00Z".parse().unwrap(),
        };
        assert_eq!(id.stamp(), "20260307t031500z");
    }
}
