"""Hearing again what nobody has decided yet gives the same answers: no proposal feeds on another.

A proposal that waits is written into the record as supply of state ``proposed``. Were it counted,
two decisions could rely on each other's proposals, and a part would be left to nobody.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings

from chargehand.decisions import catalogue
from chargehand.decisions.decision import Proposal, hear
from chargehand.record.view import OpenSupply
from chargehand.vocabulary.work import Requisition, Transfer
from tests.contracts.rich_plant import rich_plant
from tests.decisions.stores import NOW, at, lead, monthly, order, part, press, record, sold_by
from tests.decisions.test_laws import plants


def heard(plant):
    return {
        (name, one.subject.site, one.subject.key): one.answer
        for name in catalogue.names()
        for one in hear(catalogue.load(name), plant)
    }


def waiting(answers):
    """What a store would list as proposed supply while the answers wait for a person."""
    found = []
    for number, ((name, *_), answer) in enumerate(sorted(answers.items(), key=lambda row: row[0])):
        for action in answer.actions if isinstance(answer, Proposal) else ():
            if isinstance(action, Requisition | Transfer):
                supply = OpenSupply(
                    key=f"P-{number}",
                    state="proposed",
                    decision=name,
                    quantity=action.quantity.amount,
                    promised_on=None,
                    order=getattr(action, "order", None),
                )
                found.append((action.site, action.material, supply))
    return found


def assert_settled(plant):
    first = heard(plant)
    plant.coming = [*plant.coming, *waiting(first)]
    assert heard(plant) == first


def bearings(stock=1):
    """The worked example: WO-78432 needs 5 bearings, and 1 is free."""
    return record(
        definitions=[part(criticality=0.9)],
        balances=[at("BULK-1", stock)],
        orders=[order("WO-78432", needs=5, due=6)],
        machines=[press(1200)],
        items=[sold_by(lead_time_days=5)],
        forecasts=[monthly(3.0, variance=7.0), lead(4, 5, 6)],
    )


@pytest.mark.parametrize("plant", [rich_plant, bearings], ids=["rich plant", "worked example"])
def test_waiting_proposals_change_no_answer(plant):
    assert_settled(plant())


@settings(deadline=None, max_examples=60)
@given(plants())
def test_waiting_proposals_change_no_answer_on_any_record(plant):
    assert_settled(plant)


def ordered_for(order_name, answers):
    return sum(
        action.quantity.amount
        for answer in answers.values()
        for action in (answer.actions if isinstance(answer, Proposal) else ())
        if isinstance(action, Requisition) and action.order == order_name
    )


def test_the_four_missing_bearings_are_ordered_until_somebody_ordered_them():
    plant = bearings()
    plant.coming = waiting(heard(plant))
    again = heard(plant)
    assert ordered_for("WO-78432", again) == 4
    staging = again["part_reservation", "HALLE3", "WO-78432"]
    assert any("1 free, 4 missing" in reason for reason in staging.reasons)
    assert staging.cost_of_inaction.amount > 10_000
    spare = again["mro_replenishment", "HALLE3", "SEAL-7"]
    assert "4 of them left to the orders' own proposals" in spare.reasons[0]
    asked = [(s, m, replace(o, state="requested")) for s, m, o in plant.coming if o.order]
    plant.coming = asked
    assert ordered_for("WO-78432", heard(plant)) == 0


def test_staging_says_what_is_missing_and_when_it_is_expected():
    plant = bearings()
    supply = OpenSupply(
        key="PO-9",
        state="ordered",
        decision=None,
        quantity=Decimal(9),
        promised_on=None,
        order=None,
    )
    plant.coming = [("HALLE3", "SEAL-7", supply)]
    undated = heard(plant)["part_reservation", "HALLE3", "WO-78432"]
    text = " ".join(undated.reasons)
    assert "4 missing. PO-9 brings 9: no day is promised yet." in text
    assert "waits for 4 of SEAL-7" in undated.inaction
    assert undated.cost_of_inaction.amount > 10_000
    plant.coming = [("HALLE3", "SEAL-7", replace(supply, promised_on=NOW.date()))]
    promised = heard(plant)["part_reservation", "HALLE3", "WO-78432"]
    assert "promised for 2026-06-01" in " ".join(promised.reasons)
    assert promised.cost_of_inaction.amount == 25
