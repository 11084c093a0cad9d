"""Stands in for a function, to show how the local cloud runs one.

For a message NAME it writes `arrived/NAME` to the staging bucket, waits for the object `go`, and
writes `done/NAME`: who it is, what answered an action that its role has not, and how often the
message had been received.
"""

import json
import os
import time
from http.client import HTTPConnection

import boto3
from botocore.exceptions import ClientError

INVOCATION = "/2018-06-01/runtime/invocation"
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


runtime = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    runtime.request("GET", f"{INVOCATION}/next")
    response = runtime.getresponse()
    request = response.headers["Lambda-Runtime-Aws-Request-Id"]
    for record in json.load(response)["Records"]:
        handle(record)
    answer = json.dumps({"batchItemFailures": []})
    runtime.request("POST", f"{INVOCATION}/{request}/response", answer)
    runtime.getresponse().read()
