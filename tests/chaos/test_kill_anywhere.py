"""`kill -9` of a process that posts, at instants of chance: what it was told is there, once."""

from __future__ import annotations

import multiprocessing
import os
import random
import select
from collections import Counter
from pathlib import Path

import pytest

from chargehand.plant import database
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.vocabulary.refusal import Refusal
from tests.chaos import poster
from tests.plant.conftest import policy_text

KILLS = int(os.environ.get("CHARGEHAND_KILLS", "12"))
SEED = int(os.environ.get("CHARGEHAND_SEED", "20261120"))
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.chaos.poster"])
HOLDS = '[[holds]]\nroles = ["admin"]\nsites = ["*"]\nfour_eyes = false\n'
PATIENCE_S = 60
LOOKED_AT_EVERY = 25
"""Kills after which the whole record is verified; it is at the end, in any case."""

Told = dict[tuple[int, int, int], list[tuple[str, int]]]
"""What was acknowledged to a batch of a life and thread."""


@pytest.fixture
def folder(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The folder of a plant with stock, on the engine of this run."""
    url = request.getfixturevalue("postgres_url") if engine == "postgres" else ""
    made = create_plant(
        tmp_path / "plant", enterprise="Test", policy_text=policy_text() + HOLDS, database=url
    )
    assert not isinstance(made, Refusal), made
    plant = Plant.open(tmp_path / "plant")
    receipts = plant.take(poster.beginning())
    assert {one.status for one in receipts} == {"accepted"}
    plant.close()
    return tmp_path / "plant"


def live(folder: Path, life: int, rng: random.Random, told: Told) -> None:
    """Let a process post, and kill it a chance moment after a chance acknowledgement."""
    end, theirs = FORKED.Pipe(duplex=False)
    reading = end.fileno()
    process = FORKED.Process(target=poster.run, args=(folder, life, theirs))
    process.start()
    theirs.close()
    text, wanted, left_s = b"", rng.randint(1, 60), rng.random() * 0.02
    try:
        while select.select([reading], [], [], PATIENCE_S)[0] and (got := os.read(reading, 65536)):
            text += got
            if text.count(b"\n") >= wanted:
                break
        assert text.count(b"\n") >= wanted, "the process ended, or answers nothing"
        select.select([process.sentinel], [], [], left_s)
        assert process.is_alive()
        process.kill()
        process.join(PATIENCE_S)
        while got := os.read(reading, 65536):  # what it wrote before it was killed
            text += got
    finally:
        process.kill()
        process.join(PATIENCE_S)
        end.close()
    for line in text.decode().splitlines():
        thread, n, *words = line.split()
        answers = [word.split(":") for word in words]
        told[life, int(thread), int(n)] = [(status, int(entry)) for status, entry in answers]


def again(folder: Path, told: Told, life: int, sure: Told) -> int:
    """Post all of a life once more, with what may have been under way; how much was new."""
    plant = Plant.open(folder)
    new = 0
    try:
        for thread in range(poster.THREADS):
            done = [n for one, of, n in told if (one, of) == (life, thread)]
            assert done == list(range(len(done)))
            for n in range(len(done) + 1):
                signals = poster.posts(life, thread, n)
                answers = poster.take(plant, signals)
                known = told.get((life, thread, n))
                if known is not None:
                    assert {status for status, _ in known} == {"accepted"}
                    assert answers == [("repeated", entry) for _, entry in known]
                else:
                    assert {status for status, _ in answers} <= {"accepted", "repeated"}
                    new += sum(status == "accepted" for status, _ in answers)
                sure[life, thread, n] = answers
    finally:
        plant.close()
    return new


def expected(batches: Told) -> Counter[str]:
    """What stands where, once each batch was posted once."""
    stock: Counter[str] = Counter({poster.BULK: poster.START})
    for life, thread, n in batches:
        for signal in poster.posts(life, thread, n):
            body = signal.body
            match body.kind:
                case "goods_received":
                    stock[body.location] += int(body.quantity.amount)
                case "movement_reported":
                    for leg in body.legs:
                        stock[leg.location] += int(leg.quantity.amount)
                case "reservation_picked":
                    stock[poster.BULK] -= 1
                    stock[poster.FACES[0]] += 1
    return stock


def sound(folder: Path) -> None:
    plant = Plant.open(folder)
    try:
        assert plant.verify().faults == ()
    finally:
        plant.close()
    assert database.verify(folder).faults == ()


@pytest.mark.slow
@pytest.mark.engines("sqlite", "postgres")
def test_what_was_acknowledged_is_there_once_however_often_it_is_killed(folder):
    print(f"CHARGEHAND_SEED={SEED} CHARGEHAND_KILLS={KILLS}")
    rng = random.Random(SEED)
    told: Told = {}
    sure: Told = {}
    for life in range(KILLS):
        live(folder, life, rng, told)
        again(folder, told, life, sure)
        if life % LOOKED_AT_EVERY == LOOKED_AT_EVERY - 1:
            sound(folder)
    sound(folder)
    plant = Plant.open(folder)
    try:
        stock = {row.location: int(row.on_hand) for row in plant.stock(limit=1000).rows}
        with plant.store.snapshot() as sql:
            doubled = sql.execute(
                "SELECT key, count(*) FROM journal WHERE kind = 'movement' GROUP BY key"
                " HAVING count(*) > 1"
            ).fetchall()
            open_ones = sql.execute(
                "SELECT key, n FROM reservation WHERE state = 'open'"
            ).fetchall()
            frozen = sql.execute("SELECT max(frozen), max(released) FROM balance").fetchone()
    finally:
        plant.close()
    assert stock == dict(expected(sure))
    assert doubled == []
    assert len(open_ones) == sum(
        (life, thread, n - n % 5 + 3) not in sure for life, thread, n in sure if n % 5 == 1
    )
    assert tuple(frozen) == (0, 0)
