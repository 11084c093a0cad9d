"""An outsider's script: it creates a cache, writes keys, takes a snapshot, and looks for the copy,
the manifest and the ledger's entries. It finds the local cloud through the standard variables."""

import json
import time

import boto3
import redis

CACHE = "outsider"
SNAPSHOT = "outsider-1"


def wait_for(what, ask, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.2)
    raise SystemExit(f"waited {seconds} s for {what}")


def outputs(stack):
    stacks = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {o["OutputKey"]: o["OutputValue"] for o in stacks[0]["Outputs"]}


caches = boto3.client("elasticache")
state = outputs("snapguard-state")

caches.create_replication_group(
    ReplicationGroupId=CACHE,
    ReplicationGroupDescription="what an outsider makes",
    Engine="redis",
    CacheNodeType="cache.t4g.micro",
    NumCacheClusters=1,
    NotificationTopicArn=state["NotificationTopic"],
    Tags=[{"Key": "team", "Value": "outsiders"}],
)
caches.get_waiter("replication_group_available").wait(
    ReplicationGroupId=CACHE, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
)
group = caches.describe_replication_groups(ReplicationGroupId=CACHE)["ReplicationGroups"][0]
endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]
server = redis.Redis(endpoint["Address"], endpoint["Port"])
for i in range(500):
    server.set(f"string:{i}", "x" * i)
    server.rpush("list", i)
    server.hset("hash", f"field{i}", i)
    server.zadd("zset", {f"member{i}": i})

caches.create_snapshot(ReplicationGroupId=CACHE, SnapshotName=SNAPSHOT)

table = boto3.resource("dynamodb").Table(state["LedgerTable"])


def items():
    key = boto3.dynamodb.conditions.Key("pk").eq(f"S#us-east-1#{SNAPSHOT}")
    return table.query(KeyConditionExpression=key)["Items"]


def copied():
    return [item for item in items() if item.get("state") == "copied"]


journey = wait_for("the journey to be copied", copied)[0]
journey = json.loads(journey["journey"])
entries = [item for item in items() if item["sk"].startswith("E#")]
changes = [json.loads(entry["entry"])["change"]["what"] for entry in entries]
assert changes[0] == "opened" and changes[-1] == "copied", changes

dr = boto3.client("s3", region_name="eu-west-1")
manifest_key = journey["copy"]["manifest"]["key"]
body = dr.get_object(Bucket=journey["bucket"], Key=manifest_key)["Body"].read()
manifest = json.loads(body)
assert manifest["source"]["tags"] == {"team": "outsiders"}, manifest
shard = manifest["shards"][0]["object"]
copy = dr.get_object(Bucket=manifest["bucket"], Key=shard["key"])["Body"].read()
assert copy[:5] == b"REDIS" and len(copy) == shard["size"]

seeded = boto3.client("elasticache", region_name="eu-west-1")
seeded.create_replication_group(
    ReplicationGroupId="restored",
    ReplicationGroupDescription="from the copy",
    Engine=manifest["source"]["engine"],
    CacheNodeType=manifest["source"]["node_type"],
    NumCacheClusters=1,
    SnapshotArns=manifest["seed"]["snapshot_arns"],
)
seeded.get_waiter("replication_group_available").wait(
    ReplicationGroupId="restored", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
)
group = seeded.describe_replication_groups(ReplicationGroupId="restored")["ReplicationGroups"][0]
endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]
restored = redis.Redis(endpoint["Address"], endpoint["Port"])
assert restored.dbsize() == server.dbsize() == 503
assert restored.get("string:7") == b"xxxxxxx"
print("found everything")
