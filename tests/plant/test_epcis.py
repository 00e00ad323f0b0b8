"""EPCIS events of a partner come in once; our movements go out as events that say the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from chargehand.plant import epcis
from chargehand.signals.signal import Status

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def received(when: str = "2026-06-01T08:00:00.000Z") -> str:
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-06-01T09:00:00.000Z",
            "epcisBody": {
                "eventList": [
                    {
                        "type": "ObjectEvent",
                        "eventTime": when,
                        "eventTimeZoneOffset": "+00:00",
                        "action": "OBSERVE",
                        "bizStep": "receiving",
                        "bizLocation": {"id": "urn:chargehand:acme:place:S1:at:BULK-1"},
                        "quantityList": [
                            {
                                "epcClass": "urn:chargehand:acme:material:VALVE",
                                "quantity": 5,
                                "uom": "H87",
                            }
                        ],
                    }
                ]
            },
        }
    )


@pytest.fixture
def named(plant):
    (plant.folder / epcis.FILE).write_text('enterprise = "acme"\n')
    return plant


def test_an_event_that_comes_twice_counts_once(named):
    first = epcis.capture(named, received(), source="partner")
    again = epcis.capture(named, received(), source="partner")
    assert [one.status for one in first] == [Status.ACCEPTED], first
    assert [one.status for one in again] == [Status.REPEATED]


@pytest.mark.engines("sqlite", "postgres")
def test_what_is_captured_goes_out_as_the_same_movement(named):
    epcis.capture(named, received(), source="partner")
    named.store.rest()
    document = epcis.emit(named, since=LONG_AGO)
    (event,) = [
        one for one in document["epcisBody"]["eventList"] if one.get("bizStep") == "receiving"
    ]
    assert event["quantityList"][0]["quantity"] == 5
    assert "VALVE" in event["quantityList"][0]["epcClass"]


def test_a_document_that_is_none_is_kept_with_its_reason(named):
    (receipt,) = epcis.capture(named, '{"type": "Invoice"}', source="partner")
    assert receipt.status is Status.UNREADABLE
    (fault,) = named.faults().rows
    assert "Invoice" in fault.raw


def test_one_mistake_in_the_names_is_told(named):
    (named.folder / epcis.FILE).write_text('enterprise = "acme"\nmaterals = {}\n')
    with pytest.raises(epcis.PlantFault, match="materals"):
        epcis.names_of(named)
