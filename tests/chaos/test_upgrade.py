"""Long waits survive a release: a proposal in every state is carried over, and each goes on.

``release_0002.sql`` is a plant of the release before governance was whole (schema 0002), as its own
SQLite wrote it down at 2026-01-13 08:00: eleven parts, one for each thing that may have happened.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chargehand.plant.folder import create_plant
from chargehand.plant.freshness import Stale
from chargehand.plant.plant import Plant
from chargehand.plant.reading import Done
from chargehand.runtime import clock
from chargehand.signals.signal import Status
from chargehand.storage.store import FILE
from chargehand.vocabulary.refusal import RefusalCode
from tests.fakes.wms import Wms
from tests.plant.conftest import BULK, FACE, Teller, count, policy_text
from tests.storage.test_migration import write

OLD = Path(__file__).parent / "release_0002.sql"
ROOT = "4be8b90551537fc2a700fa262a1739c840228dd374e342ff2617f548f3fd0d5f"
"""The root over its 203 entries, as that release's own audit told it."""
THEN = datetime(2026, 1, 13, 9, 0, tzinfo=UTC)
WHY = "the store runs empty"
STATES = {
    "P-1": "expired", "P-2": "waiting", "P-3": "cleared", "P-4": "confirmed", "P-5": "declined",
    "P-6": "waiting", "P-7": "failed", "P-8": "waiting", "P-9": "rejected", "P-10": "sent",
    "P-11": "superseded", "P-12": "waiting", "P-13": "waiting", "P-14": "waiting",
    "P-15": "observed",
}  # fmt: skip
CHANGED, CLEARED, FAILED, PARTLY, SENT, WAITING, OBSERVED = (
    "P-2", "P-3", "P-7", "P-8", "P-10", "P-12", "P-15",
)  # fmt: skip
WAITS = sorted(name for name, state in STATES.items() if state == "waiting")


class Clock:
    """The plant's time, an hour after it was upgraded."""

    def __init__(self) -> None:
        self.at = THEN

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def time(monkeypatch):
    at = Clock()
    monkeypatch.setattr(clock, "now", at)
    return at


@pytest.fixture
def erp():
    system = Wms()
    yield system
    system.close()


@pytest.fixture
def old(tmp_path, time, erp, monkeypatch):
    """The older release's plant, opened by this release; its ERP is there again."""
    monkeypatch.setenv("ERP_TOKEN", erp.token)
    folder = tmp_path / "plant"
    assert isinstance(create_plant(folder, enterprise="Test", policy_text=policy_text()), list)
    for file in folder.glob(f"{FILE}*"):
        file.unlink()
    write(folder / FILE, OLD.read_text(encoding="utf-8"))
    with (folder / "chargehand.toml").open("a") as settings:
        settings.write(f'\n[targets.erp]\nkind = "rest"\nurl = "{erp.url}"\n'
                       'token = "env:ERP_TOKEN"\ntransactions = ["requisition"]\n')  # fmt: skip
    plant = Plant.open(folder)
    monkeypatch.setattr(plant.store, "_clock", time)
    yield plant
    plant.close()


def states(plant):
    return {row.id: row.state for row in plant.inbox(state="all", limit=100).rows}


def test_every_proposal_is_where_it_was_and_the_chain_holds(old):
    assert states(old) == STATES
    report = old.verify()
    assert (report.faults, report.entries, report.root) == ((), 203, ROOT)


def test_what_waited_is_approved_and_done(old):
    done = old.approve(WAITING, by="ada", justification=WHY)
    assert isinstance(done, Done), done
    assert old.confirm(done.orders[0], by="ben").status is Status.ACCEPTED
    assert states(old)[WAITING] == "confirmed"
    assert old.verify().holds, old.verify().faults


