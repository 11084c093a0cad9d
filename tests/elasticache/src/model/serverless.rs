//! Serverless caches and their snapshots.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::{CacheStatus, SnapshotStatus, Tags, instant};
use crate::engine::Server;
use crate::fault::Fault;
use crate::xml::Element;

/// What a serverless cache is compatible with: an engine, and only the major version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerlessEngine {
    /// `redis` or `valkey`.
    pub(crate) name: &'static str,
    /// Such as `8`.
    pub(crate) major: &'static str,
    /// Such as `8.1`.
    pub(crate) full: &'static str,
}

const ENGINES: [ServerlessEngine; 3] = [
    ServerlessEngine { name: "redis", major: "7", full: "7.1" },
    ServerlessEngine { name: "valkey", major: "7", full: "7.2" },
    ServerlessEngine { name: "valkey", major: "8", full: "8.1" },
];

impl ServerlessEngine {
    /// The engine of this name and major version; the newest when none is given.
    ///
    /// # Errors
    /// `InvalidParameterValue`, `InvalidParameterCombination`.
    pub(crate) fn find(name: &str, major: Option<&str>) -> Result<Self, Fault> {
        let name = name.to_ascii_lowercase();
        if name == "memcached" {
            return Err(Fault::not_modelled("the engine memcached"));
        }
        if !ENGINES.iter().any(|engine| engine.name == name) {
            return Err(Fault::invalid_value(format!("Invalid cache engine: {name}.")));
        }
        let found = ENGINES
            .into_iter()
            .rev()
            .find(|engine| engine.name == name && major.is_none_or(|major| major == engine.major));
        found.ok_or_else(|| {
            let major = major.unwrap_or_default();
            Fault::invalid_combination(format!("Cannot find version {major} for {name}"))
        })
    }
}

/// A serverless cache.
#[derive(Clone)]
pub(crate) struct ServerlessCache {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) description: String,
    pub(crate) engine: ServerlessEngine,
    pub(crate) status: CacheStatus,
    pub(crate) created: Timestamp,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) security_groups: Vec<String>,
    pub(crate) subnets: Vec<String>,
    /// For how many days automatic snapshots are kept.
    pub(crate) snapshot_retention: i64,
    /// When automatic snapshots are taken, UTC.
    pub(crate) daily_snapshot_time: Option<String>,
    pub(crate) tags: Tags,
    /// What serves it, once it runs. Clients see a cluster.
    pub(crate) server: Option<Arc<Server>>,
}

impl ServerlessCache {
    /// As answers carry it, under the name that the answer gives it.
    pub(crate) fn to_xml(&self, name: &str) -> Element {
        let encryption = if self.kms_key_id.is_some() { "sse-kms" } else { "sse-elasticache" };
        let texts = |list: &[String], member: &'static str| -> Vec<Element> {
            list.iter().map(|text| Element::leaf(member, text)).collect()
        };
        let element = Element::new(name)
            .text("ServerlessCacheName", &self.name)
            .text("Description", &self.description)
            .text("CreateTime", instant(self.created))
            .text("Status", self.status)
            .text("Engine", self.engine.name)
            .text("MajorEngineVersion", self.engine.major)
            .text("FullEngineVersion", self.engine.full)
            .maybe("KmsKeyId", self.kms_key_id.as_ref())
            .text("StorageEncryptionType", encryption)
            .list("SecurityGroupIds", texts(&self.security_groups, "SecurityGroupId"));
        let element = match &self.server {
            Some(server) => ["Endpoint", "ReaderEndpoint"].into_iter().fold(element, |e, name| {
                let address = Element::new(name).text("Address", "127.0.0.1");
                e.child(address.text("Port", server.port()))
            }),
            None => element,
        };
        element
            .text("ARN", &self.arn)
            .list("SubnetIds", texts(&self.subnets, "SubnetId"))
            .text("SnapshotRetentionLimit", self.snapshot_retention)
            .maybe("DailySnapshotTime", self.daily_snapshot_time.as_ref())
            .text("NetworkType", "ipv4")
            .text("ConnectionType", "vpc")
    }
}

/// A snapshot of a serverless cache.
#[derive(Clone, Debug)]
pub(crate) struct ServerlessSnapshot {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) status: SnapshotStatus,
    pub(crate) created: Timestamp,
    /// The name of the cache, as it was then.
    pub(crate) cache: String,
    pub(crate) engine: ServerlessEngine,
    pub(crate) kms_key_id: Option<String>,
    /// The size in bytes, once it is there.
    pub(crate) bytes: Option<u64>,
    pub(crate) tags: Tags,
    pub(crate) file: PathBuf,
}

impl ServerlessSnapshot {
    /// As answers carry it, under the name that the answer gives it.
    pub(crate) fn to_xml(&self, name: &str) -> Element {
        Element::new(name)
            .text("ServerlessCacheSnapshotName", &self.name)
            .text("ARN", &self.arn)
            .maybe("KmsKeyId", self.kms_key_id.as_ref())
            .text("SnapshotType", "manual")
            .text("Status", self.status)
            .text("CreateTime", instant(self.created))
            .maybe("BytesUsedForCache", self.bytes)
            .child(
                Element::new("ServerlessCacheConfiguration")
                    .text("ServerlessCacheName", &self.cache)
                    .text("Engine", self.engine.name)
                    .text("MajorEngineVersion", self.engine.major),
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_have_major_versions() {
        let full = |name, major| ServerlessEngine::find(name, major).map(|engine| engine.full);
        assert_eq!(full("Valkey", None), Ok("8.1"));
        assert_eq!(full("valkey", Some("7")), Ok("7.2"));
        assert_eq!(
            full("redis", Some("6")).map_err(|f| f.code).err().as_deref(),
            Some("InvalidParameterCombination")
        );
        assert!(full("memcached", None).is_err());
    }
}
