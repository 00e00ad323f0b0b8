"""The event hash: the three reference events of CBV 2.0, and what may and may not change it."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from chargehand.connectors.epcis.document import prefixes_of
from chargehand.connectors.epcis.event_hash import event_hash, pre_hash

EXAMPLE = {"example": "https://ns.example.com/epcis/"}
FIRST = {
    "type": "ObjectEvent",
    "eventTime": "2020-03-04T11:00:30.000+01:00",
    "eventTimeZoneOffset": "+01:00",
    "recordTime": "2020-03-04T11:00:30.999+01:00",
    "epcList": [
        "urn:epc:id:sscc:4012345.0000000333",
        "urn:epc:id:sscc:4012345.0000000111",
        "urn:epc:id:sscc:4012345.0000000222",
    ],
    "action": "OBSERVE",
    "bizStep": "departing",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987"},
    "example:myField1": {"example:mySubField1": "2", "example:mySubField2": "5"},
    "example:myField2": "0",
    "example:myField3": {"example:mySubField3": ["3", "1"]},
}
SENSED = {
    "type": "ObjectEvent",
    "eventTime": "2020-04-01T15:00:00+01:00",
    "eventTimeZoneOffset": "+01:00",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"],
    "action": "OBSERVE",
    "bizStep": "inspecting",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    "sensorElementList": [
        {
            "sensorMetadata": {
                "deviceID": "urn:epc:id:giai:4000001.111",
                "deviceMetadata": "https://id.gs1.org/8004/4000001111",
            },
            "sensorReport": [
                {"type": "Temperature", "value": 26, "sDev": 0.1, "uom": "CEL"},
                {"type": "AbsoluteHumidity", "value": 12.1, "uom": "A93"},
                {
                    "type": "Dimensionless",
                    "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1126011",
                    "value": 0.05,
                    "uom": "C35",
                },
                {
                    "type": "Dimensionless",
                    "chemicalSubstance": (
                        "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N"
                    ),
                    "value": 0.18,
                    "uom": "C35",
                },
            ],
        }
    ],
}
TRADED = {
    "type": "ObjectEvent",
    "eventTime": "2020-03-04T11:00:30+01:00",
    "eventTimeZoneOffset": "+01:00",
    "epcList": ["urn:epc:id:sgtin:0614141.011111.987"],
    "action": "OBSERVE",
    "bizStep": "departing",
    "disposition": "in_transit",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.0", "example:myField1": "AB-12"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:4012345.11111.123"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
    "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:0614141.00000"}],
    "example:userExt": "CD-34",
}
REFERENCE = {
    "6ae96341e0acc6d7a261364751f60e68278a81cdf51da0abb6b4e617014e39d7": FIRST,
    "271565c346ae2fb28c4583c4dca4ab4772d465eb4e0b6e548d77d8b49377d95c": SENSED,
    "3ae14c02c4bdc220cc31942cf804f6845eb8dec96ba6483391c92a9b165f9329": TRADED,
}
"""The worked examples of CBV 2.0 section 8.9, as the reference implementation documents them."""


@pytest.mark.parametrize(("digest", "event"), REFERENCE.items(), ids=["row", "sensor", "trade"])
def test_reference_events_have_their_published_hash(digest, event):
    assert event_hash(event, EXAMPLE) == f"ni:///sha-256;{digest}?ver=CBV2.0"


def test_the_hashed_row_is_the_published_one():
    space = "{https://ns.example.com/epcis/}"
    assert pre_hash(FIRST, EXAMPLE) == (
        "eventType=ObjectEvent"
        "eventTime=2020-03-04T10:00:30.000Z"
        "eventTimeZoneOffset=+01:00"
        "epcList"
        "epc=https://id.gs1.org/00/040123450000001112"
        "epc=https://id.gs1.org/00/040123450000002225"
        "epc=https://id.gs1.org/00/040123450000003338"
        "action=OBSERVE"
        "bizStep=https://ref.gs1.org/cbv/BizStep-departing"
        "readPoint"
        "id=https://id.gs1.org/414/4012345000115/254/987"
        f"{space}myField1{space}mySubField1=2{space}mySubField2=5{space}myField2=0"
        f"{space}myField3{space}mySubField3=1{space}mySubField3=3"
    )


LINES = [
    {"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 200.5, "uom": "KGM"},
    {"epcClass": "urn:epc:idpat:sgtin:4012345.066666.*", "quantity": 220},
]
MOVED = TRADED | {"quantityList": LINES}


@pytest.mark.parametrize(
    "change",
    [
        {"eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"},
        {"recordTime": "2021-01-01T00:00:00Z"},
        {"errorDeclaration": {"declarationTime": "2021-01-01T00:00:00Z"}},
        {"certificationInfo": "https://cert.example/1"},
        {"rdfs:comment": "checked twice"},
        {"eventTime": "2020-03-04T10:00:30.0000Z"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:departing"},
        {"bizStep": "cbv:BizStep-departing"},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-departing"},
        {"disposition": " in_transit "},
        {"epcList": ["https://shop.example/01/00614141111114/21/987?x=1"]},
        {"quantityList": LINES[::-1]},
        {"quantityList": [LINES[0], LINES[1] | {"quantity": 220.0}]},
        {
            "bizTransactionList": [
                {
                    "bizTransaction": "https://id.gs1.org/253/4012345111118123",
                    "type": "urn:epcglobal:cbv:btt:po",
                }
            ]
        },
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_way_to_write_it_is_the_same_event(change):
    assert event_hash(MOVED | change, EXAMPLE) == event_hash(MOVED, EXAMPLE)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "TransactionEvent"},
        {"eventTime": "2020-03-04T10:00:30.001Z"},
        {"eventTimeZoneOffset": "+00:00"},
        {"action": "DELETE"},
        {"bizStep": "arriving"},
        {"disposition": "damaged"},
        {"epcList": ["urn:epc:id:sgtin:0614141.011111.988"]},
        {"quantityList": LINES[:1]},
        {"quantityList": [LINES[0] | {"quantity": 200.51}, LINES[1]]},
        {"quantityList": [LINES[0] | {"uom": "GRM"}, LINES[1]]},
        {"readPoint": {"id": "urn:epc:id:sgln:4012345.00011.1", "example:myField1": "AB-12"}},
        {"readPoint": {"id": "urn:epc:id:sgln:4012345.00011.0", "example:myField1": "AB-13"}},
        {"bizLocation": {"id": "urn:epc:id:sgln:4012345.00011.0"}},
        {"sourceList": [{"type": "location", "source": "urn:epc:id:pgln:4012345.00000"}]},
        {"example:userExt": "CD-35"},
        {"example:other": "CD-34"},
        {"ilmd": {"cbvmda:lotNumber": "L1"}},
        {"persistentDisposition": {"set": ["completeness_verified"]}},
        {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 26}]}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_event_has_another_hash(change):
    assert event_hash(MOVED | change, EXAMPLE) != event_hash(MOVED, EXAMPLE)


STATES = {"set": ["completeness_inferred", "active"], "unset": ["unknown"]}
REPORT = {"type": "Temperature", "booleanValue": True, "example:cv": "1", "value": 20}


def sensing(**report):
    element = {"sensorMetadata": {"example:room": "A"}, "sensorReport": [REPORT | report]}
    return MOVED | {"persistentDisposition": STATES, "sensorElementList": [element]}


def test_lists_of_states_have_no_order():
    other = {"unset": STATES["unset"], "set": STATES["set"][::-1]}
    assert event_hash(sensing() | {"persistentDisposition": other}, EXAMPLE) == event_hash(
        sensing(), EXAMPLE
    )


def test_what_users_add_to_a_sensor_report_counts():
    assert event_hash(sensing(**{"example:cv": "2"}), EXAMPLE) != event_hash(sensing(), EXAMPLE)
    assert pre_hash(sensing(), EXAMPLE).endswith(
        "sensorElementListsensorElementsensorMetadata{https://ns.example.com/epcis/}room=A"
        "sensorReport{https://ns.example.com/epcis/}cv=1{https://ns.example.com/epcis/}userExt=CD-34"
    )


def test_truth_is_written_as_in_xml():
    assert "booleanValue=true" in pre_hash(sensing(), EXAMPLE)


def test_another_prefix_for_the_same_namespace_is_the_same_event():
    text = json.dumps(MOVED).replace("example:", "e:")
    assert event_hash(json.loads(text), {"e": EXAMPLE["example"]}) == event_hash(MOVED, EXAMPLE)


def test_moments_are_rounded_half_up_to_the_millisecond():
    late = MOVED | {"eventTime": "2023-01-18T11:04:03.1415Z"}
    assert "eventTime=2023-01-18T11:04:03.142Z" in pre_hash(late, EXAMPLE)
    over = MOVED | {"eventTime": "2023-12-31T23:59:59.9995Z"}
    assert "eventTime=2024-01-01T00:00:00.000Z" in pre_hash(over, EXAMPLE)


def test_long_numbers_stay_apart():
    one = MOVED | {"example:userExt": "12345678901234567890"}
    other = MOVED | {"example:userExt": "12345678901234567891"}
    assert event_hash(one, EXAMPLE) != event_hash(other, EXAMPLE)


def test_the_hash_is_over_the_row():
    digest = sha256(pre_hash(FIRST, EXAMPLE).encode()).hexdigest()
    assert digest in event_hash(FIRST, EXAMPLE)


def test_contexts_give_their_prefixes():
    context = [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"rail": "urn:gs1:epcisapp:rail:", "rail:trainAxleCount": {"@type": "xsd:integer"}},
    ]
    assert prefixes_of(context)["rail"] == "urn:gs1:epcisapp:rail:"
    assert "rail:trainAxleCount" not in prefixes_of(context)
