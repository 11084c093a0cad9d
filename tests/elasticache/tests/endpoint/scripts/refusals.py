"""What AWS refuses is refused, with its codes and statuses."""

import boto3
from common import (
    EXPORT_ACTIONS,
    NODE_TYPE,
    REGION,
    allow,
    bucket,
    deny,
    elasticache,
    group,
    group_is,
    refused,
    s3,
    snapshot_is,
    sns,
    until,
)

describe, create, copy = (
    elasticache.describe_snapshots,
    elasticache.create_snapshot,
    elasticache.copy_snapshot,
)
group("orders", NumNodeGroups=2)
group("other")
refused(
    "InvalidReplicationGroupState",
    create,
    "creating",
    ReplicationGroupId="orders",
    SnapshotName="early",
)
group_is("orders")
group_is("other")

# Names and things that are not there.
refused("SnapshotNotFoundFault", describe, status=404, SnapshotName="none")
refused(
    "SnapshotNotFoundFault", copy, status=404, SourceSnapshotName="none", TargetSnapshotName="x"
)
refused("SnapshotNotFoundFault", elasticache.delete_snapshot, status=404, SnapshotName="none")
refused(
    "ReplicationGroupNotFoundFault",
    elasticache.describe_replication_groups,
    status=404,
    ReplicationGroupId="none",
)
refused(
    "ReplicationGroupNotFoundFault", create, status=404, ReplicationGroupId="none", SnapshotName="x"
)
refused(
    "CacheClusterNotFound", elasticache.describe_cache_clusters, status=404, CacheClusterId="none"
)
refused("CacheClusterNotFound", create, status=404, CacheClusterId="none", SnapshotName="x")
refused("InvalidARN", elasticache.list_tags_for_resource, ResourceName="arn:aws:s3:::x")
refused("InvalidParameterValue", create, ReplicationGroupId="other", SnapshotName="two--hyphens")
refused(
    "InvalidParameterCombination",
    create,
    ReplicationGroupId="other",
    CacheClusterId="other-001",
    SnapshotName="x",
)
refused("InvalidParameterCombination", create, SnapshotName="x")
refused("InvalidParameterCombination", create, CacheClusterId="orders-0001-001", SnapshotName="x")
refused("InvalidParameterValue", describe, MaxRecords=19)
refused("InvalidParameterValue", describe, SnapshotSource="manual")
assert describe(ReplicationGroupId="none")["Snapshots"] == []
elsewhere = boto3.client("elasticache", region_name="us-east-1")
assert elsewhere.describe_replication_groups()["ReplicationGroups"] == [], "Regions are separate"

# Groups that cannot be.
new = {"ReplicationGroupDescription": "a test", "CacheNodeType": NODE_TYPE}
make = elasticache.create_replication_group
refused("ReplicationGroupAlreadyExists", make, ReplicationGroupId="orders", **new)
refused("InvalidParameterValue", make, ReplicationGroupId="1x", **new)
refused("InvalidParameterValue", make, ReplicationGroupId="x", Engine="mysql", **new)
refused(
    "InvalidParameterCombination",
    make,
    "Cannot find version 7.4 for redis",
    ReplicationGroupId="x",
    EngineVersion="7.4",
    **new,
)
refused(
    "InvalidParameterValue",
    make,
    "does not model",
    ReplicationGroupId="x",
    AuthToken="0123456789abcdef",
    **new,
)
refused(
    "InvalidParameterValue",
    make,
    ReplicationGroupId="x",
    **new,
    NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:t",
)
refused(
    "InvalidParameterValue",
    make,
    ReplicationGroupId="x",
    **new,
    NotificationTopicArn=f"arn:aws:sns:{REGION}:000000000000:missing",
)

# Snapshots in the wrong state or under a taken name.
create(ReplicationGroupId="orders", SnapshotName="Orders-1")
refused(
    "InvalidReplicationGroupState",
    create,
    "snapshotting",
    ReplicationGroupId="orders",
    SnapshotName="orders-2",
)
refused(
    "InvalidReplicationGroupState",
    elasticache.delete_replication_group,
    ReplicationGroupId="orders",
)
refused("InvalidSnapshotState", copy, SourceSnapshotName="orders-1", TargetSnapshotName="x")
refused("InvalidSnapshotState", elasticache.delete_snapshot, SnapshotName="orders-1")
snapshot_is("orders-1")
refused("SnapshotAlreadyExistsFault", create, ReplicationGroupId="other", SnapshotName="orders-1")

