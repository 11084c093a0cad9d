"""Where ministack differs from AWS in a way that our templates would otherwise have to know of.

Each repair is to go when the pinned ministack no longer needs it; tests/it fails when a
repair is missing.
"""


def concurrency() -> None:
    """Reads `MaximumConcurrency` as a number when a template takes it from a parameter.

    CloudFormation converts a parameter's text to what a property needs. ministack 1.5.33 keeps the
    text and then cannot compare it, so that its mappings of every queue stand still.
    """
    from ministack.services import lambda_svc

    original = lambda_svc._sqs_esm_concurrency

    def converted(esm, *rest, **named):
        scaling = esm.get("ScalingConfig") or {}
        if isinstance(scaling.get("MaximumConcurrency"), str):
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        return original(esm, *rest, **named)

    lambda_svc._sqs_esm_concurrency = converted


def secure_transport(app):
    """Lets requests count as made over TLS, as they are in AWS, although the loopback needs none.

    The policies of our buckets and topics deny everything else (`aws:SecureTransport`), and would
    deny it to the functions here too. The header is not signed, so signatures stay valid.
    """

    async def wrapped(scope, receive, send):
        if scope["type"] == "http":
            headers = [*scope["headers"], (b"x-forwarded-proto", b"https")]
            scope = {**scope, "headers": headers}
        await app(scope, receive, send)

    return wrapped
