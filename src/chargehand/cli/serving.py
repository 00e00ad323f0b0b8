"""The server: console, API and background work of one plant."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from chargehand.cli.context import OK, PLAIN, Common, emit, find_plant, say, wrong_use

PORT_MAX = 65535


def up(
    *,
    host: Annotated[
        str | None, Parameter(help="Address to listen on [else the settings'].")
    ] = None,
    port: Annotated[
        int | None, Parameter(help="Port; 0 takes a free one [else the settings'].")
    ] = None,
    common: Common = PLAIN,
) -> int:
    """Serve the console and the API, and do the background work, until Ctrl-C."""
    if port is not None and not 0 <= port <= PORT_MAX:
        return wrong_use(f"--port must be from 0 to {PORT_MAX}, not {port}.", json=common.json)
    folder = find_plant(common.plant)
    from chargehand.cli.server import serve
    from chargehand.settings import load

    settings = load(folder).server

    def ready(address: str) -> None:
        emit({"address": address}, json=common.json, table=lambda: address)
        say("Serving until Ctrl-C. `chargehand login` makes a link to log in.", quiet=common.quiet)

    serve(
        folder,
        host or settings.host,
        settings.port if port is None else port,
        root_path=settings.root_path,
        ready=ready,
    )
    return OK
