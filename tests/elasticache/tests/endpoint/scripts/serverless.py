"""Serverless caches: snapshots, exports, and the events that tell of them."""

from common import allow, bucket, bus_events, elasticache, fault, refused, s3, until
from redis.cluster import RedisCluster


def cache_is(name, status="available"):
    def look():
        found = elasticache.describe_serverless_caches(ServerlessCacheName=name)
        found = found["ServerlessCaches"][0]
        return found if found["Status"] == status else None

    return until(look, f"{name} being {status}")


def snapshot_is(name, status="available"):
    def look():
        found = elasticache.describe_serverless_cache_snapshots(ServerlessCacheSnapshotName=name)
        found = found["ServerlessCacheSnapshots"][0]
        return found if found["Status"] == status else None

    return until(look, f"{name} being {status}")


def client(name):
    endpoint = cache_is(name)["Endpoint"]
    return RedisCluster(host=endpoint["Address"], port=endpoint["Port"])


def told(kind, snapshot):
    def look():
        return [
            event
            for event in bus_events()
            if event["detail-type"] == kind and event["detail"]["SourceIdentifier"] == snapshot
        ]

    return until(look, f"{kind} of {snapshot}")[0]


elasticache.create_serverless_cache(
    ServerlessCacheName="Sessions", Engine="valkey", Tags=[{"Key": "a", "Value": "b"}]
)
assert cache_is("sessions")["MajorEngineVersion"] == "8"
told("Cache Created", "sessions")
sessions = client("sessions")
for number in range(500):
    sessions.set(f"key:{number}", number)

create = elasticache.create_serverless_cache_snapshot
export = elasticache.export_serverless_cache_snapshot
made = create(ServerlessCacheName="sessions", ServerlessCacheSnapshotName="nightly")
assert made["ServerlessCacheSnapshot"]["Status"] == "creating", made
found = snapshot_is("nightly")
assert int(found["BytesUsedForCache"]) > 500, found
assert found["ServerlessCacheConfiguration"] == {
    "ServerlessCacheName": "sessions",
    "Engine": "valkey",
    "MajorEngineVersion": "8",
}, found
event = told("Snapshot Created", "nightly")
arn = "arn:aws:elasticache:eu-west-1:000000000000"
assert event["resources"] == [
    f"{arn}:serverlesscache:sessions",
    f"{arn}:serverlesscachesnapshot:nightly",
], event
assert event["detail"]["Message"] == "Snapshot nightly created for cache sessions."
assert event["source"] == "aws.elasticache" and event["region"] == "eu-west-1"

# Exports: errors of the call, failures that only an event tells, and success without any event.
refused(
    "ServerlessCacheSnapshotNotFoundFault",
    export,
    status=404,
    ServerlessCacheSnapshotName="none",
    S3BucketName="exports",
)
refused(
    "InvalidParameterValue",
    export,
    "does not exist",
    ServerlessCacheSnapshotName="nightly",
    S3BucketName="missing",
)
bucket("exports", actions=["s3:ListBucket"])
export(ServerlessCacheSnapshotName="nightly", S3BucketName="exports")
event = told("Snapshot Export Failed", "nightly")
assert "ElastiCache does not have permissions to the bucket" in event["detail"]["Message"], event
snapshot_is("nightly")
allow("exports", ["s3:Put*", "s3:Get*", "s3:List*"])
export(ServerlessCacheSnapshotName="nightly", S3BucketName="exports")
snapshot_is("nightly")
assert s3.list_objects_v2(Bucket="exports")["Contents"][0]["Key"] == "nightly-0001.rdb"

# A failure on demand, and a new cache from the snapshot.
fault("CreateServerlessCacheSnapshot", {"fail_work": True}, times=1)
create(ServerlessCacheName="sessions", ServerlessCacheSnapshotName="broken")
snapshot_is("broken", "failed")
told("Snapshot Creation Failed", "broken")
elasticache.create_serverless_cache(
    ServerlessCacheName="restored",
    Engine="valkey",
    SnapshotArnsToRestore=[f"{arn}:serverlesscachesnapshot:nightly"],
)
assert client("restored").get("key:7") == b"7"
tags = elasticache.list_tags_for_resource(ResourceName=f"{arn}:serverlesscache:sessions")
assert tags["TagList"] == [{"Key": "a", "Value": "b"}], tags
elasticache.delete_serverless_cache_snapshot(ServerlessCacheSnapshotName="broken")
elasticache.delete_serverless_cache(ServerlessCacheName="sessions")
until(
    lambda: len(elasticache.describe_serverless_caches()["ServerlessCaches"]) == 1,
    "the end of a cache",
)
