"""Fifty snapshots that finish at once: every one complete, each with its one notice."""

from concurrent.futures import ThreadPoolExecutor

import redis
from common import (
    NODE_TYPE,
    bucket,
    elasticache,
    receive,
    s3,
    snapshot_is,
    topic_with_queue,
    until,
)

NAMES = [f"cache-{number:02}" for number in range(50)]
topic, queue = topic_with_queue("notices")
bucket("exports")


def make(name):
    elasticache.create_cache_cluster(
        CacheClusterId=name, CacheNodeType=NODE_TYPE, Engine="redis", NotificationTopicArn=topic
    )

    def ready():
        found = elasticache.describe_cache_clusters(CacheClusterId=name, ShowCacheNodeInfo=True)
        found = found["CacheClusters"][0]
        return found if found["CacheClusterStatus"] == "available" else None

    endpoint = until(ready, f"{name} being available", 300)["CacheNodes"][0]["Endpoint"]
    redis.Redis(host=endpoint["Address"], port=endpoint["Port"]).set("name", name)


def snapshot(name):
    elasticache.create_snapshot(CacheClusterId=name, SnapshotName=name)


def export(name):
    snapshot_is(name)
    elasticache.copy_snapshot(
        SourceSnapshotName=name, TargetSnapshotName=name, TargetBucket="exports"
    )
    snapshot_is(name)


with ThreadPoolExecutor(10) as pool:
    list(pool.map(make, NAMES))
    list(pool.map(snapshot, NAMES))
    list(pool.map(export, NAMES))

got = []


def complete():
    got.extend(
        n["ElastiCache:SnapshotComplete"]
        for n in receive(queue)
        if "ElastiCache:SnapshotComplete" in n
    )
    return set(got) == set(NAMES)


until(complete, "fifty notices", 120)
assert len(got) == 50, sorted(got)
keys = [found["Key"] for found in s3.list_objects_v2(Bucket="exports")["Contents"]]
assert keys == [f"{name}-0001.rdb" for name in NAMES], keys
for name in NAMES[:3]:
    body = s3.get_object(Bucket="exports", Key=f"{name}-0001.rdb")["Body"].read()
    assert name.encode() in body, name
