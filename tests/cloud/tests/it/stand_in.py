"""Stands in for a function, to show how the local cloud runs one.

For a message NAME it writes `arrived/NAME` to the staging bucket, waits for the object `go`, and
writes `done/NAME`: who it is, what answered an action that its role has not, and how often the
message had been received.
"""

import json
import os
import time
import urllib.request

import boto3
from botocore.exceptions import ClientError

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
BUCKET = os.environ["STAGING_BUCKET"]
s3 = boto3.client("s3")


def refusal() -> str:
    try:
        s3.list_objects_v2(Bucket="snapguard-artifacts")
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"


def wait_for(key: str) -> None:
    while s3.list_objects_v2(Bucket=BUCKET, Prefix=key)["KeyCount"] == 0:
        time.sleep(0.05)


def handle(record: dict) -> None:
    name = record["body"]
    s3.put_object(Bucket=BUCKET, Key=f"arrived/{name}")
    wait_for("go")
    seen = {
        "identity": boto3.client("sts").get_caller_identity()["Arn"],
        "refusal": refusal(),
        "received": record["attributes"]["ApproximateReceiveCount"],
    }
    s3.put_object(Bucket=BUCKET, Key=f"done/{name}", Body=json.dumps(seen))


while True:
    with urllib.request.urlopen(f"{API}/next") as response:
        request = response.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.load(response)
    for record in event["Records"]:
        handle(record)
    answer = json.dumps({"batchItemFailures": []}).encode()
    urllib.request.urlopen(f"{API}/{request}/response", data=answer).close()
