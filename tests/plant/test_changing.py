"""A changed proposal is a new one: in order, at its own value, and judged by it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chargehand.plant.reading import Done
from chargehand.signals import kinds
from chargehand.vocabulary.refusal import RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import (
    AS_OF,
    BULK,
    FACE,
    Teller,
    count,
    master,
    policy_text,
    used,
)


@pytest.fixture
def levels(plant):
    """The name of a proposal to change the levels of the valve."""
    Teller(plant)(*(used(month, 30) for month in range(1, 13)))
    return plant.decide(decision="reorder_parameters", as_of=AS_OF).proposals[0].id


@pytest.fixture
def purchase(plant):
    """The name of a proposal to buy valves, in packs of five, ten at least."""
    item = next(one for one in master() if isinstance(one, kinds.SupplierItemDefined))
    terms = replace(item.definition, order_quantity_min=Decimal(10), pack_size=Decimal(5))
    Teller(plant)(kinds.SupplierItemDefined(definition=terms), count(BULK, 0), count(FACE, 2))
    return plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id


def first_action(plant, name):
    return plant.proposal(name).proposal.actions[0]


def test_changed_levels_have_the_value_of_the_stock_that_they_ask_for(plant, levels):
    done = plant.change(
        levels, by="ben", changes={"reorder_point": "90000", "order_up_to": "99000"}
    )
    assert isinstance(done, Done)
    detail = plant.proposal(levels)
    assert first_action(plant, levels).cost == detail.row.cost
    assert detail.row.cost.amount > 2_000_000
    assert "more than the present levels" in detail.proposal.reasons[0]
    refused = plant.approve(levels, by="ben")
    assert refused.code is RefusalCode.JUSTIFICATION_MISSING
    done = plant.approve(levels, by="ben", justification="the machine is to run for years")
    assert (done.state, done.orders) == ("waiting", ())


@pytest.mark.parametrize(
    "changes",
    [{"order_up_to": "1"}, {"reorder_point": "-1"}, {"reorder_point": "2.5"},
     {"order_up_to": "1e30"}, {"order_up_to": "nan"}],
)  # fmt: skip
def test_levels_stay_whole_and_in_order(plant, levels, changes):
    before = first_action(plant, levels)
    refused = plant.change(levels, by="ben", changes=changes)
    assert refused.code is RefusalCode.CHANGE_INVALID
    assert first_action(plant, levels) == before


def test_a_changed_purchase_costs_what_its_supplier_asks_for_so_many(plant, purchase):
    unit = Decimal(30)
    plant.change(purchase, by="ben", changes={"quantity": "50"})
    fifty = first_action(plant, purchase).cost.amount
    plant.change(purchase, by="ben", changes={"quantity": "100"})
    hundred = first_action(plant, purchase).cost.amount
    assert hundred - fifty == 50 * unit
    assert plant.proposal(purchase).row.cost.amount == hundred
    assert plant.verify().holds


@pytest.mark.parametrize("quantity", ["5", "12"])
def test_a_quantity_that_the_supplier_does_not_sell_is_refused(plant, purchase, quantity):
    refused = plant.change(purchase, by="ben", changes={"quantity": quantity})
    assert refused.code is RefusalCode.CHANGE_INVALID
    assert "at least 10, in packs of 5" in refused.because


def test_what_the_record_would_say_follows_a_changed_quantity(plant):
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    plant.change(name, by="ben", changes={"quantity": "5"})
    after = {line.what: line.after for line in plant.proposal(name).proposal.changes}
    assert after["Pick face FACE-1"] == "7"
    assert after["Bulk BULK-1"] == "35"


@pytest.mark.parametrize("may", [True, False])
def test_whether_a_changer_approves_is_the_policys_choice(plant, may):
    text = policy_text(version=2) + f"changer_may_approve = {str(may).lower()}\n"
    assert isinstance(plant.activate_policy(text, by="ada"), Done)
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    plant.change(name, by="ada", changes={"quantity": "5"})
    plant.change(name, by="ben", changes={"quantity": "6"})
    own = [plant.approve(name, by=who) for who in ("ada", "ben")]
    if may:
        assert own[0].state == "sent"
    else:
        assert [one.code for one in own] == [RefusalCode.NOT_AUTHORIZED] * 2
        assert plant.approve(name, by="cleo").state == "sent"


@pytest.mark.engines("sqlite", "postgres")
def test_taking_the_first_changer_out_of_the_journal_lets_nobody_approve_it(plant):
    text = policy_text(version=2) + "changer_may_approve = false\n"
    assert isinstance(plant.activate_policy(text, by="ada"), Done)
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    plant.change(name, by="ada", changes={"quantity": "5"})
    plant.change(name, by="ben", changes={"quantity": "6"})
    with behind_the_back(plant.folder) as sql:
        edited = sql.execute(
            'UPDATE journal SET body = replace(body, \'"changed_by":"ada"\','
            " '\"changed_by\":\"\"') WHERE kind = 'proposal'"
        )
        assert edited.rowcount
    assert plant.approve(name, by="ada").code is RefusalCode.NO_RULING
