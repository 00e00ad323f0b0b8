"""Taking an approval back: in its window always, after it only where nobody has begun."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chargehand.plant import undoing
from chargehand.plant.plant import Plant
from chargehand.plant.reading import Done
from chargehand.signals.signal import Status
from chargehand.storage.docket import Docket
from chargehand.vocabulary.refusal import RefusalCode
from tests.behind import behind_the_back
from tests.fakes.wms import Wms
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master, used
from tests.plant.governing import DECISION, WHY, Later, approvals, lay_down

WINDOW = approvals(undo_window='"10 minutes"')


@pytest.fixture
def windowed(plant):
    return lay_down(plant, WINDOW)


@pytest.fixture
def later(windowed, monkeypatch):
    return Later(windowed, monkeypatch)


def proposed(plant, decision=DECISION):
    return plant.decide(decision=decision, as_of=AS_OF).proposals[0].id


def reserved(plant):
    return {row.location: row.reserved for row in plant.stock().rows}[BULK]


@pytest.mark.engines("sqlite", "postgres")
def test_nothing_is_shown_or_done_within_the_window_and_all_of_it_after(windowed, later):
    name = proposed(windowed)
    done = windowed.approve(name, by="ada", justification=WHY)
    assert (done.undo_until - later.at).total_seconds() == 600
    windowed.work(until_idle=True)
    assert windowed.tasks().rows == ()
    assert reserved(windowed) == 8, "set aside from the start"
    (key,) = done.orders
    assert windowed.confirm(key, by="ben").status is Status.REFUSED
    later.passes(minutes=10)
    windowed.work(until_idle=True)
    assert [task.key for task in windowed.tasks().rows] == [key]
    assert windowed.proposal(name).row.state == "sent"
    assert windowed.confirm(key, by="ben").status is Status.ACCEPTED
    assert windowed.verify().holds, windowed.verify().faults


@pytest.mark.engines("sqlite", "postgres")
def test_an_undone_approval_waits_again_and_has_to_be_given_again(windowed, later):
    name = proposed(windowed)
    windowed.approve(name, by="ada", justification=WHY)
    later.passes(minutes=9)
    done = windowed.undo(name, by="ben", because="the wrong pick face was meant")
    assert isinstance(done, Done), done
    assert (done.state, done.version) == ("waiting", 2)
    assert reserved(windowed) == 0
    history = windowed.proposal(name).history
    assert history[-1].because == "the wrong pick face was meant"
    later.passes(minutes=2)
    windowed.work(until_idle=True)
    assert windowed.tasks().rows == ()
    again = windowed.approve(name, by="ada", justification=WHY)
    assert again.orders == (f"{name}.2/0",)
    later.passes(minutes=11)
    windowed.work(until_idle=True)
    assert [task.key for task in windowed.tasks().rows] == [f"{name}.2/0"]
    assert windowed.confirm(f"{name}.2/0", by="ben").status is Status.ACCEPTED
    assert windowed.proposal(name).row.state == "confirmed"
    assert windowed.verify().holds, windowed.verify().faults


def test_one_may_undo_only_what_one_may_decide_on(windowed):
    Teller(windowed)(count(BULK, 0))
    name = proposed(windowed)
    windowed.approve(name, by="ada", justification=WHY)
    assert windowed.undo(name, by="cleo").code is RefusalCode.NOT_AUTHORIZED
    assert windowed.undo(name, by="nobody").code is RefusalCode.UNKNOWN_PERSON
    assert windowed.proposal(name).row.state == "cleared"


def test_what_was_done_cannot_be_undone(plant):
    name = proposed(plant)
    (key,) = plant.approve(name, by="ada", justification=WHY).orders
    plant.confirm(key, by="ben")
    assert plant.undo(name, by="ada").code is RefusalCode.TOO_LATE
    assert plant.undo("P-99", by="ada").code is RefusalCode.UNKNOWN_PROPOSAL


def test_a_floor_task_that_nobody_has_begun_can_be_taken_back(plant):
    name = proposed(plant)
    plant.approve(name, by="ada", justification=WHY)
    assert plant.undo(name, by="ben").state == "waiting"
    assert plant.tasks().rows == ()
    assert plant.verify().holds


def test_a_requisition_is_expected_while_it_is_held_and_not_any_more_when_undone(windowed, later):
    Teller(windowed)(count(BULK, 0))
    name = proposed(windowed)
    windowed.approve(name, by="ada", justification=WHY)
    with windowed.view() as view:
        assert [one.state for one in view.supply("S1")["VALVE"]] == ["requested"]
    assert windowed.decide(decision=DECISION, as_of=AS_OF).proposed == 0
    windowed.undo(name, by="ada")
    with windowed.view() as view:
        assert [one.state for one in view.supply("S1")["VALVE"]] == ["proposed"]
    assert windowed.verify().holds


def test_levels_change_when_the_window_has_passed(windowed, later):
    Teller(windowed)(*(used(month, 30) for month in range(1, 13)))
    name = proposed(windowed, "reorder_parameters")
    windowed.approve(name, by="ada", justification=WHY)
    with windowed.view() as view:
        assert view.stocking("S1")["VALVE"].origin == "imported"
    later.passes(minutes=11)
    windowed.work(until_idle=True)
    with windowed.view() as view:
        assert view.stocking("S1")["VALVE"].origin == "approved"
    assert windowed.proposal(name).row.state == "confirmed"
    assert windowed.verify().holds, windowed.verify().faults


def test_levels_that_were_changed_meanwhile_are_not_changed_again(windowed, later):
    Teller(windowed)(*(used(month, 30) for month in range(1, 13)))
    name = proposed(windowed, "reorder_parameters")
    windowed.approve(name, by="ada", justification=WHY)
    Teller(windowed)(*master(reorder_point=11))
    later.passes(minutes=11)
    windowed.work(until_idle=True)
    assert windowed.proposal(name).row.state == "declined"
    with windowed.view() as view:
        assert view.stocking("S1")["VALVE"].reorder_point == 11


def test_an_order_whose_ruling_was_edited_is_not_released(windowed, later):
    name = proposed(windowed)
    windowed.approve(name, by="ada", justification=WHY)
    with behind_the_back(windowed.folder) as sql:
        sql.execute("UPDATE ruling SET cleared_by = '[\"ben\"]' WHERE verdict = 'cleared'")
    later.passes(minutes=11)
    windowed.work(until_idle=True)
    assert [order.state for order in windowed.proposal(name).orders] == ["needs_person"]


def test_an_undo_counts_beside_an_open_proposal_about_the_same(windowed, later):
    name = proposed(windowed)
    windowed.approve(name, by="ada", justification=WHY)
    Teller(windowed)(count(BULK, 39), count(FACE, 1))
    other = windowed.decide(decision=DECISION, as_of=AS_OF)
    done = windowed.undo(name, by="ada")
    expected = "superseded" if other.proposed else "waiting"
    assert done.state == expected
    assert reserved(windowed) == 0
    assert windowed.verify().holds, windowed.verify().faults


def test_withdrawing_in_a_transaction_tells_what_only_a_target_could_take_back(plant):
    name = proposed(plant)
    plant.approve(name, by="ada", justification=WHY)
    number = int(name[2:])

    def work(docket: Docket):
        return undoing.put_back(docket, number, because="a breaker opened", actor="chargehand")

    found = plant.store.write(work)
    assert (found.whole, found.cancelled) == (True, (f"{name}.1/0",))
    assert plant.proposal(name).row.state == "waiting"


@pytest.fixture
def wms() -> Iterator[Wms]:
    system = Wms()
    yield system
    system.close()


@pytest.fixture
def overlay(make_plant, wms, monkeypatch) -> Iterator[Plant]:
    """A plant whose refills belong to a WMS that takes tasks back."""
    monkeypatch.setenv("WMS_TOKEN", wms.token)
    folder = make_plant().folder
    with (folder / "chargehand.toml").open("a") as file:
        file.write(f'\n[targets.wms]\nkind = "rest"\nurl = "{wms.url}"\ntoken = "env:WMS_TOKEN"\n'
                   'transactions = ["replenishment"]\ntimeout_s = 5\n'
                   'void_path = "?idempotencyKey={key}"\n')  # fmt: skip
    plant = Plant.open(folder)
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    yield plant
    plant.close()


def test_a_sent_order_is_taken_back_where_its_system_lets_go_of_it(overlay, wms):
    name = proposed(overlay)
    overlay.approve(name, by="ada", justification=WHY)
    overlay.work(until_idle=True)
    assert len(wms.tasks) == 1
    done = overlay.undo(name, by="ada", because="another plan is under way")
    assert isinstance(done, Done), done
    assert (done.state, wms.tasks, reserved(overlay)) == ("waiting", [], 0)
    assert overlay.verify().holds, overlay.verify().faults


def test_a_sent_order_stays_where_its_system_has_begun_it(overlay, wms):
    name = proposed(overlay)
    overlay.approve(name, by="ada", justification=WHY)
    overlay.work(until_idle=True)
    wms.begun = True
    refused = overlay.undo(name, by="ada")
    assert refused.code is RefusalCode.TOO_LATE
    assert (overlay.proposal(name).row.state, len(wms.tasks)) == ("sent", 1)
    assert refused.because.startswith(f"order {name}.1/0")


def test_an_order_that_was_never_sent_is_cancelled_without_asking(overlay, wms):
    name = proposed(overlay)
    overlay.approve(name, by="ada", justification=WHY)
    assert overlay.undo(name, by="ada").state == "waiting"
    overlay.work(until_idle=True)
    assert wms.asked == []


@pytest.mark.engines("sqlite", "postgres")
def test_an_order_that_nobody_placed_is_not_taken_back_in_the_journal(plant):
    name = proposed(plant)
    (key,) = plant.approve(name, by="ada", justification=WHY).orders
    with behind_the_back(plant.folder) as sql:
        sql.execute(
            "INSERT INTO orders (key, proposal, ruling, target, state, transaction_type, action,"
            " site, zone, rank, reference, attempts, last_error, created_at, entry)"
            " SELECT ?, proposal, ruling, target, state, transaction_type, action, site, zone,"
            " rank, reference, attempts, last_error, created_at, entry FROM orders",
            (f"{key}7",),
        )
    plant.undo(name, by="ada", because="the wrong pick face was meant")
    kept = plant.store.look(lambda docket: docket.last_told("effect", f"{key}7"))
    assert kept == {}
