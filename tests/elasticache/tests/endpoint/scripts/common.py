"""What the scripts share: clients, waiting, and looking at refusals."""

import contextlib
import json
import os
import time

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = os.environ["AWS_DEFAULT_REGION"]
ENDPOINT = os.environ["AWS_ENDPOINT_URL_ELASTICACHE"]
CONTROL = os.environ["CONTROL_URL"]
NODE_TYPE = "cache.r7g.large"
PRINCIPAL = f"{REGION}.elasticache-snapshot.amazonaws.com"
EXPORT_ACTIONS = [
    "s3:PutObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:GetBucketAcl",
    "s3:ListMultipartUploadParts",
    "s3:ListBucketMultipartUploads",
]

# Retries would hide the very answers that the scripts look at.
elasticache = boto3.client("elasticache", config=Config(retries={"total_max_attempts": 1}))
s3 = boto3.client("s3")
sns = boto3.client("sns")
sqs = boto3.client("sqs")


def group(name, **more):
    elasticache.create_replication_group(
        ReplicationGroupId=name,
        ReplicationGroupDescription="a test",
        CacheNodeType=NODE_TYPE,
        **more,
    )


def describe_group(name):
    return elasticache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]


def describe_snapshot(name, **more):
    return elasticache.describe_snapshots(SnapshotName=name, **more)["Snapshots"][0]


def until(look, what, seconds=120):
    """Looks until there is something to see."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if seen := look():
            return seen
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def group_is(name, status="available"):
    def look():
        found = describe_group(name)
        return found if found["Status"] == status else None

    return until(look, f"group {name} being {status}")


def snapshot_is(name, status="available", **more):
    def look():
        found = describe_snapshot(name, **more)
        return found if found["SnapshotStatus"] == status else None

    return until(look, f"snapshot {name} being {status}")


def bucket(name, region=REGION, actions=EXPORT_ACTIONS):
    """A bucket, with the documented policy of an export for these actions."""
    client = boto3.client("s3", region_name=region)
    where = {} if region == "us-east-1" else {"LocationConstraint": region}
    client.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
    allow(name, actions)
    return name


def allow(name, actions):
    resources = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": PRINCIPAL},
        "Action": actions,
        "Resource": resources,
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    with contextlib.suppress(s3.exceptions.ClientError):
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))


def topic_with_queue(name):
    """A topic, and a queue that gets what is published there."""
    topic = sns.create_topic(Name=name)["TopicArn"]
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, queue


def receive(queue):
    """The notices that are in a queue now."""
    notices = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            notices.append(json.loads(json.loads(message["Body"])["Message"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return notices


def refused(code, call, *words, status=None, **arguments):
    """Calls, and checks that the answer is this error with these words in its text."""
    try:
        call(**arguments)
    except ClientError as error:
        found, text = error.response["Error"]["Code"], error.response["Error"]["Message"]
        assert found == code, f"{found} instead of {code}: {text}"
        for word in words:
            assert word in text, f"{word!r} is not in {text!r}"
        http = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status in (None, http), http
        return error
    raise AssertionError(f"{arguments} was accepted instead of {code}")


def post(url, body=None, method="POST"):
    answer = urllib3.request(method, url, json=body)
    assert answer.status < 300, answer.data
    return answer.json() if answer.data else None


def fault(operation, effect, **more):
    post(f"{ENDPOINT}/_control/faults", {"operation": operation, "effect": effect, **more})


def calls(operation):
    return post(f"{ENDPOINT}/_control/calls", method="GET")[operation]


def bus_events():
    return post(f"{CONTROL}/events", method="GET")


def deny(*actions):
    post(f"{CONTROL}/deny", list(actions))
