"""A decision of another package may be as bad as it likes: the others go on, and it is said."""

from __future__ import annotations

import pytest

from chargehand.plant import installed, policies
from tests.plant.conftest import AS_OF

PLUG = '''"""A decision of another package."""
from dataclasses import dataclass
from datetime import datetime, UTC

from chargehand.decisions.decision import Decision, Proposal, Subject
from chargehand.vocabulary.money import ZERO
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import CountTask, Priority, TransactionType

AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    site: str = "S1"


def ask(record):
    {ask}
    yield Question()


def propose(question):
    {propose}
    task = CountTask(site="S1", zone="MRO", material="VALVE", location="BULK-1",
                     priority=Priority.LOW)
    return Proposal(subject=subject(question), headline="h.", actions=(task,),
                    priority=Priority.LOW, reasons=("r.",), confidence=CONFIDENCE, cost=ZERO,
                    cost_of_inaction=ZERO, inaction="", decide_before=AT, measure_after=AT,
                    basis="model", basis_note="")


def subject(question):
    return Subject(site="S1", zone="MRO", key="K", label="K")


CONFIDENCE = {confidence}
DECISION = Decision(name="{name}", title="Plug", question=Question,
    transactions=(TransactionType.{transaction},), ask=ask, propose=propose,
    measure=lambda p, at, record: Refusal(code=RefusalCode.TOO_EARLY, because=""),
    subject=subject, fallback="none")
'''
GOOD = {"ask": "pass", "propose": "pass", "confidence": "0.5", "transaction": "COUNT"}
BAD = {
    "plug_raises": {"propose": "raise RuntimeError('lost')"},
    "plug_cannot_ask": {"ask": "raise KeyError('lost')"},
    "plug_is_not_sure_of_a_number": {"confidence": "float('nan')"},
    "plug_does_what_it_does_not_declare": {"transaction": "TRANSFER"},
}


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a decision of another package, as its entry point would."""

    def forget():
        for one in (installed.names, installed.load, installed.purpose, policies.parse):
            one.cache_clear()

    def put(name: str, text: str) -> None:
        folder = tmp_path / "site"
        about = folder / f"{name}-1.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Name: {name}\nVersion: 1\n")
        (about / "entry_points.txt").write_text(f"[chargehand.decisions]\n{name} = {name}\n")
        (folder / f"{name}.py").write_text(text)
        monkeypatch.syspath_prepend(str(folder))
        forget()

    yield put
    forget()


def test_a_decision_of_another_package_is_asked_and_governed(plant, install):
    install("plug_good", PLUG.format(name="plug_good", **GOOD))
    report = plant.decide(as_of=AS_OF)
    mine = [row for row in report.proposals if row.decision == "plug_good"]
    assert [row.state for row in mine] == ["waiting"]
    assert plant.replay(mine[0].id).identical


@pytest.mark.parametrize("name", BAD)
def test_a_bad_one_stops_nobody_and_is_told_of(plant, install, name):
    install(name, PLUG.format(name=name, **GOOD | BAD[name]))
    report = plant.decide(as_of=AS_OF)
    assert {row.decision for row in report.proposals} >= {"mro_replenishment"}
    assert name not in {row.decision for row in report.proposals}
    assert report.refused["decision_failed"] == 1
    assert [row.code for row in plant.refusals(decision=name)] == ["decision_failed"]
