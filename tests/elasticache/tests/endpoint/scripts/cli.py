"""The AWS CLI, from a cache to its export."""

import json
import os
import subprocess

from common import bucket, group_is, s3, snapshot_is


def aws(*words):
    command = [os.environ["AWS_CLI"], *words, "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 (our own words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


aws(
    "elasticache",
    "create-replication-group",
    "--replication-group-id",
    "orders",
    "--replication-group-description",
    "a test",
    "--cache-node-type",
    "cache.r7g.large",
    "--engine",
    "redis",
    "--num-node-groups",
    "2",
    "--replicas-per-node-group",
    "1",
    "--automatic-failover-enabled",
    "--tags",
    "Key=team,Value=payments",
)
group_is("orders")
taken = aws(
    "elasticache",
    "create-snapshot",
    "--replication-group-id",
    "orders",
    "--snapshot-name",
    "orders-1",
)["Snapshot"]
assert taken["SnapshotStatus"] == "creating", taken
snapshot_is("orders-1")
bucket("cli-export")
aws(
    "elasticache",
    "copy-snapshot",
    "--source-snapshot-name",
    "orders-1",
    "--target-snapshot-name",
    "orders-1",
    "--target-bucket",
    "cli-export",
)
snapshot_is("orders-1")
keys = [found["Key"] for found in s3.list_objects_v2(Bucket="cli-export")["Contents"]]
assert keys == ["orders-1-0001.rdb", "orders-1-0002.rdb"], keys
described = aws(
    "elasticache",
    "describe-snapshots",
    "--replication-group-id",
    "orders",
    "--show-node-group-config",
)["Snapshots"][0]
assert [node["NodeGroupConfiguration"]["Slots"] for node in described["NodeSnapshots"]] == [
    "0-8191",
    "8192-16383",
], described
listed = aws(
    "elasticache",
    "list-tags-for-resource",
    "--resource-name",
    "arn:aws:elasticache:eu-west-1:000000000000:replicationgroup:orders",
)
assert listed == {"TagList": [{"Key": "team", "Value": "payments"}]}, listed