def test_the_second_of_two_people_still_has_to_be_another(old):
    again = old.approve(PARTLY, by="ada", justification=WHY)
    assert again.code is RefusalCode.SECOND_PERSON_NEEDED
    done = old.approve(PARTLY, by="ben", justification=WHY)
    assert done.state == "cleared"
    assert old.proposal(PARTLY).approved_by == "ada, ben"
    assert old.verify().holds, old.verify().faults


def test_a_changed_version_is_done_as_it_was_changed(old):
    done = old.approve(CHANGED, by="ada", justification=WHY)
    assert isinstance(done, Done), done
    assert old.task(done.orders[0]).quantity == 5


def test_what_was_cleared_is_sent_once(old, erp):
    old.work(until_idle=True)
    assert erp.effects() == [f"{CLEARED}.1/0"]
    assert states(old)[CLEARED] == "sent"
    old.work(until_idle=True)
    assert len(erp.asked) == 1


def test_what_is_on_the_floor_is_confirmed_or_taken_back(old):
    assert old.undo(SENT, by="ada", because="the aisle is blocked").state == "waiting"
    done = old.approve(SENT, by="ben", justification=WHY)
    assert done.orders == (f"{SENT}.2/0",)
    assert old.confirm(done.orders[0], by="ben").status is Status.ACCEPTED
    assert states(old)[SENT] == "confirmed"
    assert old.verify().holds, old.verify().faults


def test_what_failed_waits_for_a_person_and_is_not_sent_by_itself(old, erp):
    old.work(until_idle=True)
    assert states(old)[FAILED] == "failed"
    assert f"{FAILED}.1/0" not in erp.effects()
    assert old.undo(FAILED, by="ada").code is RefusalCode.TOO_LATE


def test_what_is_observed_is_still_only_observed(old):
    assert old.approve(OBSERVED, by="ada", justification=WHY).code is RefusalCode.READ_ONLY


@pytest.mark.parametrize(
    "name", [name for name, state in STATES.items()
             if state in {"expired", "confirmed", "declined", "rejected", "superseded"}]
)  # fmt: skip
def test_what_is_closed_stays_closed(old, name):
    assert old.approve(name, by="ada", justification=WHY).code is RefusalCode.NOT_WAITING
    assert old.undo(name, by="ada").code in {RefusalCode.NOT_WAITING, RefusalCode.TOO_LATE}


def test_facts_that_changed_since_the_upgrade_void_an_old_proposal_too(old):
    for place in (BULK, FACE):  # under keys that the older release did not use
        Teller(old)(replace(count(place, 3), material="WAITING"), key=f"new {place}")
    refused = old.approve(WAITING, by="ada", justification=WHY)
    assert isinstance(refused, Stale)
    assert refused.changed


@pytest.mark.parametrize("act", ["reject", "change", "batch"])
def test_every_other_act_works_on_what_waited(old, act):
    if act == "reject":
        assert old.reject(WAITING, by="ada", reason="not_needed").state == "rejected"
    elif act == "change":
        assert old.change(WAITING, by="ada", changes={"quantity": "3"}).version == 2
    else:
        from chargehand.plant.batching import Pick

        picks = [Pick(id=name) for name in WAITS]
        seen = old.preview_batch(picks, by="ben", justification=WHY)
        assert [line.id for line in seen.lines] != []
        done = old.approve_many(picks, by="ben", total=seen.total, justification=WHY)
        assert done.approved == seen.count
    assert old.verify().holds, old.verify().faults


def test_what_nobody_decides_expires_on_the_day_it_was_to(old, time):
    time.at += timedelta(days=3)
    for name in WAITS:
        assert old.approve(name, by="ada", justification=WHY).code is RefusalCode.EXPIRED
    old.work()
    assert {states(old)[name] for name in WAITS} == {"expired"}
    assert old.verify().holds, old.verify().faults


def test_opening_it_again_changes_nothing(old):
    before = states(old)
    old.close()
    again = Plant.open(old.folder)
    assert states(again) == before
    assert again.verify().root == ROOT
    again.close()
