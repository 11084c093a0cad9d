"""A user's path: caches, keys, snapshots, exports, and new caches from them."""

import os

import redis
from common import (
    ENDPOINT,
    NODE_TYPE,
    REGION,
    bucket,
    bus_events,
    describe_group,
    elasticache,
    group,
    group_is,
    post,
    receive,
    s3,
    snapshot_is,
    topic_with_queue,
    until,
)
from redis.cluster import RedisCluster

KEYS = 3_000
topic, queue = topic_with_queue("notices")
arn = f"arn:aws:elasticache:{REGION}:000000000000"


def fill(client):
    for number in range(KEYS):
        client.set(f"key:{number}", number)


def single(name):
    endpoint = describe_group(name)["NodeGroups"][0]["PrimaryEndpoint"]
    return redis.Redis(host=endpoint["Address"], port=endpoint["Port"])


def cluster(name):
    endpoint = describe_group(name)["ConfigurationEndpoint"]
    return RedisCluster(host=endpoint["Address"], port=endpoint["Port"])


# Caches: their shape, and that clients can use them.
group(
    "Sharded",
    NumNodeGroups=2,
    ReplicasPerNodeGroup=1,
    AutomaticFailoverEnabled=True,
    NotificationTopicArn=topic,
    SecurityGroupIds=["sg-1", "sg-2"],
    CacheSubnetGroupName="inner",
    SnapshotRetentionLimit=5,
    SnapshotWindow="23:30-00:30",
    Tags=[{"Key": "a", "Value": "b"}],
)
group("plain", Engine="valkey", EngineVersion="8.0", NotificationTopicArn=topic)
elasticache.create_cache_cluster(
    CacheClusterId="alone",
    CacheNodeType=NODE_TYPE,
    Engine="redis",
    EngineVersion="6.x",
    NumCacheNodes=1,
    NotificationTopicArn=topic,
)
sharded, plain = group_is("sharded"), group_is("plain")
elasticache.get_waiter("cache_cluster_available").wait(
    CacheClusterId="alone", WaiterConfig={"Delay": 1}
)
assert sharded["ClusterEnabled"] and not plain["ClusterEnabled"]
assert sharded["MemberClusters"] == [
    "sharded-0001-001",
    "sharded-0001-002",
    "sharded-0002-001",
    "sharded-0002-002",
], sharded
assert plain["MemberClusters"] == ["plain-001"], plain
nodes = elasticache.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
nodes = {node["CacheClusterId"]: node for node in nodes}
assert len(nodes) == 6, list(nodes)
node = nodes["sharded-0002-001"]
assert node["ReplicationGroupId"] == "sharded" and node["CacheSubnetGroupName"] == "inner"
assert [g["SecurityGroupId"] for g in node["SecurityGroups"]] == ["sg-1", "sg-2"]
assert node["NotificationConfiguration"] == {"TopicArn": topic, "TopicStatus": "active"}, node
assert node["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7.cluster.on"
assert (nodes["alone"]["EngineVersion"], nodes["plain-001"]["EngineVersion"]) == ("6.2.6", "8.0.1")
fill(cluster("sharded"))
fill(single("plain"))
# Nothing compresses it, so its export takes several parts.
single("plain").set("large", os.urandom(20_000_000))

# Snapshots: states, notices, what is told about them.
for name in ["sharded", "plain"]:
    taken = elasticache.create_snapshot(
        ReplicationGroupId=name, SnapshotName=f"{name}-1", Tags=[{"Key": "run", "Value": "1"}]
    )
    assert taken["Snapshot"]["SnapshotStatus"] == "creating", taken
    assert describe_group(name)["Status"] == "snapshotting"
elasticache.create_snapshot(CacheClusterId="alone", SnapshotName="alone-1")
for name in ["sharded-1", "plain-1", "alone-1"]:
    snapshot_is(name)
    assert snapshot_is(name)["SnapshotSource"] == "manual"
group_is("sharded")
taken = snapshot_is("sharded-1", ShowNodeGroupConfig=True)
assert (taken["ReplicationGroupId"], taken["NumNodeGroups"]) == ("sharded", 2), taken
assert [n["NodeGroupConfiguration"]["Slots"] for n in taken["NodeSnapshots"]] == [
    "0-8191",
    "8192-16383",
], taken
assert snapshot_is("plain-1")["NodeSnapshots"][0]["CacheSize"] == "20 MB"
assert all(n["CacheSize"] == "1 MB" and n["SnapshotCreateTime"] for n in taken["NodeSnapshots"])
assert "ReplicationGroupId" not in snapshot_is("alone-1")
seen = []
wanted = [
    {"ElastiCache:SnapshotComplete": node}
    for node in ["sharded-0001-001", "sharded-0002-001", "plain-001", "alone"]
]
wanted.append({"ElastiCache:CreateReplicationGroupComplete": "sharded"})
until(lambda: seen.extend(receive(queue)) or all(w in seen for w in wanted), "notices")
assert all(seen.count(w) == 1 for w in wanted), seen
events = elasticache.describe_events(SourceType="cache-cluster")["Events"]
assert any(
    e["SourceIdentifier"] == "sharded-0001-001"
    and e["Message"]
    == "Snapshot succeeded for snapshot with ID 'sharded-1' of replication group with ID 'sharded'"
    for e in events
), events
told = [
    e["detail"]["requestParameters"]
    for e in bus_events()
    if e["detail"]["eventName"] == "CreateSnapshot"
]
assert {"snapshotName": "sharded-1", "replicationGroupId": "sharded"} in told, told

# The service's own snapshots are named and found as AWS names and finds them.
for cache in ["sharded", "plain"]:
    name = post(f"{ENDPOINT}/_control/automatic-snapshot", {"region": REGION, "cache": cache})
    snapshot_is(name["snapshot"])
system = elasticache.describe_snapshots(SnapshotSource="system")["Snapshots"]
assert {s["SnapshotSource"] for s in system} == {"automated"}
assert sorted(s["SnapshotName"].rsplit("-", 5)[0] for s in system) == [
    "automatic.plain-001",
    "automatic.sharded",
], system

# Copies within the service are snapshots of their own.
elasticache.copy_snapshot(SourceSnapshotName=system[0]["SnapshotName"], TargetSnapshotName="Kept")
assert snapshot_is("kept")["SnapshotSource"] == "manual"
elasticache.delete_snapshot(SnapshotName=system[0]["SnapshotName"])

# Exports: one object per shard, under a folder too, while the source is `exporting`.
bucket("exports")
answer = elasticache.copy_snapshot(
    SourceSnapshotName="sharded-1", TargetSnapshotName="in/folder", TargetBucket="exports"
)
assert answer["Snapshot"]["SnapshotStatus"] == "exporting", answer
elasticache.copy_snapshot(
    SourceSnapshotName="plain-1", TargetSnapshotName="plain-1", TargetBucket="exports"
)
snapshot_is("sharded-1")
snapshot_is("plain-1")
keys = [found["Key"] for found in s3.list_objects_v2(Bucket="exports")["Contents"]]
assert keys == ["in/folder-0001.rdb", "in/folder-0002.rdb", "plain-1-0001.rdb"], keys
assert s3.head_object(Bucket="exports", Key=keys[2])["ETag"].endswith('-3"'), "three parts"
head = s3.get_object(Bucket="exports", Key=keys[0])["Body"].read(5)
assert head == b"REDIS", head

# New caches from objects and from snapshots have the same keys.
objects = [f"arn:aws:s3:::exports/in/folder-{shard:04}.rdb" for shard in (1, 2)]
slots = [{"Slots": "0-8191"}, {"NodeGroupId": "0002", "Slots": "8192-16383"}]
group("seeded", SnapshotArns=objects, NodeGroupConfiguration=slots)
group("swapped", SnapshotArns=objects[::-1], NodeGroupConfiguration=slots)
group("single", SnapshotArns=["arn:aws:s3:::exports/plain-1-0001.rdb"])
elasticache.create_replication_group(
    ReplicationGroupId="restored", ReplicationGroupDescription="a test", SnapshotName="sharded-1"
)
assert snapshot_is("sharded-1", "restoring")
for name in ["seeded", "restored"]:
    group_is(name)
    sizes = cluster(name).dbsize(target_nodes=RedisCluster.PRIMARIES)
    assert (sum(sizes.values()) if isinstance(sizes, dict) else sizes) == KEYS, sizes
    assert cluster(name).get("key:7") == b"7"
group_is("single")
assert single("single").dbsize() == KEYS + 1
assert single("single").get("large") == single("plain").get("large")
group_is("swapped", "create-failed")
assert describe_group("restored")["CacheNodeType"] == NODE_TYPE
snapshot_is("sharded-1")

# Tags.
resource = f"{arn}:snapshot:plain-1"
tags = elasticache.add_tags_to_resource(ResourceName=resource, Tags=[{"Key": "x", "Value": "y"}])
assert tags["TagList"] == [{"Key": "run", "Value": "1"}, {"Key": "x", "Value": "y"}], tags
tags = elasticache.remove_tags_from_resource(ResourceName=resource, TagKeys=["run"])
assert tags["TagList"] == [{"Key": "x", "Value": "y"}], tags
tags = elasticache.list_tags_for_resource(ResourceName=f"{arn}:cluster:sharded-0001-001")
assert tags["TagList"] == [{"Key": "a", "Value": "b"}], tags

# Deleting, with a last snapshot.
elasticache.delete_replication_group(
    ReplicationGroupId="plain", FinalSnapshotIdentifier="plain-last"
)
elasticache.get_waiter("replication_group_deleted").wait(
    ReplicationGroupId="plain", WaiterConfig={"Delay": 1}
)
snapshot_is("plain-last")
elasticache.delete_cache_cluster(CacheClusterId="alone")
