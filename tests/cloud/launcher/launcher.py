"""Runs one ministack in this process, and beside it the control server that ministack lacks.

    python launcher.py DIRECTORY

Everything ministack writes stays below DIRECTORY, both servers listen on free ports of 127.0.0.1,
and the first line on standard output, one JSON object, says which. Logs go to standard error.

The process ends, together with every Lambda it started, on SIGTERM, on SIGINT, and when its
standard input reaches its end: a parent that dies, however it dies, takes its cloud along.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path

HOST = "127.0.0.1"


def listener() -> socket.socket:
    """A socket that already listens on a free port, so that no one can take the port meanwhile."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Accepted connections inherit this; without it small answers wait 40 ms for an ACK.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.bind((HOST, 0))
    sock.listen(512)
    return sock


def configure(directory: Path, port: int) -> None:
    """Sets what ministack reads from its environment, most of it while it is being imported."""
    temporary = directory / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            # Verify signatures and evaluate IAM policies, as AWS does.
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            # It is part of queue URLs. As an address, not a name, it also makes every SDK choose
            # path-style S3 addresses by itself.
            "MINISTACK_HOST": HOST,
            "LAMBDA_EXECUTOR": "local",
            "S3_DATA_DIR": str(directory / "s3"),
            "STATE_DIR": str(directory / "state"),
            # Unpacked functions go below the temporary directory.
            "TMPDIR": str(temporary),
            # Servers that would listen on well-known ports.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            # It would look for containers to remove, which are none of ours.
            "DOCKER_HOST": f"unix://{directory}/no-docker",
        }
    )
    # An endpoint in ministack's own environment would override the one in a function's.
    os.environ.pop("AWS_ENDPOINT_URL", None)
    os.environ.pop("AWS_SESSION_TOKEN", None)


def end(*_) -> None:
    """Ends this process and every function, which would outlive us otherwise. Nothing is saved."""
    os.killpg(0, signal.SIGKILL)


def end_with_parent() -> None:
    """Ends everything once standard input is at its end, whatever the event loop is doing then."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        end()

    threading.Thread(target=watch, name="parent", daemon=True).start()


def url(sock: socket.socket) -> str:
    return f"http://{HOST}:{sock.getsockname()[1]}"


def server(app, sock: socket.socket) -> asyncio.Task:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{sock.detach()}"]
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    config.keep_alive_timeout = 75
    # Without a trigger hypercorn takes the signals for itself; this one never comes.
    return asyncio.create_task(serve(app, config, shutdown_trigger=asyncio.Event().wait))


async def run(gateway: socket.socket, control: socket.socket) -> None:
    """Serves until a server fails."""
    import control as control_server
    import repair
    from ministack.app import app

    repair.concurrency()
    ministack = repair.secure_transport(app)
    started = asyncio.Event()

    async def announced(scope, receive, send):
        """ministack, and `started` set once its start-up is complete."""
        if scope["type"] != "lifespan":
            await ministack(scope, receive, send)
            return

        async def noticed(message):
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                started.set()

        await ministack(scope, receive, noticed)

    addresses = {"endpoint": url(gateway), "control": url(control)}
    servers = [server(announced, gateway), server(control_server.app, control)]
    ready = asyncio.create_task(started.wait())
    await asyncio.wait([*servers, ready], return_when=asyncio.FIRST_COMPLETED)
    if started.is_set():
        print(json.dumps(addresses), flush=True)
    # A server ends only by failing; its exception is what the log then says.
    done, _ = await asyncio.wait(servers, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def main() -> None:
    # Its own process group, so that the functions it starts can be ended with it.
    if os.getpgrp() != os.getpid():
        os.setpgrp()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    end_with_parent()
    gateway, control = listener(), listener()
    configure(Path(sys.argv[1]).resolve(), gateway.getsockname()[1])
    try:
        asyncio.run(run(gateway, control))
    except BaseException:
        logging.getLogger(__name__).exception("the local cloud ends")
    finally:
        sys.stderr.flush()
        end()


if __name__ == "__main__":
    main()
