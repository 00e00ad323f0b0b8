"""Stale facts void an approval: what was true when it was proposed is read again at the click."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chargehand.decisions.decision import hear
from chargehand.plant import approving, freshness, installed
from chargehand.plant.freshness import NARROW, Stale
from chargehand.plant.reading import Done
from chargehand.signals import kinds
from chargehand.twin.seed import seed_signals
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import AS_OF, BULK, FACE, VALVE, Teller, count, master
from tests.plant.governing import DECISION, WHY, approvals, lay_down

SEEDED_AT = datetime(2026, 11, 20, 6, tzinfo=UTC)


def proposed(plant):
    return plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id


def state(plant, name):
    return plant.proposal(name).row.state


@pytest.mark.engines("sqlite", "postgres")
def test_an_approval_of_facts_that_have_changed_is_refused_and_says_what_changed(plant):
    name = proposed(plant)
    Teller(plant)(count(BULK, 3))
    refused = plant.approve(name, by="ada", justification=WHY)
    assert isinstance(refused, Stale)
    assert refused.code is RefusalCode.STALE
    assert "Bulk BULK-1 40 -> 3" in map(str, refused.changed)
    assert "Bulk BULK-1 40 -> 3" in refused.because
    assert plant.tasks().rows == ()
    plant.work(until_idle=True)
    assert state(plant, name) == "superseded"


def test_facts_that_changed_and_change_nothing_are_no_reason_to_refuse(plant):
    name = proposed(plant)
    Teller(plant)(count(BULK, 39))
    assert isinstance(plant.approve(name, by="ada", justification=WHY), Done)


def test_what_happens_to_other_materials_is_not_even_looked_at(plant, monkeypatch):
    valve, *_, levels = master()
    pump = "PUMP"
    Teller(plant)(
        replace(valve, definition=replace(valve.definition, material=pump)),
        replace(levels, definition=replace(levels.definition, material=pump)),
    )
    name = proposed(plant)
    Teller(plant)(replace(count(BULK, 5), material=pump))

    def look(*_):
        raise AssertionError("asked again")

    monkeypatch.setattr(approving, "look_again", look)
    assert isinstance(plant.approve(name, by="ada", justification=WHY), Done)


def test_a_higher_price_is_another_answer(plant):
    Teller(plant)(count(BULK, 0))
    name = proposed(plant)
    item = next(one for one in master() if isinstance(one, kinds.SupplierItemDefined)).definition
    dearer = replace(item, price=item.price * 3)
    Teller(plant)(kinds.SupplierItemDefined(definition=dearer))
    refused = plant.approve(name, by="ada", justification=WHY)
    assert isinstance(refused, Stale)
    assert any(one.what == "cost" for one in refused.changed)


def test_a_changed_proposal_is_held_against_the_facts_that_it_was_changed_from(plant):
    name = proposed(plant)
    assert isinstance(plant.change(name, by="ben", changes={"quantity": "5"}), Done)
    Teller(plant)(count(BULK, 39))
    assert isinstance(plant.approve(name, by="ada", justification=WHY), Done)
    other = plant.decide(decision=DECISION, as_of=AS_OF)
    assert other.proposed == 0


def test_a_changed_proposal_is_stale_where_its_facts_give_another_answer(plant):
    name = proposed(plant)
    assert isinstance(plant.change(name, by="ben", changes={"quantity": "5"}), Done)
    Teller(plant)(count(FACE, 9))
    assert isinstance(plant.approve(name, by="ada", justification=WHY), Stale)


def test_the_first_of_two_approvals_is_void_when_the_facts_change(plant):
    lay_down(plant, approvals(second_person_risk='"low"'))
    name = proposed(plant)
    assert plant.approve(name, by="ada", justification=WHY).state == "waiting"
    Teller(plant)(count(BULK, 3))
    assert isinstance(plant.approve(name, by="ben", justification=WHY), Stale)
    plant.work(until_idle=True)
    assert state(plant, name) == "superseded"
    assert plant.tasks().rows == ()


def test_who_may_not_approve_is_not_told_what_changed(plant):
    Teller(plant)(count(BULK, 0))
    name = proposed(plant)
    Teller(plant)(count(BULK, 30))
    assert plant.approve(name, by="cleo", justification=WHY).code is RefusalCode.NOT_AUTHORIZED


def test_facts_that_stir_between_the_look_and_the_approval_are_looked_at_again(plant, monkeypatch):
    name = proposed(plant)
    Teller(plant)(count(BULK, 39))
    looks = []

    def look(store, number):
        found = freshness.look_again(store, number)
        if not looks:
            Teller(plant)(count(BULK, 3))
        looks.append(found.stale)
        return found

    monkeypatch.setattr(approving, "look_again", look)
    assert isinstance(plant.approve(name, by="ada", justification=WHY), Stale)
    assert [one is None for one in looks] == [True, False]


def test_facts_that_never_come_to_rest_end_with_try_again(plant, monkeypatch):
    name = proposed(plant)
    Teller(plant)(count(BULK, 39))
    pieces = iter(range(30, 38))

    def look(store, number):
        found = freshness.look_again(store, number)
        Teller(plant)(count(BULK, next(pieces)))
        return found

    monkeypatch.setattr(approving, "look_again", look)
    refused = plant.approve(name, by="ada", justification=WHY)
    assert (refused.code, refused.transient) == (RefusalCode.STALE, True)
    assert state(plant, name) == "waiting"


def test_a_subject_that_nobody_asks_about_any_more_is_stale(plant):
    name = proposed(plant)
    valve = next(one for one in master() if isinstance(one, kinds.MaterialDefined)).definition
    Teller(plant)(kinds.MaterialDefined(definition=replace(valve, material_class="RAW")))
    refused = plant.approve(name, by="ada", justification=WHY)
    assert isinstance(refused, Stale)
    assert VALVE in refused.because


@pytest.mark.engines("sqlite", "postgres")
def test_a_change_and_its_approval_are_one_act(plant):
    name = proposed(plant)
    done = plant.change(name, by="ben", changes={"quantity": "5"}, approve=True, justification=WHY)
    assert isinstance(done, Done), done
    assert (done.version, done.state, len(done.orders)) == (2, "sent", 1)
    assert plant.task(done.orders[0]).quantity == 5
    assert plant.verify().holds


def test_a_change_that_its_maker_may_not_approve_is_not_made_either(plant):
    lay_down(plant, approvals(changer_may_approve="false"))
    name = proposed(plant)
    refused = plant.change(name, by="ben", changes={"quantity": "5"}, approve=True)
    assert refused.code is RefusalCode.NOT_AUTHORIZED
    assert plant.proposal(name).row.version == 1


def test_a_change_and_approval_of_stale_facts_changes_nothing(plant):
    name = proposed(plant)
    Teller(plant)(count(FACE, 9))
    refused = plant.change(name, by="ben", changes={"quantity": "1"}, approve=True)
    assert isinstance(refused, Stale)
    assert plant.proposal(name).row.version == 1
    plant.work(until_idle=True)
    assert state(plant, name) == "superseded"


def test_a_narrow_look_gives_the_answer_of_a_whole_one(make_plant):
    plant = make_plant(name="seeded")
    plant.take(list(seed_signals(as_of=SEEDED_AT)))
    found = plant.decide(as_of=SEEDED_AT).proposals
    asked = {name: [row for row in found if row.decision == name][:12] for name in NARROW}
    assert all(asked[name] for name in ("mro_replenishment", "part_reservation"))
    with plant.store.snapshot() as sql:
        for one in (row for rows in asked.values() for row in rows):
            row = sql.execute("SELECT * FROM proposal WHERE number = ?", (int(one.id[2:]),))
            row = row.fetchone()
            decision = installed.load(one.decision)
            narrow, whole = (
                [
                    (answer.question, answer.answer)
                    for answer in hear(decision, freshness.view_of(sql, row, narrow=is_narrow))
                    if answer.subject.key == row["subject"]
                ]
                for is_narrow in (True, False)
            )
            assert narrow == whole
            assert narrow
