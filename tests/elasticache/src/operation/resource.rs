//! Which resources a call acts on: what its caller's policy is asked about.

use crate::protocol::Params;
use crate::scope::Scope;

const SERVERLESS: &str = "serverlesscache";
const SERVERLESS_SNAPSHOT: &str = "serverlesscachesnapshot";
const SERVERLESS_NAME: &str = "ServerlessCacheSnapshotName";

/// Every operation, with the parameters that name what it acts on and the kind of that.
///
/// A call of a `Describe` operation that names nothing acts on all resources of the kind.
const TABLE: &[(&str, &[(&str, &str)])] = &[
    (
        "CreateReplicationGroup",
        &[("ReplicationGroupId", "replicationgroup"), ("SnapshotName", "snapshot")],
    ),
    ("DescribeReplicationGroups", &[("ReplicationGroupId", "replicationgroup")]),
    (
        "DeleteReplicationGroup",
        &[("ReplicationGroupId", "replicationgroup"), ("FinalSnapshotIdentifier", "snapshot")],
    ),
    ("CreateCacheCluster", &[("CacheClusterId", "cluster"), ("SnapshotName", "snapshot")]),
    ("DescribeCacheClusters", &[("CacheClusterId", "cluster")]),
    (
        "DeleteCacheCluster",
        &[("CacheClusterId", "cluster"), ("FinalSnapshotIdentifier", "snapshot")],
    ),
    (
        "CreateSnapshot",
        &[
            ("SnapshotName", "snapshot"),
            ("ReplicationGroupId", "replicationgroup"),
            ("CacheClusterId", "cluster"),
        ],
    ),
    ("DescribeSnapshots", &[("SnapshotName", "snapshot")]),
    ("DeleteSnapshot", &[("SnapshotName", "snapshot")]),
    ("CopySnapshot", &[("SourceSnapshotName", "snapshot"), ("TargetSnapshotName", "snapshot")]),
    ("DescribeEvents", &[]),
    ("CreateServerlessCache", &[("ServerlessCacheName", SERVERLESS)]),
    ("DescribeServerlessCaches", &[("ServerlessCacheName", SERVERLESS)]),
    ("DeleteServerlessCache", &[("ServerlessCacheName", SERVERLESS)]),
    (
        "CreateServerlessCacheSnapshot",
        &[(SERVERLESS_NAME, SERVERLESS_SNAPSHOT), ("ServerlessCacheName", SERVERLESS)],
    ),
    ("DescribeServerlessCacheSnapshots", &[(SERVERLESS_NAME, SERVERLESS_SNAPSHOT)]),
    ("ExportServerlessCacheSnapshot", &[(SERVERLESS_NAME, SERVERLESS_SNAPSHOT)]),
    ("DeleteServerlessCacheSnapshot", &[(SERVERLESS_NAME, SERVERLESS_SNAPSHOT)]),
    ("AddTagsToResource", &[("ResourceName", "")]),
    ("RemoveTagsFromResource", &[("ResourceName", "")]),
    ("ListTagsForResource", &[("ResourceName", "")]),
];

/// The names of all operations.
pub(super) const OPERATIONS: [&str; TABLE.len()] = {
    let mut names = [""; TABLE.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = TABLE[index].0;
        index += 1;
    }
    names
};

/// The ARNs that a call acts on.
pub(crate) fn touched(operation: &str, params: &Params, scope: &Scope) -> Vec<String> {
    let Some((_, parameters)) = TABLE.iter().find(|(name, _)| *name == operation) else {
        return Vec::new();
    };
    // The target of an export is a set of objects, not a snapshot.
    let exports = params.peek("TargetBucket").is_some();
    let mut arns = Vec::new();
    for (parameter, kind) in *parameters {
        match params.peek(parameter) {
            Some(_) if exports && *parameter == "TargetSnapshotName" => {}
            Some(arn) if kind.is_empty() => arns.push(arn.to_owned()),
            Some(name) => arns.push(scope.arn(kind, &name.to_ascii_lowercase())),
            None => {}
        }
    }
    if arns.is_empty() {
        let all = parameters.first().map_or_else(
            || "*".to_owned(),
            |(_, kind)| if kind.is_empty() { "*".to_owned() } else { scope.arn(kind, "*") },
        );
        arns.push(all);
    }
    arns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arns(query: &str) -> Vec<String> {
        let body = format!("Version=2015-02-02&{query}");
        let (operation, params) = crate::protocol::parse(body.as_bytes()).expect("a request");
        let scope = Scope::of("test", "r");
        let short = |arn: String| arn.replace("arn:aws:elasticache:r:000000000000:", "");
        touched(&operation, &params, &scope).into_iter().map(short).collect()
    }

    #[test]
    fn calls_act_on_what_they_name() {
        let copy = "Action=CopySnapshot&SourceSnapshotName=A&TargetSnapshotName=b";
        assert_eq!(arns(copy), ["snapshot:a", "snapshot:b"]);
        assert_eq!(arns(&format!("{copy}&TargetBucket=c")), ["snapshot:a"]);
        assert_eq!(arns("Action=DescribeSnapshots&ReplicationGroupId=g"), ["snapshot:*"]);
        assert_eq!(arns("Action=DescribeEvents"), ["*"]);
        assert_eq!(arns("Action=ListTagsForResource&ResourceName=arn:x"), ["arn:x"]);
    }
}
