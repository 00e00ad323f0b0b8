"""The witness of the compromised proposer can fail: what is doctored is found, each by its name."""

from __future__ import annotations

import random
import shutil
from datetime import timedelta

import pytest

from chargehand.plant import approving, probing, rulings
from chargehand.plant.planting import plant as sow
from chargehand.plant.policies import within
from chargehand.storage.docket import Docket
from tests.behind import behind_the_back
from tests.chaos import compromised_plugin as plug
from tests.chaos.compromised_doctor import DOCTORED, Journal
from tests.chaos.compromised_doors import PROBES
from tests.chaos.compromised_effects import rows_that_nobody_wrote
from tests.chaos.compromised_forging import Forger
from tests.chaos.compromised_plant import open_plant, plug_ins, text
from tests.chaos.compromised_witness import Witness

WHY = "it is needed at once"
MOVE, DEAR, LENT, SMALL, HIDDEN = range(5)


def proposed(plant, seed, name="plug_assist"):
    """Something of a kind that the attacked plant proposes."""
    plug.QUESTIONS.clear()
    plug.QUESTIONS[name] = [plug.Question(key=f"{name}{seed}", seed=seed, manner="told")]
    return plant.decide(decision=name).proposals[0].id


def lived_by(plant):
    """A little of everything, all of it in order."""
    for seed in (MOVE, SMALL):
        proposed(plant, seed, "plug_auto")
        plant.work(until_idle=True)
    dear = proposed(plant, DEAR)
    plant.approve(dear, by="ada", justification=WHY)
    plant.approve(dear, by="ben", justification=WHY)
    plant.delegate(by="ada", to="cleo", until=timedelta(days=7), because=WHY)
    lent = proposed(plant, LENT)
    plant.approve(lent, by="cleo", justification=WHY)
    plant.undo(lent, by="ben", because=WHY)
    moved = proposed(plant, SMALL)
    plant.change(moved, by="cleo", changes={"quantity": "1"})
    plant.change(moved, by="ben", changes={"quantity": "2"})
    done = plant.approve(moved, by="ada", justification=WHY)
    plant.work(until_idle=True)
    plant.confirm(done.orders[0], by="ada")
    request = plant.propose_policy(text(version=2, spend=4000), by="ada", because=WHY)
    plant.sign_request(request.row.id, by="ben", because=WHY)
    proposed(plant, SMALL)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """The record of a plant in which all is well, and what its target received."""
    home = tmp_path_factory.mktemp("lived")
    with pytest.MonkeyPatch.context() as patch, plug_ins(home / "site", patch):
        plant = open_plant(home / "plant")
        lived_by(plant)
        plant.close()
        yield home / "plant", plant.targets["wms"].received


@pytest.fixture
def doctored(lived, tmp_path):
    """A copy of it to be doctored; gives the names of what a witness finds."""
    folder, received = lived
    copy = shutil.copytree(folder, tmp_path / "plant")

    def find(change):
        with behind_the_back(copy) as sql:
            got = list(received)
            change(Journal(sql), got)
            found = Witness().look(sql, got) + rows_that_nobody_wrote(sql)
        return {one.partition(":")[0] for one in found}

    return find


def test_it_finds_nothing_where_all_is_well(doctored, lived):
    assert doctored(lambda journal, got: None) == set()
    assert len(lived[1]) == 3


@pytest.mark.parametrize(("name", "change"), DOCTORED.values(), ids=DOCTORED)
def test_it_finds_what_was_doctored(doctored, name, change):
    assert name in doctored(change)


# a plant with a guard taken out


def sown(plant):
    plant.approve(proposed(plant, SMALL), by="ada")
    assert plant.store.write(lambda docket: sow(docket, within(docket), PROBES, "S1"))


GUARDS = {
    "an order's row": (
        (Docket, "is_as_ordered"), Forger.copied_order,
        lambda plant: proposed(plant, MOVE, "plug_auto"), "sent without an order",
    ),
    "a proposal's cost": (
        (rulings, "is_as_proposed"), Forger.other_cost,
        lambda plant: proposed(plant, HIDDEN), "cleared without authority",
    ),
    "a probe's row": ((probing, "_all_told"), Forger.no_probe, sown, "probe cleared"),
}  # fmt: skip


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "unguarded"])
@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_that_is_gone_is_missed(tmp_path, monkeypatch, guard, is_guarded):
    (owner, name), forge, before, fault = GUARDS[guard]
    with plug_ins(tmp_path / "site", monkeypatch):
        plant = open_plant(tmp_path / "plant")
        name_of = before(plant)
        plant.work(until_idle=True)
        witness = Witness()
        if not is_guarded:
            monkeypatch.setattr(owner, name, lambda *_: True)
            monkeypatch.setattr(approving, "is_fresh", lambda *_: True)  # another guard
        forger = Forger(plant.folder, random.Random(3))
        with behind_the_back(plant.folder, checks=True) as sql:
            assert witness.look(sql, plant.targets["wms"].received) == []
            forger.sql, forger.back = sql, []
            of = f"SELECT * FROM proposal WHERE number = {str(name_of)[2:]}"
            forger.waiting = lambda: forger.one(of)
            said = forge(forger)
            assert said is not None
            if str(said).startswith("P-"):
                plant.approve(said, by="cleo", justification=WHY)
                plant.approve(said, by="ada", justification=WHY)
            plant.work(until_idle=True)
            found = witness.look(sql, plant.targets["wms"].received)
        plant.close()
    assert [one for one in found if one.startswith(fault)] or is_guarded, found
    assert not (is_guarded and found), found


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE ruling SET cost = '0' WHERE verdict = 'cleared'",
        "UPDATE ruling SET at = '2020-01-01T00:00:00.000000Z' WHERE verdict = 'cleared'",
        "UPDATE ruling SET cleared_by = '[\"ada\"]' WHERE verdict = 'cleared'",
    ],
    ids=["cost", "day", "by whom"],
)
def test_edited_rulings_make_no_room_below_the_limit_of_a_day(tmp_path, monkeypatch, forged):
    with plug_ins(tmp_path / "site", monkeypatch):
        plant = open_plant(tmp_path / "plant", spend=100)
        first = proposed(plant, SMALL, "plug_auto")
        with behind_the_back(plant.folder) as sql:
            sql.execute(forged)
            plug.QUESTIONS["plug_auto"] = [plug.Question(key="other", seed=SMALL, manner="told")]
            second = plant.decide(decision="plug_auto").proposals[0]
            found = Witness().look(sql, plant.targets["wms"].received)
        assert plant.proposal(first).row.state == "cleared"
        plant.close()
    assert (second.state, found) == ("waiting", [])
