"""A proposer in somebody else's hands: whatever comes through any door, nothing is done by it.

A seeded generator (CHARGEHAND_SEED) tries CHARGEHAND_COMPROMISED actions by every door there is;
a witness outside of the plant derives each ruling again from the journal, and holds every order and
whatever targets received against them. Then the witness itself is put to the test.
"""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from chargehand.plant.database import place_of
from chargehand.vocabulary.refusal import Refusal
from tests.behind import behind_the_back
from tests.chaos import compromised_plugin as plug
from tests.chaos.compromised_doors import WEIGHTS, Attacker
from tests.chaos.compromised_effects import rows_that_nobody_wrote
from tests.chaos.compromised_forging import FORGERIES
from tests.chaos.compromised_plant import open_plant, plug_ins, text
from tests.chaos.compromised_witness import Witness
from tests.plant.governing import Later

SEED = int(os.environ.get("CHARGEHAND_SEED", "20261120"))
N = int(os.environ.get("CHARGEHAND_COMPROMISED", "1000"))
BURST = 60
SHARE_OF_POSTGRES = 5
ROUNDS = 3
WHY = "it is needed at once"


@pytest.fixture
def plant(engine, tmp_path, monkeypatch, request):
    """A plant with hostile decisions, on the engine of this run."""
    url = request.getfixturevalue("postgres_url") if engine == "postgres" else ""
    with plug_ins(tmp_path / "site", monkeypatch):
        plant = open_plant(tmp_path / "plant", url)
        monkeypatch.setattr(plug, "PLACES", [] if url else [place_of(plant.folder)])
        yield plant
        plant.close()


@pytest.fixture
def later(plant, monkeypatch):
    return Later(plant, monkeypatch)


def seen(plant, witness, **more):
    """What a witness finds wrong by now."""
    with behind_the_back(plant.folder, checks=True) as sql:
        faults = witness.look(sql, plant.targets["wms"].received, **more)
        return faults + rows_that_nobody_wrote(sql)


def asked(name, rng, manner, n):
    """Let a decision propose so many things."""
    plug.QUESTIONS[name] = [
        plug.Question(
            key=f"K{rng.randrange(10**9)}", manner=manner,
            seed=rng.randrange(4 if manner == "told" else 10**9),
        )
        for _ in range(n)
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.engines("sqlite", "postgres")
def test_nothing_is_done_without_a_valid_ruling(plant, later, engine):
    rng, witness, done = random.Random(SEED), Witness(), 0
    wanted = N if engine == "sqlite" else N // SHARE_OF_POSTGRES
    attacker = Attacker(plant, rng, later)
    for door in WEIGHTS:
        done += attacker.act(door)
    while done < wanted:
        burst = done + BURST
        while done < burst:
            done += attacker.act()
        assert seen(plant, witness) == [], f"CHARGEHAND_SEED={SEED}, by action {done}"
    for _ in FORGERIES if engine == "sqlite" else ():
        attacker.forge()
    assert seen(plant, witness) == [], f"CHARGEHAND_SEED={SEED}, forging"
    assert attacker.answers["http 429"] == 0, "a limit on rates hides what lies behind it"
    print(f"{done} actions, {attacker.tried}, {attacker.answers}")
    assert witness.cleared > 5, "what is in order is done all the same"
    assert plant.targets["wms"].received
    assert attacker.answers["Done"] > 3


# races


def together(*works):
    """Run all of these at the same moment."""
    barrier = Barrier(len(works))

    def run(work):
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result() for one in [pool.submit(run, work) for work in works]]


def raced(plant, name, lent, request):
    """What may come between a person and their approval."""
    return {
        "another yes": lambda: plant.approve(name, by="ben", justification=WHY),
        "another policy": lambda: plant.sign_request(request, by="ben", because=WHY),
        "a stop": lambda: plant.stop_automation(by="cleo", reason=""),
        "the end of a stand-in": lambda: plant.end_delegation(lent, by="ada"),
        "the worker": plant.work,
        "a hearing": plant.decide,
        "an undo": lambda: plant.undo(name, by="ben", because=WHY),
        "a change": lambda: plant.change(name, by="ben", changes={"quantity": "3"}),
        "a rejection": lambda: plant.reject(name, by="ben", reason="not_needed"),
    }


@pytest.mark.slow
@pytest.mark.engines("sqlite", "postgres")
def test_no_race_between_two_acts_lets_anything_through(plant, engine):
    rng, witness, number = random.Random(SEED), Witness(), 0
    for _ in range(ROUNDS if engine == "sqlite" else 1):
        for what in raced(plant, "", "", ""):
            number += 1
            plug.QUESTIONS.clear()
            asked("plug_assist", rng, "told", 2)
            asked("plug_auto", rng, "honest", 6)
            plant.close_breaker("*", "*", "*", by="ada", reason=WHY)
            plant.decide()
            lent = plant.delegate(by="ada", to="cleo", until=timedelta(days=1), because=WHY)
            said = text(version=plant.policy().version + 1, spend=4000 - number)
            request = plant.propose_policy(said, by="ada", because=WHY)
            assert not isinstance(request, Refusal), request
            name = plant.inbox(decision="plug_assist").rows[0].id
            between = raced(plant, name, lent.id, request.row.id)[what]
            together(
                lambda name=name: plant.approve(name, by="cleo", justification=WHY),
                lambda name=name: plant.approve(name, by="ada", justification=WHY),
                between,
                plant.work,
            )
            plant.work(until_idle=True)
            assert seen(plant, witness, in_flight=2) == [], f"CHARGEHAND_SEED={SEED}, {what}"
    assert witness.cleared > 5
    received = [one.key for one in plant.targets["wms"].received]
    assert len(received) == len(set(received)), "each order once"
