"""`kill -9` at every step between ruling and confirmation: done once, or told to a person."""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.runtime import clock
from chargehand.settings import FILE as SETTINGS
from tests.behind import behind_the_back
from tests.chaos import stepper
from tests.plant.conftest import BULK, FACE, Teller, count, master, policy_text
from tests.plant.governing import approvals
from tests.plant.lived import of

KILLS = int(os.environ.get("CHARGEHAND_KILLS", "1"))
SHARE = 6 if KILLS == 1 else 1
"""Every step is killed at on SQLite before a system that honors keys; elsewhere one in so many,
unless CHARGEHAND_KILLS asks for more than 1."""
PATIENCE_S, LANES = 60, 2
AT = datetime(2026, 1, 12, 6, tzinfo=UTC)
PARTS = ("VALVE", "PUMP", "SEAL")
WINDOW = approvals(undo_window='"10 minutes"')
MORE = {
    "by two": approvals(second_person_above='"EUR 0.00"'),
    "after its window": WINDOW,
    "undone": WINDOW,
}
TAKEN_BACK = {"undone", "voided"}
Copy = Callable[[Path], Path]
"""Makes a plant, as it stands before its ruling, in a folder."""


def begin(scenario: str, folder: Path, url: str = "") -> None:
    """A plant in which something waits, or is about to be cleared; and nothing else is to do."""
    phase = "automate" if scenario == "cleared by policy" else "assist"
    text = policy_text(phase=phase) + MORE.get(scenario, "")
    made = create_plant(folder, enterprise="Test", policy_text=text, database=url)
    assert isinstance(made, list), made
    plant = stepper.opened(folder, AT, honors_keys=True, step=lambda: None)
    parts = PARTS if scenario == "in a batch" else PARTS[:1]
    tell = Teller(plant)
    for part in parts:
        tell(*(of(part, body) for body in (*master(), count(BULK, 40), count(FACE, 9))))
    plant.work(until_idle=True)
    tell(*(of(part, count(FACE, 2)) for part in parts))
    if phase == "assist":
        plant.decide(decision=stepper.DECISION, as_of=AT)
        plant.work(until_idle=True)
    plant.close()


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is put back when the test is over."""
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Where the plant of a scenario is, from which copies are made."""
    folder = tmp_path_factory.mktemp("begun")
    return lambda name: folder / name.replace(" ", "-")


@pytest.fixture
def copier(
    engine: str, begun: Callable[[str], Path], request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Copy]]:
    """Makes plants of a scenario, each with a record of its own on the engine of this run."""
    with ExitStack() as databases:

        def copies(scenario: str) -> Copy:
            template = begun(f"{engine} {scenario}")
            if engine == "sqlite":
                if not template.exists():
                    begin(scenario, template)
                return lambda folder: shutil.copytree(template, folder)
            server = request.getfixturevalue("postgres_server")
            urls: list[str] = []

            def prepare(url: str) -> None:
                urls.append(url)
                begin(scenario, template, url)

            name = server.template(f"steps {scenario}", prepare)

            def copy(folder: Path) -> Path:
                shutil.copytree(template, folder)
                url = databases.enter_context(server.database(name))
                settings = folder / SETTINGS
                settings.write_text(settings.read_text("utf-8").replace(urls[0], url), "utf-8")
                return folder

            return copy

        yield copies


def forked(work: Callable[[], None], said: Path) -> int:
    """Run work in a process of its own, which knows all that this one has loaded; its number.

    What goes wrong in it is written down.
    """
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        signal.alarm(PATIENCE_S)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - it must not come back into the test's own stack
        said.write_text(traceback.format_exc(limit=-3), "utf-8")
    finally:
        os._exit(code)


def killed(folder: Path, scenario: str, honors_keys: bool, step: int) -> None:
    """Kill a plant at a step, let it come back, and look at how that ended."""
    run = partial(stepper.run, folder, scenario, AT, honors_keys=honors_keys, fatal=step)
    _, status = os.waitpid(forked(run, folder / "died.txt"), 0)
    assert os.WIFSIGNALED(status), "it was not killed"
    assert os.WTERMSIG(status) == signal.SIGKILL
    stepper.recover(folder, scenario, AT, honors_keys=honors_keys)
    ended(folder, scenario)


