"""Every official EPCIS 2.0 JSON document is read, written back equal, and captured."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.connectors.epcis.capture import capture_document
from chargehand.connectors.epcis.document import Unread, read_document, write_document
from chargehand.connectors.epcis.emit import emit_document
from chargehand.connectors.epcis.event_hash import event_hash
from chargehand.connectors.epcis.events import write_event
from chargehand.connectors.epcis.movements import LegOut, MovementOut
from chargehand.connectors.epcis.names import Names, Thing
from chargehand.signals.kinds import Unreadable
from chargehand.vocabulary.gs1 import Gtin
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId
from chargehand.vocabulary.quantity import Quantity, Unit

REFERENCE = {
    "AssociationEvent/AssociationEvent-a": ["39141606ab0b3f78"],
    "AssociationEvent/AssociationEvent-b": ["2a4801ee770582c1"],
    "AssociationEvent/AssociationEvent-c": ["847bbfc737fe2de2"],
    "AssociationEvent/AssociationEvent-d": ["b9350b16fd98c704"],
    "AssociationEvent/AssociationEvent-e": ["2820137e367df426"],
    "AssociationEvent/AssociationEvent-g": ["b9350b16fd98c704"],
    "AssociationEvent/AssociationEvent-h": ["2fff9bed44a912a5"],
    "Example_9.6.1-ObjectEvent-with-pseudo-SBDH-headers": ["df6523665bc5e580", "32547b2344d525ea"],
    "Example_9.6.1-ObjectEvent": ["df6523665bc5e580", "32547b2344d525ea"],
    "Example_9.6.1-with-comment": ["df6523665bc5e580", "32547b2344d525ea"],
    "Example_9.6.3-AggregationEvent": ["96b6bf98742a60db"],
    "Example_9.6.4-TransformationEvent": ["c794227acf3a4d9b"],
    "WithDigitalLinkID/Example_9.6.1-ObjectEventWithDigitalLink": [
        "d3b08a0fc053bb7d", "4edc29e1e6848aa1",
    ],
    "WithDigitalLinkID/Example_9.6.3-AggregationEventWithDigitalLink": ["c6d04a3b2879ee8b"],
    "WithDigitalLinkID/Example_9.6.4-TransformationEventWithDigitalLink": ["c794227acf3a4d9b"],
    "WithErrorDeclaration/ErrorDeclarationAndCorrectiveEvent": [
        "db50dd61ad0309f0", "e74d8397fb06e337",
    ],
    "WithErrorDeclaration/Example_9.6.1-ObjectEvent-with-error-declaration": [
        "df6523665bc5e580", "32547b2344d525ea",
    ],
    "WithSensorData/SensorDataExample16": ["e1c13af8c5c9ca25"],
}  # fmt: skip
"""First 16 digits of the hashes that the reference implementation (epcis-event-hash-generator
1.9.3) gives. The documents with sensors, or with both sources and destinations, are left out: there
it differs from the worked examples of CBV 2.0, which tests/connectors/epcis holds."""


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "data/standards/epcis"


@pytest.fixture(scope="module")
def documents(folder):
    found = {
        str(file.relative_to(folder / "JSON").with_suffix("")): file.read_text("utf-8")
        for file in sorted((folder / "JSON").rglob("*.jsonld"))
    }
    assert len(found) >= 46
    return found


@pytest.fixture(scope="module")
def schema(folder):
    import jsonschema_rs

    text = (folder / "EPCIS-JSON-Schema.json").read_text("utf-8")
    return jsonschema_rs.Draft7Validator(json.loads(text), validate_formats=True)


def test_every_document_is_written_back_equal(documents):
    for name, text in documents.items():
        document = read_document(text)
        assert document.events, name
        assert not [one for one in document.events if isinstance(one, Unread)], name
        assert write_document(document) == json.loads(text), name


def test_what_is_written_back_is_valid(documents, schema):
    for name, text in documents.items():
        faults = [str(fault) for fault in schema.iter_errors(write_document(read_document(text)))]
        assert not faults, name


def test_the_schema_finds_faults(documents, schema):
    broken = json.loads(documents["Example_9.6.1-ObjectEvent"])
    broken["epcisBody"]["eventList"][0]["bizStep"] = "teleporting"
    assert not schema.is_valid(broken)


def test_hashes_are_those_of_the_reference_implementation(documents):
    for name, expected in REFERENCE.items():
        document = read_document(documents[name])
        found = [event_hash(write_event(one), document.prefixes) for one in document.events]
        assert [one.removeprefix("ni:///sha-256;")[:16] for one in found] == expected, name


def test_every_event_is_captured_and_none_is_dropped(documents):
    for name, text in documents.items():
        signals = capture_document(text, names=Names(enterprise="acme"))
        assert len(signals) >= len(read_document(text).events), name
        assert all(one.body.raw and one.body.because and one.body.cure for one in signals), name


def test_known_names_make_official_events_signals(documents):
    names = Names(
        enterprise="acme",
        gtins={
            MaterialId("HONEY"): Gtin("04012345123456"),
            MaterialId("JAR"): Gtin("10614141073464"),
        },
        places={
            (SiteId("hall1"), LocationId("DOCK")): "urn:epc:id:sgln:0614141.00888.0",
            (SiteId("hall1"), LocationId("GATE")): "urn:epc:id:sgln:0614141.00777.0",
            (SiteId("hall1"), LocationId("YARD")): "urn:epc:id:sgln:0012345.11111.0",
        },
    )
    (honey,) = capture_document(documents["Example_9.6.2-ObjectEvent"], names=names)
    assert (honey.body.kind, honey.body.material, honey.body.lot) == (
        "goods_received", "HONEY", "998877",
    )  # fmt: skip
    assert str(honey.body.quantity) == "200 KGM"
    assert honey.occurred_at == datetime(2013, 6, 8, 14, 58, 56, 591000, tzinfo=UTC)
    shipped, received = capture_document(documents["Example_9.6.1-ObjectEvent"], names=names)[-2:]
    assert isinstance(shipped.body, Unreadable)
    assert (received.body.kind, received.body.serial) == ("goods_received", "2018")
    assert received.body.purchase_order == "http://transaction.acme.com/po/12345678"


MATERIALS = st.sampled_from(["GLUE", "SEAL 40"])
PLACES = st.sampled_from([("hall1", "DOCK"), ("hall1", "A/01"), "supplier", "consumed", "produced"])
STEPS = st.sampled_from(
    ["receiving", "storing", "picking", "shipping", "packing", "unpacking", "assembling", "kitting"]
)


@st.composite
def movements(draw):
    legs = []
    for _ in range(draw(st.integers(1, 3))):
        thing = Thing(
            material=draw(MATERIALS),
            lot=draw(st.sampled_from(["", "L/7 ä"])),
            serial=draw(st.sampled_from(["", "S1"])),
        )
        amount = Quantity(draw(st.decimals("0.001", 1000, places=3)), Unit.KILOGRAM)
        source, target = draw(st.lists(PLACES, min_size=2, max_size=2, unique=True))
        for side, quantity in ((source, -amount), (target, amount)):
            outside = side if isinstance(side, str) else ""
            legs.append(
                LegOut(
                    thing=thing,
                    quantity=quantity,
                    place=None if outside else side,
                    outside=outside,
                    handling_unit=draw(st.sampled_from(["", "TOTE 1", "195212345678900006"])),
                )
            )
    moment = datetime(2026, 11, 20, 8, tzinfo=UTC)
    return MovementOut(
        key=draw(st.text(min_size=1, max_size=8)),
        business_step=draw(STEPS),
        occurred_at=moment,
        recorded_at=moment,
        legs=tuple(legs),
        purchase_order=draw(st.sampled_from([None, "PO 7"])),
        production_order=draw(st.sampled_from([None, "WO/9"])),
    )


@given(movements(), st.none() | movements())
def test_whatever_moves_is_written_as_valid_events(schema, movement, wrong):
    names = Names(enterprise="acme & co", gtins={MaterialId("GLUE"): Gtin("04012345123456")})
    document = emit_document(
        [replace(movement, corrects=wrong)],
        names=names,
        created_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
        following=7,
    )
    kinds = {event["type"] for event in document["epcisBody"]["eventList"]}
    has_order = movement.purchase_order or movement.production_order
    assert ("TransactionEvent" in kinds) >= bool(has_order)
    assert kinds
    faults = [f"{fault.instance_path}: {fault}" for fault in schema.iter_errors(document)]
    assert not faults
    assert write_document(read_document(json.dumps(document))) == document
