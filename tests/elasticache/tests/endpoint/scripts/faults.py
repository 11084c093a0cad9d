"""Faults on demand: answers, work, notices, unknown outcomes."""

from common import (
    ENDPOINT,
    bucket,
    calls,
    describe_snapshot,
    elasticache,
    fault,
    group,
    group_is,
    post,
    receive,
    refused,
    s3,
    snapshot_is,
    topic_with_queue,
    until,
)

create, copy = elasticache.create_snapshot, elasticache.copy_snapshot
topic, queue = topic_with_queue("notices")
group("orders", NotificationTopicArn=topic)
group_is("orders")
until(lambda: receive(queue), "the notice of the creation")
bucket("exports")


def taken(name):
    create(ReplicationGroupId="orders", SnapshotName=name)
    return name


def completions():
    return [n for n in receive(queue) if "ElastiCache:SnapshotComplete" in n]


# Answers.
fault("CreateSnapshot", "throttle", times=1)
refused("Throttling", create, status=400, ReplicationGroupId="orders", SnapshotName="one")
fault(
    "CreateSnapshot",
    {"fail": {"code": "ServiceUnavailable", "message": "m", "status": 503}},
    times=1,
    region="us-east-1",
)
snapshot_is(taken("one"))
assert post(f"{ENDPOINT}/_control/faults", method="GET"), "the other Region's is still there"
post(f"{ENDPOINT}/_control/faults", method="DELETE")
group_is("orders")

# An outcome the caller does not learn.
fault(
    "CreateSnapshot",
    {"fail": {"code": "InternalFailure", "message": "m", "status": 500}},
    times=1,
    after_effect=True,
)
refused("InternalFailure", create, status=500, ReplicationGroupId="orders", SnapshotName="two")
snapshot_is("two")
group_is("orders")
until(lambda: completions(), "notices")

# Notices: none, several.
fault("CreateSnapshot", {"drop_notice": True}, times=1)
snapshot_is(taken("three"))
group_is("orders")
fault("CreateSnapshot", {"duplicate_notice": 2}, times=1)
snapshot_is(taken("four"))
group_is("orders")
got = []
until(lambda: got.extend(completions()) or len(got) >= 3, "three notices")
assert len(got) == 3, got

# Work that fails after the call was accepted.
fault("CreateSnapshot", {"fail_work": True}, times=1)
snapshot_is(taken("five"), "failed")
until(lambda: {"ElastiCache:SnapshotFailed": "orders-001"} in receive(queue), "the failure")
fault("CopySnapshot", {"fail_work": True}, times=1, resource="snapshot:four")
copy(SourceSnapshotName="four", TargetSnapshotName="four", TargetBucket="exports")
snapshot_is("four")
assert "Contents" not in s3.list_objects_v2(Bucket="exports")
copy(SourceSnapshotName="four", TargetSnapshotName="four", TargetBucket="exports")
snapshot_is("four")
assert s3.list_objects_v2(Bucket="exports")["KeyCount"] == 1

# What was called.
counted = calls("CopySnapshot")
assert (counted["received"], counted["accepted"]) == (2, 2), counted
counted = calls("CreateSnapshot")
assert (counted["received"], counted["accepted"]) == (6, 5), counted
assert describe_snapshot("two")["SnapshotStatus"] == "available"