def faults_of(kills: Mapping[Path, tuple[int, bool]], scenario: str) -> list[str]:
    """What is wrong after each of these kills (a step, and of what kind the system is)."""
    found, under_way = [], dict[int, Path]()
    for folder in (*kills, *[None] * LANES):
        if len(under_way) == LANES or (folder is None and under_way):
            process, status = os.wait()
            over = under_way.pop(process)
            if status:
                said = over / "fault.txt"
                text = said.read_text("utf-8") if said.is_file() else f"it ended with {status}"
                found.append(f"{over.name}: {text}")
        if folder is not None:
            step, honors_keys = kills[folder]
            work = partial(killed, folder, scenario, honors_keys, step)
            under_way[forked(work, folder / "fault.txt")] = folder
    return found


def chosen(engine: str, count: int) -> list[tuple[int, bool]]:
    """The steps to be killed at, each with whether the outside system honors keys."""
    every = range(1, count + 1)
    if SHARE == 1:
        return [(step, honors) for step in every for honors in (True, False)]
    if engine == "sqlite":
        return [(step, True) for step in every] + [(step, False) for step in every[::SHARE]]
    return [(step, bool(n % 2)) for n, step in enumerate(every[SHARE // 2 :: SHARE])]


def ended(folder: Path, scenario: str) -> None:
    """Everything was done once or told to a person, nothing twice, and nothing was lost."""
    done, gone = stepper.did(folder / "wms.txt"), stepper.undid(folder / "wms.txt")
    with closing(Plant.open(folder)) as plant:
        with plant.store.snapshot() as sql:
            orders = {row["key"]: row["state"] for row in sql.execute("SELECT * FROM orders")}
            states = Counter(row["state"] for row in sql.execute("SELECT state FROM proposal"))
            moved = Counter(
                row["key"] for row in sql.execute("SELECT key FROM journal WHERE kind = 'movement'")
            )
        stock = {(row.material, row.location): int(row.on_hand) for row in plant.stock().rows}
        report, replayed = plant.verify(), plant.replay_since(AT)
    assert max(Counter(done).values(), default=0) <= 1, f"done twice: {done}"
    assert set(done) <= set(orders), "done without an order"
    for key, state in orders.items():
        assert state in {"confirmed", "cancelled", "needs_person"}, f"{key} was lost: {state}"
        if state == "confirmed":
            assert key in done, f"{key} is confirmed and was never done"
            assert key not in gone
        if state == "cancelled":
            assert key not in done or key in gone, f"{key} is cancelled, and was done"
    assert report.faults == (), report.faults
    assert replayed.identical, replayed.first
    assert max(moved.values()) == 1
    if scenario in TAKEN_BACK:
        assert set(orders.values()) <= {"cancelled"}
        assert states == {"waiting": 1}
        assert stock["VALVE", FACE] == 2
        return
    parts = PARTS if scenario == "in a batch" else PARTS[:1]
    for part in parts:
        told = [state for key, state in orders.items() if state == "needs_person"]
        assert told or stock[part, FACE] == 10, f"{part} was not moved, or twice"
    assert states == {"confirmed": len(parts)} or "needs_person" in orders.values(), states


@pytest.mark.slow
@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize("scenario", stepper.SCENARIOS)
@pytest.mark.usefixtures("still")
def test_killed_at_every_step_it_is_done_once_or_told(copier, engine, tmp_path, scenario):
    copy = copier(scenario)
    calm = copy(tmp_path / "calm")
    stepper.run(calm, scenario, AT, honors_keys=True, fatal=0)
    ended(calm, scenario)
    count = int((calm / "steps.txt").read_text("utf-8"))
    print(f"{scenario}: {count} steps; CHARGEHAND_KILLS={KILLS}")
    assert count >= 8, "approval, sending and confirmation have two sides each"
    kills = {
        copy(tmp_path / f"step{step}-{'honors-keys' if honors else 'reads-back'}"): (step, honors)
        for step, honors in chosen(engine, count)
    }
    found = faults_of(kills, scenario)
    assert not found, "\n".join(found)


@pytest.mark.usefixtures("still")
def test_what_is_done_twice_or_lost_is_found(copier, tmp_path):
    folder = copier("approved")(tmp_path / "plant")
    stepper.run(folder, "approved", AT, honors_keys=True, fatal=0)
    ended(folder, "approved")
    with (folder / "wms.txt").open("a", encoding="utf-8") as file:
        file.write("do P-1.1/0\n")
    with pytest.raises(AssertionError, match="done twice"):
        ended(folder, "approved")
    (folder / "wms.txt").write_text("", encoding="utf-8")
    with pytest.raises(AssertionError, match="was never done"):
        ended(folder, "approved")
    with behind_the_back(folder) as sql:
        sql.execute("UPDATE orders SET state = 'pending'")
    with pytest.raises(AssertionError, match="was lost"):
        ended(folder, "approved")
