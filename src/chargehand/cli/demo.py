"""The demo: a made-up plant to look at, or the whole walk through it without a browser."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import FAILED, OK, SETTINGS_FILE, NoPlant, refused, say
from chargehand.cli.keys import login_link
from chargehand.cli.people import login_name
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

FOLDER = Path("demo-plant")
BATCH = 1000
PLANNER, BUYER, FLOOR, SYSTEMS = "m.weber", "t.kaya", "j.novak", "erp.link"


def demo(
    *,
    headless: Annotated[
        bool, Parameter(negative="", help="Walk through everything without a browser, then end.")
    ] = False,
    port: Annotated[
        int | None, Parameter(help="Port of the console [else 8470, or a free one].")
    ] = None,
    folder: Annotated[
        Path | None,
        Parameter(help="Where the plant is kept [else ./demo-plant; headless: a temporary one]."),
    ] = None,
    keep: Annotated[
        bool, Parameter(negative="", help="Keep the temporary folder of a headless walk.")
    ] = False,
    fresh: Annotated[
        bool, Parameter(negative="", help="Throw an earlier demo plant in that folder away.")
    ] = False,
    database: Annotated[
        str,
        Parameter(
            help="Keep the record in an empty PostgreSQL database: env:NAME or file:PATH of its"
            " address, or the address where it has no password [else a file in the folder]."
        ),
    ] = "",
) -> int:
    """Try everything on a made-up plant.

    Seeds two stores with some 300 spare parts and three years of history, asks every decision,
    prints one link to the console, and serves until Ctrl-C. A second run goes on with that plant.
    """
    if headless:
        return _headless(folder, port=port or 0, keep=keep, fresh=fresh, database=database)
    return _console(folder or FOLDER, port=port, fresh=fresh, database=database)


def _console(folder: Path, *, port: int | None, fresh: bool, database: str) -> int:
    place = folder.resolve()
    if (place / SETTINGS_FILE).is_file() and not fresh:
        _check_is_demo(place)
        say(f"Going on with the demo plant in {place} (--fresh makes a new one).")
    elif (refusal := _made(place, database)) is not None:
        return refused(refusal, json=False)
    from chargehand.plant.plant import Plant

    with closing(Plant.open(place)) as plant, _served(plant, port=port) as address:
        if not plant.overview().waiting:
            _fill(plant)
        plant.start()
        try:
            print(login_link(address, plant.login_token(PLANNER)), flush=True)  # noqa: T201
            say(
                f"You are {PLANNER}. The link works once; for another:"
                f" chargehand login --plant {place} --url {address}\nServing until Ctrl-C."
            )
            _wait()
        finally:
            plant.stop()
    return OK


def _fill(plant: Plant) -> None:
    from chargehand.twin.seed import seed_signals

    say("Posting what the plant's systems know ...")
    signals, count = seed_signals(as_of=datetime.now(UTC)), 0
    while batch := list(islice(signals, BATCH)):
        count += len(plant.take(batch))
    say(f"{count} signals. Asking every decision ...")
    report = plant.decide()
    if not isinstance(report, Refusal):
        say(f"{report.asked} questions, {report.proposed} proposals in {report.seconds:.1f} s.")


def _headless(folder: Path | None, *, port: int, keep: bool, fresh: bool, database: str) -> int:
    from chargehand.twin.demo import StepFailed

    with ExitStack() as stack:
        if folder is None:
            parent = Path(tempfile.mkdtemp(prefix="chargehand-demo-"))
            if not keep:
                stack.callback(shutil.rmtree, parent, ignore_errors=True)
            folder = parent / "plant"
        place = folder.resolve()
        if (place / SETTINGS_FILE).is_file() and not fresh:
            say(f"error: {place} holds a plant already; the walk needs a new one (--fresh).")
            return FAILED
        if (refusal := _made(place, database)) is not None:
            return refused(refusal, json=False)
        say(f"A new plant in {place}" + (" (kept)" if keep else ""))
        try:
            figures = _walk(place, port=port)
        except StepFailed as failed:
            say(f"FAILED at the step: {failed}")
            return FAILED
    print(json.dumps(figures), flush=True)  # noqa: T201 - the result
    return OK


def _walk(place: Path, *, port: int) -> dict[str, object]:
    from chargehand.plant.plant import Plant
    from chargehand.twin.client import Api
    from chargehand.twin.demo import Walk

    with ExitStack() as stack:
        plant = stack.enter_context(closing(Plant.open(place)))
        address = stack.enter_context(_served(plant, port=port))
        stack.callback(plant.stop)

        def api(person: str) -> Api:
            key = plant.issue_key(person, label="walk", days=1)
            return stack.enter_context(closing(Api(address, key)))

        walk = Walk(
            planner=api(PLANNER),
            buyer=api(BUYER),
            floor=api(FLOOR),
            systems=api(SYSTEMS),
            as_of=datetime.now(UTC),
            say=say,
            loaded=plant.start,
        )
        return walk.run()


def _made(place: Path, database: str) -> Refusal | None:
    """Make the demo plant, where there is none or an earlier demo plant may go."""
    from chargehand.governance.policy import demo_policy_text
    from chargehand.governance.written import demo_tests_text
    from chargehand.plant.folder import create_plant
    from chargehand.settings import load
    from chargehand.twin.machines import ENTERPRISE

    if (place / SETTINGS_FILE).is_file():
        _check_is_demo(place)
        if load(place).database.url:
            raise NoPlant(
                f"{place} keeps its record in PostgreSQL, which --fresh does not empty.",
                "Name another folder with --folder, and a new database with --database.",
            )
        shutil.rmtree(place)
    elif place.is_dir() and any(place.iterdir()):
        raise NoPlant(
            f"{place} is not empty, and no demo plant.", "Name another folder with --folder."
        )
    made = create_plant(
        place,
        enterprise=ENTERPRISE,
        simulation=True,
        policy_text=demo_policy_text(os_user=login_name() or None),
        tests_text=demo_tests_text(),
        person=PLANNER,
        database=database,
    )
    return made if isinstance(made, Refusal) else None


def _check_is_demo(place: Path) -> None:
    from chargehand.settings import load

    if not load(place).plant.simulation:
        raise NoPlant(
            f"{place} is a real plant; the demo does not touch it.",
            "Name another folder with --folder, or serve the plant with `chargehand up`.",
        )


@contextmanager
def _served(plant: Plant, *, port: int | None) -> Iterator[str]:
    """The API and console of a plant in a thread of this process; yields the address."""
    import uvicorn

    from chargehand.cli.server import build_app

    listener = _listener(plant.settings.server.host, plant.settings.server.port, port)
    host, at = listener.getsockname()[:2]
    is_up = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            is_up.set()

    server = Server(uvicorn.Config(build_app(plant), log_level="warning", access_log=False))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="server", daemon=True
    )
    thread.start()
    try:
        if not is_up.wait(timeout=60) or not server.started:
            raise NoPlant("The server did not start.", "See the messages above.")
        yield f"http://{host}:{at}"
    finally:
        server.should_exit = True
        thread.join(timeout=15)
        listener.close()


def _listener(host: str, usual: int, port: int | None) -> socket.socket:
    """Listen on the port that was asked for; else on the usual one, or any where that is taken."""
    try:
        return socket.create_server((host, usual if port is None else port))
    except OSError as error:
        if port is None:
            say(f"Port {usual} is taken; taking a free one.")
            return socket.create_server((host, 0))
        raise NoPlant(
            f"Cannot listen on {host} port {port}: {error.strerror}.", "Choose another with --port."
        ) from error


def _wait() -> None:
    """Wait for Ctrl-C or a request to end."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
