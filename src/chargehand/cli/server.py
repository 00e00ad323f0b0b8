"""The server: one open plant, its API and console on one port, and its background work.

The API and the console do not know each other; this is where they are put together.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send

    from chargehand.plant.plant import Plant

GRACE_S = 10
"""How long requests under way may take to end when the server is told to stop (seconds)."""
BACKLOG = 256
CONSOLE = "chargehand.web.console"


def build_app(plant: Plant, *, console: bool = True) -> FastAPI:
    """Build the whole app of an open plant: the API, and the console where it is installed."""
    from chargehand.api.app import build_app as build_api

    app = build_api(plant)
    if console and find_spec(CONSOLE):
        from chargehand.web.console import mount

        mount(app, plant)
    return app


def serve(
    folder: Path,
    host: str,
    port: int,
    *,
    root_path: str = "",
    console: bool = True,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a plant until told to stop (SIGTERM or Ctrl-C), and do its work meanwhile.

    Parameters
    ----------
    folder
        The plant.
    host, port
        Where to listen; port 0 takes any free one, and `ready` says which.
    root_path
        Where a proxy puts us, such as ``/chargehand``, whether it strips that or not.
    console
        Whether to serve the console as well as the API.
    ready
        Called with the address once requests are answered.

    Raises `PlantFault` where the folder is no plant or the port is taken.
    """
    from chargehand.plant.plant import Plant

    with _listening(host, port) as listener:
        plant = Plant.open(folder)
        try:
            app = build_app(plant, console=console)
            plant.start()
            try:
                _run(app, listener, root_path=root_path.rstrip("/"), ready=ready)
            finally:
                plant.stop()
        finally:
            plant.close()


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    from chargehand.plant.fault import PlantFault

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PlantFault(
            f"Cannot listen on {host} port {port}: {error.strerror or error}.",
            "Choose another address or port, or stop what listens there.",
        ) from error
    # asyncio turns off Nagle's delay (40 ms an answer) only where the socket names its protocol
    named = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach())
    with named:
        yield named


def _run(
    app: FastAPI, listener: socket.socket, *, root_path: str, ready: Callable[[str], None] | None
) -> None:
    import uvicorn

    address = _address(listener) + root_path

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started and ready is not None:
                ready(address)

    config = uvicorn.Config(
        _Under(app, root_path) if root_path else app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    with _ending_quietly():
        Server(config).run(sockets=[listener])


class _Under:
    """Serves an app under a path; requests may still have it in front, or no longer."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] in {"http", "websocket"}:
            scope = {**scope, "root_path": self._root_path}
            if not f"{scope['path']}/".startswith(f"{self._root_path}/"):
                scope["path"] = self._root_path + scope["path"]
                scope["raw_path"] = self._root_path.encode() + scope.get("raw_path", b"")
        await self._app(scope, receive, send)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _ending_quietly() -> Iterator[None]:
    """Let a stop by signal return: uvicorn raises the signal again when it has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
