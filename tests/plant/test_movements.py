"""Reported movements: any number of legs, corrected, told late, and as fast as they come."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.plant.plant import Plant
from chargehand.signals import kinds
from chargehand.signals.signal import Receipt, Signal
from chargehand.signals.stock_kinds import LegReported, MovementReported
from chargehand.vocabulary.conversion import UnitConversion
from chargehand.vocabulary.identifier import LocationId, LotId, MaterialId
from chargehand.vocabulary.lot import Disposition
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.plant.conftest import (
    AS_OF,
    BULK,
    FACE,
    SITE,
    VALVE,
    Teller,
    count,
    master,
    policy_text,
    used,
)

NAMES = itertools.count()
PLACES = [BULK, FACE, None]


def leg(pieces: Decimal | int, location: LocationId | None, **more) -> LegReported:
    more = {"outside": "supplier", "material": VALVE} | more
    return LegReported(quantity=Quantity(Decimal(pieces)), location=location, **more)


def moves(*legs: LegReported, **more) -> MovementReported:
    return MovementReported(site=SITE, business_step="storing", legs=legs, **more)


def signal(key: str, body: kinds.Body, **more) -> Signal:
    return Signal(source="wms", key=key, body=body, **({"occurred_at": AS_OF} | more))


def tell(plant: Plant, key: str, body: kinds.Body, **more) -> Receipt:
    (receipt,) = plant.take([signal(key, body, **more)])
    return receipt


def refused(plant: Plant, key: str, body: kinds.Body) -> Refusal:
    receipt = tell(plant, key, body)
    assert receipt.refusal is not None, receipt
    return receipt.refusal


def stock(plant: Plant) -> dict[tuple[str, ...], Decimal]:
    rows = plant.stock(limit=1000).rows
    return {(r.location, r.material, r.lot, r.disposition): r.on_hand for r in rows if r.on_hand}


places = st.sampled_from(PLACES)
bodies = st.builds(
    lambda a, b, n, off, lot: moves(leg(-n, a, lot=lot), leg(n + off, b, lot=lot)),
    places, places, st.integers(0, 30), st.sampled_from([0, 0, 0, 0, 1]),
    st.sampled_from([LotId(""), LotId("L1")]),
)  # fmt: skip
keys = st.sampled_from([f"m{n}" for n in range(12)])


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(told=st.lists(st.tuples(keys, bodies), min_size=1, max_size=12))
def test_the_fast_lane_answers_and_books_as_the_long_way_does(templates, tmp_path_factory, told):
    answers, ends = [], []
    for is_fast in (True, False):
        folder = tmp_path_factory.mktemp("lane") / f"{next(NAMES)}"
        shutil.copytree(templates["assist"], folder)
        plant = Plant.open(folder)
        Teller(plant)(*master(), count(BULK, 40), replace(count(FACE, 9), lot=LotId("L1")))
        signals = [signal(key, body) for key, body in told]
        if is_fast:
            receipts = plant.take(signals)
        else:  # beside something else, one after the other
            pairs = ([signal(f"u{n}", used(1, 1)), one] for n, one in enumerate(signals))
            receipts = [plant.take(pair)[1] for pair in pairs]
        answers.append([(r.key, r.status, r.refusal) for r in receipts])
        ends.append(stock(plant))
        assert plant.verify().holds, plant.verify().faults
        plant.close()
    texts = [[(k, s, r and r.code) for k, s, r in one] for one in answers]
    assert texts[0] == texts[1]
    assert ends[0] == ends[1]


def test_a_plain_movement_is_one_entry_and_repeats_count_once(plant):
    before = plant.journal().rows[0].number
    body = moves(leg(-5, BULK), leg(5, FACE))
    first = tell(plant, "m1", body)
    assert (first.status, first.entry) == ("accepted", before + 1)
    assert plant.journal().rows[0].number == before + 1
    assert tell(plant, "m1", body).status == "repeated"
    beside = plant.take([signal("u1", used(1, 1)), signal("m1", body)])
    assert [one.status for one in beside] == ["accepted", "repeated"]
    assert refused(plant, "m1", moves(leg(-6, BULK), leg(6, FACE))).code is RefusalCode.KEY_REUSED
    assert plant.verify().holds


def test_what_came_the_long_way_before_it_was_booked_is_known_again_by_the_lane(make_plant):
    plant = make_plant()
    Teller(plant)(*master())
    body = moves(leg(-5, None), leg(5, BULK))
    assert tell(plant, "m1", body).status == "accepted"
    # until something of it is booked its unit may change: what was told is kept as it was told
    assert plant.journal(kind="movement_reported").rows[0].key == "wms/m1"
    assert tell(plant, "m1", body).status == "repeated"
    assert stock(plant) == {(BULK, VALVE, "", "available"): 5}
    assert plant.verify().holds


def test_many_legs_cancel_out_per_material_or_nothing_moves(plant):
    glue = MaterialId("GLUE")
    (valve,) = (one for one in master() if isinstance(one, kinds.MaterialDefined))
    Teller(plant)(kinds.MaterialDefined(definition=replace(valve.definition, material=glue)))
    both = moves(
        leg(-3, BULK), leg(1, FACE), leg(2, FACE, disposition=Disposition.DAMAGED),
        leg(-4, None, material=glue), leg(4, BULK, material=glue),
    )  # fmt: skip
    assert tell(plant, "m1", both).status == "accepted"
    assert stock(plant)[FACE, VALVE, "", "damaged"] == 2
    mixed = moves(leg(-3, BULK), leg(3, BULK, material=glue))
    assert refused(plant, "m2", mixed).code is RefusalCode.UNBALANCED
    assert plant.verify().holds


def test_what_is_consumed_is_demand_and_a_correction_takes_it_back(plant):
    body = moves(leg(-5, BULK), leg(5, None, outside="consumed"))
    assert tell(plant, "m1", body).status == "accepted"
    assert plant.usage(SITE)[VALVE] == [(AS_OF.date(), Decimal(5))]
    back = moves(leg(2, BULK), leg(-2, None, outside="consumed"), corrects="wms/m1")
    assert tell(plant, "m2", back).status == "accepted"
    assert plant.usage(SITE)[VALVE] == [(AS_OF.date(), Decimal(3))]
    assert plant.verify().holds


@pytest.mark.parametrize("document", [None, "TO-4711"])
def test_no_more_is_taken_back_than_was_moved(plant, document):
    # by the lane and by the long way
    body = moves(leg(-5, BULK), leg(5, FACE), document=document)
    assert tell(plant, "m1", body).status == "accepted"

    def back(key: str, pieces: int, place: LocationId = FACE) -> Receipt:
        return tell(plant, key, moves(leg(pieces, BULK), leg(-pieces, place), corrects="wms/m1"))

    assert back("c1", 2).status == "accepted"
    assert back("c2", 4).refusal.code is RefusalCode.CORRECTION_TOO_LARGE
    assert back("c3", -3).refusal.code is RefusalCode.CORRECTION_TOO_LARGE
    assert back("c4", 3).status == "accepted"
    assert back("c5", 1).refusal.code is RefusalCode.CORRECTION_TOO_LARGE
    assert stock(plant)[BULK, VALVE, "", "available"] == 40
    elsewhere = moves(leg(1, BULK), leg(-1, None), corrects="wms/m1")
    assert refused(plant, "c6", elsewhere).code is RefusalCode.CORRECTION_TOO_LARGE
    unknown = moves(leg(1, BULK), leg(-1, FACE), corrects="wms/m404")
    assert refused(plant, "c7", unknown).code is RefusalCode.UNKNOWN_MOVEMENT
    twice = moves(leg(1, FACE), leg(-1, BULK), corrects="wms/c1")
    assert refused(plant, "c8", twice).code is RefusalCode.UNKNOWN_MOVEMENT
    assert plant.verify().holds


def test_a_confirmed_task_can_be_corrected_by_its_key(plant):
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    task = plant.approve(name, by="ada").orders[0]
    assert plant.confirm(task, by="ben").refusal is None
    back = moves(leg(1, BULK), leg(-1, FACE), corrects=task)
    assert tell(plant, "c1", back).status == "accepted"
    far = moves(leg(50, BULK), leg(-50, FACE), corrects=task)
    assert refused(plant, "c2", far).code is RefusalCode.CORRECTION_TOO_LARGE


def test_what_comes_late_keeps_the_moment_at_which_it_happened(plant):
    late = AS_OF - timedelta(days=30)
    tell(plant, "m1", moves(leg(-1, BULK), leg(1, FACE)), occurred_at=late)
    assert plant.journal(kind="movement").rows[0].occurred_at == late


def test_an_amount_in_another_unit_is_booked_in_the_stock_unit(plant):
    (valve,) = (one for one in master() if isinstance(one, kinds.MaterialDefined))
    known = replace(valve.definition, conversions=(UnitConversion.parse("1 DZN = 12 H87"),))
    Teller(plant)(kinds.MaterialDefined(definition=known))
    dozen = Quantity(Decimal(1), Unit.DOZEN)
    body = moves(replace(leg(0, BULK), quantity=-dozen), leg(12, FACE))
    assert tell(plant, "m1", body).status == "accepted"
    assert stock(plant)[BULK, VALVE, "", "available"] == 28
    assert tell(plant, "m1", body).status == "repeated"
    assert plant.verify().holds


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (moves(), RefusalCode.QUANTITY_INVALID),
        (moves(leg(-1, BULK), leg(1, LocationId("NO"))), RefusalCode.UNKNOWN_LOCATION),
        (moves(leg(-1, BULK), leg(2, FACE)), RefusalCode.UNBALANCED),
        (moves(leg(-41, BULK), leg(41, FACE)), RefusalCode.INSUFFICIENT_STOCK),
        (moves(leg(Decimal("1E-7"), BULK), leg(-1, FACE)), RefusalCode.QUANTITY_INVALID),
        (
            moves(*(leg(n, BULK, material=MaterialId("X")) for n in (1, -1))),
            RefusalCode.UNKNOWN_MATERIAL,
        ),
        (replace(moves(leg(-1, BULK), leg(1, FACE)), business_step=" "), None),
    ],
)
def test_what_does_not_fit_is_refused_whole(plant, body, code):
    before = stock(plant)
    assert refused(plant, "m1", body).code is (code or RefusalCode.QUANTITY_INVALID)
    assert stock(plant) == before
    assert plant.verify().holds


SYSTEMS = """
[[people]]
id = "wms.link"
name = "WMS"
roles = ["clerk"]
service = true

[[people]]
id = "erp.link"
name = "ERP"
roles = ["clerk"]
service = true
"""


def test_nobody_tells_under_the_name_of_another_system(plant):
    done = plant.activate_policy(policy_text(version=2) + SYSTEMS, by="ada")
    assert done.state == "active"
    body = moves(leg(-1, BULK), leg(1, FACE))
    for n in range(2):  # the first time the source becomes its own; then by the lane
        (own,) = plant.take([signal(f"m{n}", body)], sender="wms.link")
        assert own.status == "accepted"
    (other,) = plant.take([signal("m9", body)], sender="erp.link")
    assert other.refusal.code is RefusalCode.NOT_AUTHORIZED
    assert {row.actor for row in plant.journal(kind="movement").rows[:2]} == {"wms.link"}
    assert stock(plant)[BULK, VALVE, "", "available"] == 38
    assert plant.verify().holds
