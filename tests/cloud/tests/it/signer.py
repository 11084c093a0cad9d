"""Signs a request as botocore does and prints what the control server is to be asked about it.

python signer.py ACCESS_KEY SECRET TOKEN ACTION RESOURCE [BODY_AS_RECEIVED]
"""

import base64
import json
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

key, secret, token, action, resource, *received = sys.argv[1:]
body = f"Action={action.partition(':')[2]}&Version=2015-02-02"
request = AWSRequest(
    method="POST",
    url="http://127.0.0.1:1/",
    data=body,
    headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
)
SigV4Auth(Credentials(key, secret, token or None), "elasticache", "us-east-1").add_auth(request)
headers = {**dict(request.headers.items()), "Host": "127.0.0.1:1"}
print(
    json.dumps(
        {
            "method": "POST",
            "path": "/",
            "query": "",
            "headers": headers,
            "body_base64": base64.b64encode((received or [body])[0].encode()).decode(),
            "action": action,
            "resource": resource,
            "region": "us-east-1",
        }
    )
)
