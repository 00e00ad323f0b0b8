"""Our movements leave as events that say what moved, with one id each, and come back the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from chargehand.connectors.epcis.capture import capture_document
from chargehand.connectors.epcis.emit import PREFIXES, emit_document
from chargehand.connectors.epcis.event_hash import event_hash
from chargehand.connectors.epcis.movements import LegOut, MovementOut, flows
from chargehand.connectors.epcis.names import Names, Thing
from chargehand.signals.kinds import Unreadable
from chargehand.signals.stock_kinds import HandlingUnitMoved
from chargehand.vocabulary.gs1 import Gtin
from chargehand.vocabulary.identifier import HandlingUnitId, LocationId, MaterialId, SiteId
from chargehand.vocabulary.quantity import Quantity, Unit

NAMES = Names(
    enterprise="acme",
    gtins={MaterialId("GLUE"): Gtin("04012345123456")},
    places={(SiteId("hall1"), LocationId("DOCK")): "https://id.gs1.org/414/0614141007776"},
)
AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
DOCK, BIN = ("hall1", "DOCK"), ("hall1", "A/01:x")
GLUE = Thing(material="GLUE", lot="L7")
SEAL = Thing(material="SEAL 40|x")
UNIT = HandlingUnitId("195212345678900006")


def leg(thing, amount, place=None, **more):
    return LegOut(thing=thing, quantity=Quantity.parse(amount), place=place, **more)


def both(thing, amount, source, target):
    """The two legs of so much that went from one side to the other."""
    sides = [
        {"outside": side} if isinstance(side, str) else {"place": side} for side in (source, target)
    ]
    return leg(thing, f"-{amount}", **sides[0]), leg(thing, amount, **sides[1])


def movement(step, *legs, key="erp/1", **more):
    return MovementOut(
        key=key, business_step=step, occurred_at=AT, recorded_at=AT, legs=legs, **more
    )


def emitted(*movements):
    document = emit_document(movements, names=NAMES, created_at=AT)
    return document["epcisBody"]["eventList"]


def captured(*movements):
    text = json.dumps(emit_document(movements, names=NAMES, created_at=AT))
    return [signal.body for signal in capture_document(text, names=NAMES)]


def test_receiving_says_what_where_and_for_which_order():
    event, _ = emitted(
        movement("receiving", *both(GLUE, "12.5 KGM", "supplier", DOCK), purchase_order="PO 7")
    )
    place = "https://id.gs1.org/414/0614141007776"
    assert event == {
        "type": "ObjectEvent",
        "eventID": event["eventID"],
        "eventTime": "2026-11-20T08:00:00.000+00:00",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "bizStep": "receiving",
        "disposition": "available",
        "readPoint": {"id": place},
        "bizLocation": {"id": place},
        "destinationList": [{"type": "location", "destination": place}],
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:chargehand:acme:po:PO%207"}],
        "quantityList": [
            {
                "epcClass": "https://id.gs1.org/01/04012345123456/10/L7",
                "quantity": 12.5,
                "uom": "KGM",
            }
        ],
        "chargehand:movement": "erp/1",
    }


def test_ids_are_the_hashes_of_the_events():
    for event in emitted(
        movement("receiving", *both(GLUE, "12.5 KGM", "supplier", DOCK)),
        movement("storing", *both(SEAL, "3 H87", DOCK, BIN)),
    ):
        assert event["eventID"] == event_hash(event, PREFIXES)


def test_equal_movements_of_one_moment_stay_two():
    legs = both(SEAL, "1 H87", BIN, DOCK)
    first, second = emitted(movement("picking", *legs), movement("picking", *legs, key="erp/2"))
    assert first["eventID"] != second["eventID"]


def test_the_clock_of_the_place_is_kept():
    local = AT.astimezone(timezone(timedelta(hours=-3, minutes=-30)))
    move = replace(movement("storing", *both(SEAL, "1 H87", DOCK, BIN)), occurred_at=local)
    (event,) = emitted(move)
    assert event["eventTimeZoneOffset"] == "-03:30"
    assert datetime.fromisoformat(event["eventTime"]) == AT


def test_a_moment_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        emit_document([], names=NAMES, created_at=AT.replace(tzinfo=None))


def test_one_event_for_each_way_that_things_went():
    events = emitted(
        movement(
            "picking", *both(GLUE, "2 KGM", BIN, DOCK), *both(SEAL, "3 H87", BIN, DOCK),
            *both(SEAL, "4 H87", DOCK, BIN),
        )
    )  # fmt: skip
    assert [len(event["quantityList"]) for event in events] == [2, 1]
    assert events[1]["quantityList"] == [
        {"epcClass": "urn:chargehand:acme:material:SEAL%2040%7Cx", "quantity": 4}
    ]


def test_instances_and_units_are_named_one_by_one():
    serial = Thing(material="GLUE", lot="L7", serial="S/1")
    source, target = both(serial, "1 H87", DOCK, BIN)
    (event,) = emitted(
        movement(
            "storing", replace(source, handling_unit=UNIT), replace(target, handling_unit=UNIT)
        )
    )
    assert event["epcList"] == [
        "https://id.gs1.org/00/195212345678900006",
        "https://id.gs1.org/01/04012345123456/10/L7/21/S%2F1",
    ]
    assert "quantityList" not in event


def test_packing_is_an_aggregation():
    source, target = both(GLUE, "5 KGM", DOCK, DOCK)
    (event,) = emitted(movement("packing", source, replace(target, handling_unit=UNIT)))
    assert (event["type"], event["action"]) == ("AggregationEvent", "ADD")
    assert event["parentID"] == "https://id.gs1.org/00/195212345678900006"
    assert event["childQuantityList"][0]["quantity"] == 5
    (event,) = emitted(movement("unpacking", replace(source, handling_unit=UNIT), target))
    assert (event["type"], event["action"]) == ("AggregationEvent", "DELETE")


def test_production_is_a_transformation():
    made = movement(
        "assembling",
        *both(GLUE, "5 KGM", BIN, "consumed"),
        *both(SEAL, "2 H87", "produced", DOCK),
        production_order="WO-9",
    )
    event, _ = emitted(made)
    assert event["type"] == "TransformationEvent"
    assert [one["quantity"] for one in event["inputQuantityList"]] == [5]
    assert [one["quantity"] for one in event["outputQuantityList"]] == [2]
    assert event["bizTransactionList"][0]["type"] == "prodorder"
    found, _ = captured(made)
    assert (found.order, found.used[0].material, found.made[0].material) == (
        "WO-9", "GLUE", "SEAL 40|x",
    )  # fmt: skip
    assert (found.used[0].location, found.made[0].location) == ("A/01:x", "DOCK")


@pytest.mark.parametrize(
    ("step", "legs", "order", "tied"),
    [
        ("receiving", both(GLUE, "5 KGM", "supplier", DOCK), {"purchase_order": "PO 7"}, ["L7"]),
        ("picking", both(GLUE, "5 KGM", BIN, DOCK), {"production_order": "WO-9"}, ["L7"]),
        ("consuming", both(GLUE, "5 KGM", BIN, "consumed"), {"production_order": "WO-9"}, ["L7"]),
        (
            "assembling",
            (*both(GLUE, "5 KGM", BIN, "consumed"), *both(SEAL, "2 H87", "produced", DOCK)),
            {"production_order": "WO-9"},
            ["7Cx"],
        ),
    ],
)
def test_what_moved_for_an_order_is_tied_to_it_by_a_transaction(step, legs, order, tied):
    *_, event = emitted(movement(step, *legs, **order))
    ((kind, number),) = order.items()
    word = {"purchase_order": "po", "production_order": "prodorder"}[kind]
    name = number.replace(" ", "%20")
    assert (event["type"], event["action"]) == ("TransactionEvent", "ADD")
    assert event["bizTransactionList"] == [
        {"type": word, "bizTransaction": f"urn:chargehand:acme:{word}:{name}"}
    ]
    assert [one["epcClass"][-len(tied[0]) :] for one in event["quantityList"]] == tied
    assert event["eventID"] == event_hash(event, PREFIXES)
    assert not [one for one in emitted(movement(step, *legs)) if "bizTransactionList" in one]


def test_a_correction_declares_the_tie_to_the_order_wrong_too():
    wrong = movement("receiving", *both(SEAL, "3 H87", "supplier", DOCK), purchase_order="PO 7")
    first = emitted(wrong)
    undone = movement("receiving", *both(SEAL, "3 H87", DOCK, "supplier"), corrects=wrong)
    assert [one["eventID"] for one in emitted(undone)] == [one["eventID"] for one in first]
    assert all("errorDeclaration" in one for one in emitted(undone))


def test_production_without_an_order_is_a_transformation_too():
    (event,) = emitted(
        movement(
            "assembling",
            *both(GLUE, "5 KGM", BIN, "consumed"),
            *both(SEAL, "2 H87", "produced", DOCK),
        )
    )
    assert event["type"] == "TransformationEvent"
    assert "transformationID" not in event


def test_a_lot_that_is_split_is_a_transformation():
    parts = [Thing(material="GLUE", lot=lot) for lot in ("L7-A", "L7-B")]
    (event,) = emitted(
        movement(
            "repackaging",
            leg(GLUE, "-5 KGM", DOCK),
            leg(parts[0], "2 KGM", DOCK),
            leg(parts[1], "3 KGM", DOCK),
        )
    )
    assert event["type"] == "TransformationEvent"
    assert [one["epcClass"][-2:] for one in event["inputQuantityList"]] == ["L7"]
    assert [one["epcClass"][-4:] for one in event["outputQuantityList"]] == ["L7-A", "L7-B"]


@pytest.mark.parametrize(
    ("legs", "given", "left_out"),
    [
        (both(GLUE, "5 KGM", BIN, "consumed"), "inputQuantityList", "outputQuantityList"),
        (both(GLUE, "5 KGM", "produced", BIN), "outputQuantityList", "inputQuantityList"),
    ],
)
def test_half_a_production_is_tied_by_its_order(legs, given, left_out):
    event, _ = emitted(movement("commissioning", *legs, production_order="WO-9"))
    assert event["transformationID"] == "urn:chargehand:acme:transformation:WO-9"
    assert given in event
    assert left_out not in event


def test_stock_found_or_missed_is_no_count():
    found, missed = emitted(
        movement("cycle_counting", *both(SEAL, "2 H87", "adjustment", BIN)),
        movement("cycle_counting", *both(SEAL, "2 H87", BIN, "adjustment"), key="erp/2"),
    )
    assert (found["action"], missed["action"]) == ("ADD", "DELETE")


@pytest.mark.parametrize(
    ("step", "disposition"),
    [("shipping", "in_transit"), ("destroying", "destroyed"), ("dispensing", "available")],
)
def test_what_leaves_says_its_state(step, disposition):
    (event,) = emitted(movement(step, *both(SEAL, "1 H87", BIN, "customer")))
    assert event["disposition"] == disposition
    assert "bizLocation" not in event


def test_what_has_no_word_in_cbv_gets_a_uri():
    (event,) = emitted(
        movement(
            "kitting",
            *(replace(one, disposition="blocked by QA") for one in both(SEAL, "2 H87", BIN, DOCK)),
        )
    )
    assert event["bizStep"] == "urn:chargehand:acme:bizstep:kitting"
    assert event["disposition"] == "urn:chargehand:acme:disposition:blocked%20by%20QA"


def test_a_reversal_declares_the_event_wrong():
    wrong = movement("storing", *both(SEAL, "3 H87", DOCK, BIN))
    (first,) = emitted(wrong)
    undone = movement("storing", *both(SEAL, "3 H87", BIN, DOCK), key="erp/2", corrects=wrong)
    (declared,) = emitted(undone)
    assert declared["eventID"] == first["eventID"]
    assert declared["errorDeclaration"] == {
        "declarationTime": "2026-11-20T08:00:00.000+00:00",
        "reason": "did_not_occur",
    }


def test_a_correction_names_the_events_that_put_it_right():
    wrong = movement("storing", *both(SEAL, "3 H87", DOCK, BIN))
    right = movement("storing", *both(SEAL, "1 H87", BIN, DOCK), key="erp/2", corrects=wrong)
    declared, own = emitted(right)
    assert declared["errorDeclaration"]["reason"] == "incorrect_data"
    assert declared["errorDeclaration"]["correctiveEventIDs"] == [own["eventID"]]
    assert "errorDeclaration" not in own


def test_what_we_emit_we_capture_the_same():
    received, tied, stored, shipped = captured(
        movement("receiving", *both(GLUE, "12.5 KGM", "supplier", DOCK), purchase_order="PO 7"),
        movement("storing", *both(SEAL, "3 H87", DOCK, BIN)),
        movement("shipping", *both(SEAL, "2 H87", BIN, "customer")),
    )
    assert (received.lot, received.purchase_order) == ("L7", "PO 7")
    assert isinstance(tied, Unreadable)  # a link to an order moves nothing
    assert (stored.material, stored.from_location, stored.to_location) == (
        "SEAL 40|x", "DOCK", "A/01:x",
    )  # fmt: skip
    assert [str(one.quantity) for one in shipped.legs] == ["-2 H87", "2 H87"]


def test_own_units_come_back():
    uri = NAMES.unit_uri(HandlingUnitId("TOTE 12"))
    assert NAMES.unit(uri) == "TOTE 12"
    assert Names(enterprise="other").unit(uri) is None
    wrong = NAMES.unit_uri(HandlingUnitId("195212345678900007"))
    assert NAMES.unit(wrong) is None
    assert HandlingUnitMoved(handling_unit=NAMES.unit(NAMES.unit_uri(UNIT))).handling_unit == UNIT


def test_a_lot_that_no_label_can_hold_gets_a_uri_of_ours():
    thing = Thing(material="GLUE", lot="a lot of more than twenty characters")
    uri = NAMES.thing_uri(thing)
    assert uri.startswith("urn:chargehand:acme:material:GLUE:lot:")
    assert NAMES.thing(uri) == thing


def test_two_materials_cannot_share_a_gtin():
    with pytest.raises(ValueError, match="one GTIN"):
        Names(enterprise="acme", gtins={"A": "04012345123456", "B": "04012345123456"})


def test_a_quantity_that_json_cannot_hold_is_refused():
    fine = Quantity(Decimal("8999999999999.000001"), Unit.KILOGRAM)
    legs = (leg(GLUE, f"-{fine}", outside="supplier"), leg(GLUE, str(fine), DOCK))
    with pytest.raises(ValueError, match="more digits"):
        emitted(movement("receiving", *legs))


def test_split_legs_are_paired_by_lot_first():
    other = Thing(material="GLUE", lot="L8")
    found = flows(
        (
            leg(GLUE, "-3 KGM", DOCK),
            leg(other, "-2 KGM", DOCK),
            leg(other, "2 KGM", BIN),
            leg(GLUE, "1 KGM", BIN),
            leg(GLUE, "2 KGM", outside="consumed"),
        )
    )
    assert [(one.source.thing.lot, one.target.thing.lot, one.quantity.amount) for one in found] == [
        ("L7", "L7", 1), ("L7", "L7", 2), ("L8", "L8", 2),
    ]  # fmt: skip