# Buckets.
export = {"SourceSnapshotName": "orders-1", "TargetSnapshotName": "out/orders-1"}
bucket("target")
bucket("faraway", region="us-east-1")
refused(
    "InvalidParameterValue",
    copy,
    "The S3 bucket missing does not exist.",
    TargetBucket="missing",
    **export,
)
refused(
    "InvalidParameterValue",
    copy,
    "The S3 bucket faraway is outside of the region.",
    TargetBucket="faraway",
    **export,
)
for lacking, kind in [
    ("s3:ListBucket", "READ"),
    ("s3:PutObject", "WRITE"),
    ("s3:GetBucketAcl", "READ_ACP"),
    ("s3:GetObject", "READ"),
]:
    allow("target", [action for action in EXPORT_ACTIONS if action != lacking])
    refused(
        "InvalidParameterValue",
        copy,
        f"ElastiCache has not been granted {kind} permissions target on the S3 Bucket.",
        TargetBucket="target",
        **export,
    )
allow("target", EXPORT_ACTIONS)
encrypted = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
s3.put_bucket_encryption(Bucket="target", ServerSideEncryptionConfiguration=encrypted)
refused("InvalidParameterValue", copy, "WRITE", TargetBucket="target", **export)
s3.delete_bucket_encryption(Bucket="target")
refused("InvalidParameterCombination", copy, TargetBucket="target", KmsKeyId="k", **export)
s3.put_object(Bucket="target", Key="out/orders-1-0002.rdb", Body=b"mine")
refused(
    "InvalidParameterValue",
    copy,
    "The S3 bucket target already contains an object with key out/orders-1-0002.rdb.",
    TargetBucket="target",
    **export,
)
s3.delete_object(Bucket="target", Key="out/orders-1-0002.rdb")

# Callers without permission.
deny("elasticache:CopySnapshot")
refused(
    "AccessDenied", copy, "not authorized to perform", status=403, TargetBucket="target", **export
)
deny("s3:GetBucketLocation")
refused(
    "InvalidParameterValue",
    copy,
    "does not have sufficient permissions",
    TargetBucket="target",
    **export,
)
deny("s3:ListAllMyBuckets")
refused("InvalidParameterValue", copy, "unable to validate", TargetBucket="target", **export)
deny()
copy(TargetBucket="target", **export)
refused("InvalidSnapshotState", copy, "exporting", TargetBucket="target", **export)
snapshot_is("orders-1")

# A topic that shuts the service out turns inactive and gets nothing.
topic = sns.create_topic(Name="closed")["TopicArn"]
policy = (
    '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"SNS:Publish",'
    f'"Resource":"{topic}","Condition":{{"StringEquals":{{"aws:SourceAccount":"000000000000"}}}}}}]}}'
)
sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
group("quiet", NotificationTopicArn=topic)
group_is("quiet")
clusters = elasticache.describe_cache_clusters
until(
    lambda: (
        clusters(CacheClusterId="quiet-001")["CacheClusters"][0]["NotificationConfiguration"][
            "TopicStatus"
        ]
        == "inactive"
    ),
    "an inactive topic",
)

# Twenty manual snapshots of a node in a day, deleted ones included; then pages of them.
for number in range(20):
    create(CacheClusterId="other-001", SnapshotName=f"other-{number:02}")
    snapshot_is(f"other-{number:02}")
elasticache.delete_snapshot(SnapshotName="other-00")
refused("SnapshotQuotaExceededFault", create, ReplicationGroupId="other", SnapshotName="other-20")
for number in range(5):
    copy(SourceSnapshotName="other-05", TargetSnapshotName=f"other-05-{number}")
    snapshot_is("other-05")
pages = list(
    elasticache.get_paginator("describe_snapshots").paginate(PaginationConfig={"PageSize": 20})
)
names = [snapshot["SnapshotName"] for page in pages for snapshot in page["Snapshots"]]
assert len(pages) == 2 and len(names) == len(set(names)) == 25, names
