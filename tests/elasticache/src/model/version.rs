//! Engines and the versions of them that the service offers.

use std::fmt;

use crate::fault::Fault;

/// What a cache runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Engine {
    name: &'static str,
    version: &'static str,
}

/// What may be asked for, and what it is called afterwards.
const REDIS: &[(&str, &str)] = &[
    ("4.0.10", "4.0.10"),
    ("5.0.6", "5.0.6"),
    ("6.0", "6.0.5"),
    ("6.2", "6.2.6"),
    ("7.0", "7.0.7"),
    ("7.1", "7.1.0"),
];
const VALKEY: &[(&str, &str)] =
    &[("7.2", "7.2.6"), ("8.0", "8.0.1"), ("8.1", "8.1.0"), ("8.2", "8.2.0"), ("9.0", "9.0.0")];

impl Engine {
    /// The engine of this name and version; the newest version when none is given.
    ///
    /// # Errors
    /// `InvalidParameterValue` for an engine that is neither `redis` nor `valkey`,
    /// `InvalidParameterCombination` for a version it does not have.
    pub(crate) fn find(name: Option<&str>, version: Option<&str>) -> Result<Self, Fault> {
        let (name, versions) = match name.unwrap_or("redis").to_ascii_lowercase().as_str() {
            "redis" => ("redis", REDIS),
            "valkey" => ("valkey", VALKEY),
            "memcached" => return Err(Fault::not_modelled("the engine memcached")),
            other => {
                return Err(Fault::invalid_value(format!("Invalid cache engine: {other}.")));
            }
        };
        let Some(asked) = version else {
            let newest = versions.last().map_or("", |(_, full)| full);
            return Ok(Self { name, version: newest });
        };
        // `6.x` is the documented way to ask for the newest version 6.
        let asked_major = asked.strip_suffix(".x").map(|major| format!("{major}."));
        versions
            .iter()
            .rev()
            .find(|(short, full)| {
                asked == *short
                    || asked == *full
                    || asked_major.as_ref().is_some_and(|major| short.starts_with(major))
            })
            .map(|(_, full)| Self { name, version: full })
            .ok_or_else(|| {
                Fault::invalid_combination(format!("Cannot find version {asked} for {name}"))
            })
    }

    /// `redis` or `valkey`.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The full version, such as `7.1.0`.
    pub(crate) fn version(&self) -> &'static str {
        self.version
    }

    /// The parameter group a cache has when none is named.
    pub(crate) fn default_parameter_group(&self, cluster_enabled: bool) -> String {
        let mut parts = self.version.split('.');
        let (major, minor) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let family = match (self.name, major) {
            ("redis", "6") => "redis6.x".to_owned(),
            ("redis", "4" | "5") => format!("redis{major}.{minor}"),
            (name, _) => format!("{name}{major}"),
        };
        let suffix = if cluster_enabled { ".cluster.on" } else { "" };
        format!("default.{family}{suffix}")
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(name: &str, version: Option<&str>) -> String {
        Engine::find(Some(name), version).expect("an engine").to_string()
    }

    #[test]
    fn versions_are_completed() {
        assert_eq!(version("redis", Some("6.x")), "redis 6.2.6");
        assert_eq!(version("redis", Some("7.0")), "redis 7.0.7");
        assert_eq!(version("Valkey", None), "valkey 9.0.0");
        let fault = Engine::find(Some("redis"), Some("7.4")).expect_err("AWS has no Redis 7.4");
        assert_eq!(fault.code, "InvalidParameterCombination");
        assert_eq!(fault.message, "Cannot find version 7.4 for redis");
    }

    #[test]
    fn parameter_groups_follow_the_family() {
        let group = |name, version, on| {
            Engine::find(Some(name), Some(version)).expect("an engine").default_parameter_group(on)
        };
        assert_eq!(group("redis", "7.1", true), "default.redis7.cluster.on");
        assert_eq!(group("redis", "6.2", false), "default.redis6.x");
        assert_eq!(group("redis", "5.0.6", false), "default.redis5.0");
        assert_eq!(group("valkey", "8.0", false), "default.valkey8");
    }
}
