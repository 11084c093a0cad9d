"""The control server: what a test must be able to do that AWS lets nobody do from outside.

`POST /events`     puts an event on the default bus of a Region in a service's own name, which
                   PutEvents refuses for every source that begins with `aws.`; rules match it and
                   deliver it as they do any other.
`POST /authorize`  checks the signature of a request that another server received, and evaluates
                   the policies of whoever signed it: so our ElastiCache endpoint refuses what the
                   caller's role does not allow, although its requests never pass through ministack.
`POST /kill`       kills a function's processes in the middle of their work.

It runs on ministack's own event loop, because ministack's stores are not safe to use from others.
"""

import base64
import contextvars
import json
import time
import uuid
from datetime import datetime
from urllib.parse import parse_qs

ACCOUNT = "000000000000"


class RequestError(Exception):
    """The caller of the control server made a mistake."""


def put_event(request: dict) -> dict:
    """Dispatches one event and answers with its id.

    `time` (RFC 3339) and `id` may be given: AWS delivers at least once, and the second delivery
    of an event has the first one's id.
    """
    from ministack.core.responses import set_request_account_id, set_request_region
    from ministack.services import eventbridge

    moment = request.get("time")
    detail = required(request, "detail")
    set_request_account_id(ACCOUNT)
    set_request_region(required(request, "region"))
    event = {
        "EventId": request.get("id") or str(uuid.uuid4()),
        "Source": required(request, "source"),
        "DetailType": required(request, "detail-type"),
        "Detail": detail if isinstance(detail, str) else json.dumps(detail),
        "EventBusName": "default",
        "Time": seconds(moment) if moment else int(time.time()),
        "Resources": request.get("resources") or [],
        "Account": ACCOUNT,
        "Region": request["region"],
    }
    eventbridge._dispatch_event(event)
    return {"id": event["EventId"]}


def authorize(request: dict) -> dict:
    """Whether the signed request in `request` is genuine and its signer may do `action`.

    `action` is the IAM action (`elasticache:CopySnapshot`), `resource` the ARN it is done to. The
    service that is asked about stands before the colon. What was signed is given as it arrived:
    `method`, `path`, `query` (the raw string), `headers` (an object, or a list of pairs) and
    `body_base64`. Root's own signature is accepted without a check, as ministack accepts it.
    """
    from ministack.app import _request_account_scope
    from ministack.core import iam_evaluator
    from ministack.core.responses import set_request_account_id, set_request_region
    from ministack.core.router import extract_access_key_id

    headers = pairs(request.get("headers") or {})
    query = parse_qs(request.get("query") or "", keep_blank_values=True)
    action, resource = required(request, "action"), request.get("resource") or "*"
    region = required(request, "region")
    service = action.partition(":")[0]
    key = extract_access_key_id({name.lower(): value for name, value in headers}, query)

    set_request_account_id(_request_account_scope(key) if key else ACCOUNT)
    set_request_region(region)
    iam_evaluator.pin_request_origin("127.0.0.1", True)
    iam_evaluator.pin_signed_request(
        request.get("method", "POST"),
        request.get("path", "/"),
        query,
        [(name.lower().encode(), value.encode()) for name, value in headers],
    )
    iam_evaluator.pin_signed_body(base64.b64decode(request.get("body_base64") or ""))
    denied = iam_evaluator.enforce(key, action, service, region, resource_arn=resource)
    if denied is None:
        return {"allowed": True}
    return {"allowed": False, **refusal(denied, action, resource)}


def refusal(denied, action: str, resource: str) -> dict:
    """A denial in the words and with the HTTP status that the AWS Query protocol has for it."""
    from ministack.core import iam_actions
    from ministack.core.iam_evaluator import AuthError

    if isinstance(denied, AuthError):
        code, status, message = denied.code, 403, denied.message
        if code in iam_actions._AUTH_FAILURES:
            code, status, message = iam_actions._auth_failure("elasticache", code, message, {})
        return {"code": code, "message": message, "status": status}
    message = iam_actions.identity_denial_message(
        action, denied.principal_arn, resource, denied.decision == "Deny"
    )
    return {"code": "AccessDenied", "message": message, "status": 403}


def kill(request: dict) -> dict:
    """Kills every process of `function` that works on an invocation right now, as a crash would.

    ministack reports the invocations as failed, and their queue messages come back when their
    visibility timeout is over. Answers with the number of processes killed.
    """
    from ministack.core import lambda_runtime

    name = required(request, "function")
    killed = 0
    for workers in list(lambda_runtime._workers.values()):
        for worker in workers:
            if worker.func_name == name and worker.in_use and worker._proc is not None:
                worker._proc.kill()
                killed += 1
    return {"killed": killed}


def seconds(moment: str) -> int:
    # Before 3.11 Python does not read the Z itself.
    return int(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp())


def pairs(headers) -> list[tuple[str, str]]:
    return [(n, v) for n, v in (headers.items() if isinstance(headers, dict) else headers)]


def required(request: dict, name: str):
    if name not in request:
        raise RequestError(f"`{name}` is missing")
    return request[name]


ROUTES = {
    ("POST", "/events"): put_event,
    ("POST", "/authorize"): authorize,
    ("POST", "/kill"): kill,
}


async def app(scope, receive, send):
    """The ASGI application."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    route = ROUTES.get((scope["method"], scope["path"]))
    if route is None:
        status, answer = 404, {"error": f"no such route: {scope['method']} {scope['path']}"}
    else:
        try:
            # ministack keeps account, Region and signature of a request in context variables.
            answer = contextvars.copy_context().run(route, json.loads(body))
            status = 200
        except (RequestError, ValueError) as error:
            status, answer = 400, {"error": str(error)}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"application/json")],
        }
    )
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
