//! The parameters that replication groups and clusters have in common.

use crate::fault::Fault;
use crate::model::{CacheKind, CacheSpec, Engine, Topic};
use crate::notice;
use crate::protocol::Params;
use crate::service::Call;

/// What is decided before the common parameters are read.
pub(super) struct Frame<'a> {
    pub(super) kind: CacheKind,
    pub(super) id: String,
    pub(super) description: String,
    pub(super) cluster_enabled: bool,
    pub(super) automatic_failover: bool,
    /// What a restored snapshot says, for whatever the call leaves open.
    pub(super) restored: Option<&'a CacheSpec>,
}

/// Takes the common parameters.
///
/// # Errors
/// `InvalidParameterValue` and `InvalidParameterCombination`.
pub(super) async fn take(
    call: &Call,
    params: &mut Params,
    frame: Frame<'_>,
) -> Result<CacheSpec, Fault> {
    let restored = frame.restored;
    let engine = params.optional("Engine");
    let version = params.optional("EngineVersion");
    let engine = match (engine, version, restored) {
        (None, None, Some(spec)) => spec.engine.clone(),
        (engine, version, _) => {
            let engine = engine.or_else(|| restored.map(|spec| spec.engine.name().to_owned()));
            Engine::find(engine.as_deref(), version.as_deref())?
        }
    };
    let node_type = match (params.optional("CacheNodeType"), restored) {
        (Some(given), _) => node_type(&given)?,
        (None, Some(spec)) => spec.node_type.clone(),
        (None, None) => params.required("CacheNodeType")?,
    };
    let kept_group = restored
        .filter(|spec| spec.cluster_enabled == frame.cluster_enabled && spec.engine == engine)
        .map(|spec| spec.parameter_group.clone());
    let parameter_group = params
        .optional("CacheParameterGroupName")
        .or(kept_group)
        .unwrap_or_else(|| engine.default_parameter_group(frame.cluster_enabled));
    let topic = params.optional("NotificationTopicArn");
    if let Some(arn) = &topic {
        notice::check_topic(&call.clients(), &call.scope, arn).await?;
    }
    let kms_key_id = params.optional("KmsKeyId");
    let at_rest = params.boolean("AtRestEncryptionEnabled")?;
    if kms_key_id.is_some() && at_rest == Some(false) {
        return Err(Fault::invalid_combination(
            "KmsKeyId cannot be given when AtRestEncryptionEnabled is false.",
        ));
    }
    let multi_az = params.boolean("MultiAZEnabled")?.unwrap_or(false);
    if multi_az && !frame.automatic_failover {
        return Err(Fault::invalid_combination("Multi-AZ needs automatic failover."));
    }
    Ok(CacheSpec {
        kind: frame.kind,
        id: frame.id,
        description: frame.description,
        cluster_enabled: frame.cluster_enabled,
        parameter_group,
        subnet_group: params.optional("CacheSubnetGroupName"),
        security_groups: params.list("SecurityGroupIds", "SecurityGroupId")?,
        topic: topic.map(|arn| Topic { arn, active: true }),
        snapshot_retention: params.integer_in("SnapshotRetentionLimit", 0, 35)?.unwrap_or(0),
        snapshot_window: window(params, "SnapshotWindow", "03:00-04:00")?,
        maintenance_window: params
            .optional("PreferredMaintenanceWindow")
            .unwrap_or_else(|| "sun:05:00-sun:06:00".to_owned()),
        port: params.integer_in("Port", 1, 65_535)?.unwrap_or(6379),
        automatic_failover: frame.automatic_failover,
        multi_az,
        transit_encryption: params.boolean("TransitEncryptionEnabled")?.unwrap_or(false),
        // AWS encrypts Valkey unless told otherwise, and Redis only when told to.
        at_rest_encryption: at_rest.unwrap_or(engine.name() == "valkey" || kms_key_id.is_some()),
        kms_key_id,
        auto_minor_version_upgrade: params.boolean("AutoMinorVersionUpgrade")?.unwrap_or(true),
        engine,
        node_type,
    })
}

fn node_type(given: &str) -> Result<String, Fault> {
    let parts: Vec<&str> = given.split('.').collect();
    match parts.as_slice() {
        ["cache", family, size] if !family.is_empty() && !size.is_empty() => Ok(given.to_owned()),
        _ => Err(Fault::invalid_value(format!("Invalid cache node type: {given}."))),
    }
}

/// A daily window, `hh:mm-hh:mm`.
fn window(params: &mut Params, name: &str, default: &str) -> Result<String, Fault> {
    let Some(given) = params.optional(name) else { return Ok(default.to_owned()) };
    let clock = |text: &str| {
        let (hours, minutes) = text.split_once(':')?;
        let number = |digits: &str, most| {
            let two = digits.len() == 2;
            two.then(|| digits.parse::<u32>().ok()).flatten().filter(|n| *n < most)
        };
        Some(number(hours, 24)? * 60 + number(minutes, 60)?)
    };
    let ends = given.split_once('-').and_then(|(from, to)| clock(from).zip(clock(to)));
    match ends {
        // A window may pass midnight, and has 60 minutes at least.
        Some((from, to)) if (to + 24 * 60 - from) % (24 * 60) >= 60 => Ok(given),
        _ => Err(Fault::invalid_value(format!(
            "Invalid {name}: {given}. It must be hh24:mi-hh24:mi, 60 minutes at least."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_an_hour_at_least_and_may_pass_midnight() {
        let taken = |text: &str| {
            let body = format!("Action=X&Version=2015-02-02&SnapshotWindow={text}");
            let mut params = crate::protocol::parse(body.as_bytes()).expect("a request").1;
            window(&mut params, "SnapshotWindow", "")
        };
        assert!(taken("23:30-00:30").is_ok());
        for bad in ["05:00", "05:00-05:30", "24:00-03:00", "5:00-9:00", "05:00-09:60"] {
            assert!(taken(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn node_types_have_three_parts() {
        assert!(node_type("cache.r7g.large").is_ok());
        assert!(node_type("r7g.large").is_err());
    }
}
