"""Events of partners become our signals once each; what is not understood is kept with reason."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from chargehand.connectors.epcis.capture import capture_document
from chargehand.connectors.epcis.names import Names
from chargehand.signals.kinds import GoodsReceived, StockCounted, StockMoved, Unreadable
from chargehand.signals.stock_kinds import (
    HandlingUnitMoved,
    HandlingUnitPacked,
    HandlingUnitUnpacked,
    HoldPlaced,
    LegReported,
    LotDefined,
    Made,
    MovementReported,
    ProductionReported,
    Used,
)
from chargehand.vocabulary.gs1 import Gtin
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.wire import write

DOCK, BIN, FAR = "urn:epc:id:sgln:0614141.00777.0", "urn:epc:id:sgln:0614141.00888.0", "urn:x:far"
LOT = "urn:epc:class:lgtin:4012345.012345.L7"
JAR = "urn:epc:id:sgtin:0614141.107346.2017"
SSCC = "urn:epc:id:sscc:0614141.1234567890"
UNIT = "106141412345678908"
NAMES = Names(
    enterprise="acme",
    gtins={MaterialId("GLUE"): Gtin("04012345123456"), MaterialId("JAR"): Gtin("10614141073464")},
    places={
        (SiteId("hall1"), LocationId("DOCK")): DOCK,
        (SiteId("hall1"), LocationId("A-01")): BIN,
        (SiteId("hall2"), LocationId("B-01")): FAR,
    },
)
GLUE = {"epcClass": LOT, "quantity": 12.5, "uom": "KGM"}
KILOS = Quantity.parse("12.5 KGM")


def place(uri):
    return {"id": uri}


def event(**fields):
    return {
        "type": "ObjectEvent",
        "eventTime": "2026-11-20T08:00:00+01:00",
        "eventTimeZoneOffset": "+01:00",
        "action": "OBSERVE",
        "bizStep": "receiving",
        "readPoint": place(DOCK),
        "quantityList": [GLUE],
    } | fields


def document(*events):
    return json.dumps({"@context": [], "type": "EPCISDocument", "epcisBody": {"eventList": events}})


def capture(*events, names=NAMES):
    return capture_document(document(*events), names=names)


def body(*events):
    (signal,) = capture(*events)
    return signal.body


def reason(*events):
    found = body(*events)
    assert isinstance(found, Unreadable), found
    return found.because


def test_goods_received_with_lot_order_and_time():
    (signal,) = capture(
        event(
            bizLocation=place(BIN),
            bizTransactionList=[
                {"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:0614141073467:D1"},
                {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:0614141073467:PO%2F7"},
            ],
        )
    )
    assert signal.body == GoodsReceived(
        site="hall1",
        location="A-01",
        material="GLUE",
        quantity=KILOS,
        lot="L7",
        purchase_order="PO/7",
    )
    assert signal.occurred_at == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert signal.key.startswith("ni:///sha-256;")


def test_things_in_one_unit_keep_serial_and_unit():
    found = body(event(epcList=[SSCC, JAR], quantityList=[]))
    assert (found.material, found.serial, found.handling_unit) == ("JAR", "2017", UNIT)
    assert found.quantity == Quantity.pieces(1)


def test_storing_goes_from_the_read_point_to_the_business_location():
    moved = event(bizStep="urn:epcglobal:cbv:bizstep:storing", bizLocation=place(BIN))
    assert body(moved) == StockMoved(
        site="hall1",
        material="GLUE",
        quantity=KILOS,
        from_location="DOCK",
        to_location="A-01",
        lot="L7",
    )


def test_source_and_destination_say_it_better_than_read_point_and_location():
    found = body(
        event(
            bizStep="picking",
            bizLocation=place(DOCK),
            sourceList=[
                {"type": "owning_party", "source": "urn:x:owner"},
                {"type": "location", "source": BIN},
            ],
            destinationList=[{"type": "cbv:SDT-location", "destination": DOCK}],
        )
    )
    assert (found.from_location, found.to_location) == ("A-01", "DOCK")


def test_the_destination_is_nearer_than_the_business_location():
    found = body(
        event(bizLocation=place(BIN), destinationList=[{"type": "location", "destination": DOCK}])
    )
    assert found.location == "DOCK"


def test_units_have_no_order():
    other = "urn:epc:id:sscc:0614141.1234567891"
    moved = event(bizStep="storing", quantityList=[], bizLocation=place(BIN))
    first = capture(moved | {"epcList": [SSCC, other]})
    assert capture(moved | {"epcList": [other, SSCC]}) == first
    assert len({signal.key for signal in first}) == 2


@pytest.mark.parametrize(
    ("step", "outside"),
    [("shipping", "customer"), ("destroying", "scrapped"), ("dispensing", "consumed")],
)
def test_what_leaves_the_plant_says_where_to(step, outside):
    assert body(event(bizStep=step)) == MovementReported(
        site="hall1",
        business_step=step,
        legs=(
            LegReported(material="GLUE", quantity=-KILOS, location="DOCK", lot="L7"),
            LegReported(material="GLUE", quantity=KILOS, outside=outside, lot="L7"),
        ),
    )


def test_units_alone_move_with_what_is_in_them():
    moved = event(bizStep="storing", quantityList=[], epcList=[SSCC], bizLocation=place(BIN))
    assert body(moved) == HandlingUnitMoved(handling_unit=UNIT, to_location="A-01")
    shipped = moved | {"bizStep": "shipping"}
    assert body(shipped) == HandlingUnitMoved(handling_unit=UNIT, to_location=None)


@pytest.mark.parametrize("step", ["cycle_counting", "stock_taking"])
def test_counts(step):
    assert body(event(bizStep=step)) == StockCounted(
        site="hall1", location="DOCK", material="GLUE", counted=KILOS, lot="L7"
    )


def test_holding_freezes_the_lot_where_it_stands():
    found = body(event(bizStep="holding"))
    assert isinstance(found, HoldPlaced)
    assert (found.material, found.lot, found.location) == ("GLUE", "L7", "DOCK")
    assert body(event(bizStep="holding", eventID="urn:x:1")) == found


def test_commissioning_defines_the_lot_with_its_dates():
    found = body(
        event(
            bizStep="commissioning", action="ADD", ilmd={"cbvmda:itemExpirationDate": "2027-03-31"}
        )
    )
    assert isinstance(found, LotDefined)
    assert (found.definition.lot, found.definition.expires_on) == ("L7", date(2027, 3, 31))


def test_packing_and_unpacking():
    packing = event(
        type="AggregationEvent",
        bizStep="packing",
        action="ADD",
        parentID=SSCC,
        childEPCs=[JAR],
        childQuantityList=[GLUE],
    )
    del packing["quantityList"]
    contents = (
        LegReported(material="GLUE", quantity=KILOS, lot="L7"),
        LegReported(material="JAR", quantity=Quantity.pieces(1), serial="2017"),
    )
    assert body(packing) == HandlingUnitPacked(
        site="hall1", location="DOCK", handling_unit=UNIT, contents=contents
    )
    unpacking = {k: v for k, v in packing.items() if not k.startswith("child")}
    assert body(unpacking | {"action": "DELETE"}) == HandlingUnitUnpacked(handling_unit=UNIT)
    assert "only seen" in reason(packing | {"action": "OBSERVE"})
    assert "no handling unit" in reason(packing | {"parentID": JAR})
    assert "no material of ours" in reason(packing | {"childEPCs": ["urn:x:1"]})


def test_transformation_is_production_of_its_order():
    made = {
        "type": "TransformationEvent",
        "eventTime": "2026-11-20T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "inputQuantityList": [GLUE],
        "outputEPCList": [JAR],
        "bizStep": "commissioning",
        "disposition": "in_progress",
        "readPoint": place(BIN),
        "bizLocation": place(DOCK),
        "bizTransactionList": [{"type": "prodorder", "bizTransaction": "urn:x:WO-9"}],
    }
    found = body(made)
    assert found == ProductionReported(
        site="hall1",
        order="urn:x:WO-9",
        used=(Used(material="GLUE", quantity=KILOS, location="A-01", lot="L7"),),
        made=(
            Made(
                material="JAR",
                quantity=Quantity.pieces(1),
                location="DOCK",
                serial="2017",
                disposition="in_progress",
            ),
        ),
    )
    assert "inputs are of site hall1, outputs of site hall2" in reason(
        made | {"bizLocation": place(FAR)}
    )
    assert "cannot be transformed" in reason(made | {"inputEPCList": [SSCC]})
    del made["bizTransactionList"]
    assert body(made | {"transformationID": "urn:x:T1"}).order == "urn:x:T1"
    assert body(made).order.startswith("epcis-")


# ---------------------------------------------------------------------------- once, nothing lost


def test_an_event_counts_once_however_it_comes():
    two = {"epcClass": LOT, "quantity": 3, "uom": "KGM"}
    first = event(quantityList=[GLUE, two], eventID="urn:x:1", recordTime="2026-11-20T09:00:00Z")
    again = event(
        quantityList=[two, GLUE],
        bizStep="urn:epcglobal:cbv:bizstep:receiving",
        eventTime="2026-11-20T07:00:00Z",
        readPoint=place("https://id.gs1.org/414/0614141007776"),
    )
    assert capture(first) == capture(again)
    assert len({signal.key for signal in capture(first)}) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"quantityList": [GLUE | {"quantity": 3}]},
            {"quantityList": [GLUE | {"quantity": 3.0}]},
        ),
        (
            {"quantityList": [GLUE]},
            {"quantityList": [GLUE | {"epcClass": "https://x.example/01/4012345123456/10/L7"}]},
        ),
        (
            {
                "bizTransactionList": [
                    {"type": "po", "bizTransaction": "urn:epc:id:gdti:4012345.11111.12"}
                ]
            },
            {
                "bizTransactionList": [
                    {
                        "type": "cbv:BTT-po",
                        "bizTransaction": "https://id.gs1.org/253/401234511111812",
                    }
                ]
            },
        ),
    ],
    ids=["number", "item", "document"],
)
def test_one_id_is_one_text_in_the_journal(one, other):
    (first,), (second,) = capture(event(**one)), capture(event(**other))
    assert first.key == second.key
    assert write(first.body) == write(second.body)


def test_a_state_is_read_in_every_form():
    made = {
        "type": "TransformationEvent",
        "eventTime": "2026-11-20T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "inputQuantityList": [GLUE],
        "outputEPCList": [JAR],
        "readPoint": place(BIN),
    }
    forms = ("damaged", "cbv:Disp-damaged", "urn:epcglobal:cbv:disp:damaged")
    states = [body(made | {"disposition": form}).made[0].disposition for form in forms]
    assert states == ["damaged"] * 3
    assert body(made).made[0].disposition == "available"


def test_one_id_never_has_two_moments():
    first, second = capture(
        event(eventTime="2026-11-20T07:00:00.0004Z"), event(eventTime="2026-11-20T07:00:00Z")
    )
    assert first == second


def test_a_line_keeps_its_key_once_its_material_is_known():
    strange = {"epcClass": "urn:epc:class:lgtin:4012345.099999.L1", "quantity": 1}
    mixed = event(quantityList=[GLUE, strange])
    known, unknown = sorted(capture(mixed), key=lambda signal: signal.body.kind)
    assert isinstance(unknown.body, Unreadable)
    assert json.loads(unknown.body.raw) == mixed
    wider = Names(
        enterprise="acme",
        gtins={**NAMES.gtins, MaterialId("CAP"): Gtin("04012345999990")},
        places=NAMES.places,
    )
    later = capture(mixed, names=wider)
    assert known in later
    assert unknown.key not in {signal.key for signal in later}
    assert {signal.body.material for signal in later} == {"GLUE", "CAP"}


def test_another_reason_is_another_entry():
    strange = event(readPoint=place("urn:x:1"), quantityList=[{"epcClass": "urn:x:2"}])
    (first,) = capture(strange)
    (later,) = capture(
        strange,
        names=Names(enterprise="acme", places={(SiteId("hall1"), LocationId("X")): "urn:x:1"}),
    )
    assert first.key != later.key
    assert first.body.because != later.body.because


def test_an_error_declaration_is_another_thing_than_its_event():
    wrong = event(
        errorDeclaration={"declarationTime": "2026-11-21T08:00:00Z", "reason": "did_not_occur"}
    )
    first, declared = capture(event(), wrong)
    assert isinstance(first.body, GoodsReceived)
    assert "did_not_occur" in declared.body.because
    assert first.key != declared.key


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"bizStep": "retail_selling"}, "business step retail_selling moves no stock"),
        ({"bizStep": None}, "bizStep is not a text"),
        ({"type": "TransactionEvent"}, "moves no stock of ours"),
        ({"type": "AssociationEvent", "parentID": SSCC}, "moves no stock of ours"),
        ({"type": "VendorEvent"}, "none of ObjectEvent"),
        ({"eventTime": "yesterday"}, "is not a moment"),
        ({"eventTime": "2026-11-20T08:00:00"}, "does not say its offset"),
        ({"action": "DELETE"}, "its action is DELETE"),
        ({"quantityList": []}, "names no things"),
        ({"quantityList": {}}, "is not a list"),
        ({"quantityList": [{"epcClass": LOT}]}, "does not say how much"),
        ({"quantityList": [GLUE | {"quantity": True}]}, "is not a number"),
        ({"quantityList": [GLUE | {"quantity": -1}]}, "only more than 0 moves"),
        ({"quantityList": [GLUE | {"quantity": 1e-9}]}, "finer than a millionth"),
        ({"quantityList": [GLUE | {"uom": "ZZZ"}]}, "no quantity of ours"),
        ({"quantityList": [GLUE | {"epcClass": "urn:x:1"}]}, "no material of ours is named"),
        ({"readPoint": place("urn:x:1")}, "no place of ours is named urn:x:1"),
        ({"readPoint": {}}, "has no id"),
        ({"epcList": [SSCC, "urn:epc:id:sscc:0614141.1234567891"]}, "may be in any of"),
        ({"epcList": [SSCC], "quantityList": []}, "not what is in them"),
        ({"bizStep": "storing"}, "does not say where"),
        ({"bizStep": "storing", "bizLocation": place(DOCK)}, "not that they moved"),
        ({"bizStep": "storing", "bizLocation": place(FAR)}, "from site hall1 to site hall2"),
        (
            {"bizStep": "commissioning", "action": "ADD", "quantityList": [], "epcList": [JAR]},
            "told by receiving or production",
        ),
        (
            {
                "bizStep": "commissioning",
                "action": "ADD",
                "ilmd": {"cbvmda:itemExpirationDate": "soon"},
            },
            "which is no date",
        ),
    ],
)
def test_what_is_not_understood_is_kept_whole_with_its_reason(change, because):
    told = event(**change)
    found = body(told)
    assert isinstance(found, Unreadable), found
    assert because in found.because
    assert json.loads(found.raw) == told
    assert found.cure


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"type": "EPCISDocument"}',
        '{"epcisBody": {"eventList": {}}}',
        '{"epcisBody": {"eventList": [{"a": NaN}]}}',
        '{"epcisBody": {"eventList": [{"a": 1e999}]}}',
        '{"epcisBody": {"eventList": ["\\ud800"]}}',
        "[" * 100_000,
        '{"epcisBody": {"eventList": [' + "9" * 5000 + "]}}",
        '{"epcisBody": {"eventList": [' + "[" * 200 + "]" * 200 + "]}}",
    ],
)
def test_a_text_that_is_no_document_is_kept_whole(content):
    (signal,) = capture_document(content, names=NAMES)
    assert signal.body.raw == content
    assert signal.body.because
    assert capture_document(content, names=NAMES) == [signal]


def test_an_event_that_is_no_object_is_kept():
    found = capture(event(), [1, 2])
    assert isinstance(found[0].body, GoodsReceived)
    assert found[1].body.raw == "[1,2]"


def test_one_event_alone_is_a_document():
    (signal,) = capture_document(json.dumps(event() | {"@context": []}), names=NAMES)
    assert isinstance(signal.body, GoodsReceived)
