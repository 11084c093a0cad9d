//! What DescribeEvents tells.

use jiff::Timestamp;

use crate::fault::Fault;
use crate::xml::Element;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceType {
    /// A cluster, also one that is a node of a replication group.
    CacheCluster,
    /// A replication group.
    ReplicationGroup,
    /// A serverless cache.
    ServerlessCache,
    /// A snapshot of a serverless cache.
    ServerlessCacheSnapshot,
}

/// The source types that exist at AWS and have no events here.
const SILENT: [&str; 5] =
    ["cache-parameter-group", "cache-security-group", "cache-subnet-group", "user", "user-group"];

impl SourceType {
    /// The type of this name; `None` for one that never has events here.
    ///
    /// # Errors
    /// `InvalidParameterValue` for a name AWS does not have.
    pub(crate) fn find(name: &str) -> Result<Option<Self>, Fault> {
        let all = [
            Self::CacheCluster,
            Self::ReplicationGroup,
            Self::ServerlessCache,
            Self::ServerlessCacheSnapshot,
        ];
        match all.into_iter().find(|kind| kind.name() == name) {
            None if !SILENT.contains(&name) => {
                Err(Fault::invalid_value(format!("Invalid source type: {name}.")))
            }
            found => Ok(found),
        }
    }

    /// As the API spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CacheCluster => "cache-cluster",
            Self::ReplicationGroup => "replication-group",
            Self::ServerlessCache => "serverless-cache",
            Self::ServerlessCacheSnapshot => "serverless-cache-snapshot",
        }
    }
}

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// What it is about.
    pub(crate) source_type: SourceType,
    /// The name of that.
    pub(crate) source: String,
    /// What happened.
    pub(crate) message: String,
    /// When.
    pub(crate) date: Timestamp,
}

impl Event {
    /// As answers carry it.
    pub(crate) fn to_xml(&self) -> Element {
        Element::new("Event")
            .text("SourceIdentifier", &self.source)
            .text("SourceType", self.source_type.name())
            .text("Message", &self.message)
            .text("Date", super::instant(self.date))
    }
}
