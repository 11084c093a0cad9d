"""What a user would write instead of copy-snapshot: the same clients, made at import.

Run by ``cargo xtask bench start``. The loop at the end stands for Lambda's own Python runtime and
is leaner than that one, which is to the twin's advantage.
"""

import http.client
import json
import os

import boto3
from botocore.config import Config

REGION = os.environ["AWS_REGION"]
CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 8},
)
SESSION = boto3.Session(region_name=REGION)
ELASTICACHE = SESSION.client("elasticache", config=CONFIG)
STAGING = SESSION.client("s3", config=CONFIG)
VAULTS = {
    region: SESSION.client("s3", region_name=region, config=CONFIG)
    for region in os.environ["DR_REGIONS"].split(",")
}
LEDGER = SESSION.client("dynamodb", config=CONFIG)
PAGER = SESSION.client("sns", config=CONFIG)
INBOX = SESSION.client("sqs", config=CONFIG)


def handler(event):
    """Looks at the snapshot, and finds that it is not finished."""
    name = event["snapshot"].rpartition(":")[2]
    page = ELASTICACHE.describe_snapshots(SnapshotName=name, ShowNodeGroupConfig=True)
    finished = [s for s in page["Snapshots"] if s["SnapshotStatus"] == "available"]
    return {"journeys": [s["SnapshotName"] for s in finished]}


def main():
    """Takes one invocation after another from the Runtime API."""
    runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        runtime.request("GET", "/2018-06-01/runtime/invocation/next")
        invocation = runtime.getresponse()
        request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
        answer = json.dumps(handler(json.loads(invocation.read())))
        runtime.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", answer)
        runtime.getresponse().read()


if __name__ == "__main__":
    main()
