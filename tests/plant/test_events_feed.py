"""Events out: none is missed or told twice. Those that come back, or come twice, count once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chargehand.plant import epcis
from chargehand.plant.movements import posting_of
from chargehand.runtime import clock
from chargehand.signals import kinds
from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import LegReported, MovementReported
from chargehand.storage.known import Known
from chargehand.vocabulary.identifier import LotId, MaterialId, OrderId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Quantity, Unit
from tests.plant.conftest import BULK, FACE, SITE, VALVE, Teller
from tests.plant.line import made, report, used
from tests.plant.test_epcis import received

GLUE = MaterialId("GLUE")


def moved(pieces: int, *, step: str = "storing", outside: str | None = None) -> MovementReported:
    """From the bulk to the pick face, or out of the plant."""
    to = {"location": FACE} if outside is None else {"outside": outside}
    legs = (
        LegReported(material=VALVE, quantity=Quantity.pieces(-pieces), location=BULK),
        LegReported(material=VALVE, quantity=Quantity.pieces(pieces), **to),
    )
    return MovementReported(site=SITE, business_step=step, legs=legs)


def accepted(plant, *bodies: kinds.Body) -> None:
    receipts = Teller(plant)(*bodies)
    assert [one.status for one in receipts] == [Status.ACCEPTED] * len(bodies), receipts


def there(plant, location=BULK) -> Decimal:
    rows = plant.stock(material=VALVE, limit=1000).rows
    return sum((row.on_hand for row in rows if row.location == location), Decimal(0))


def events(document) -> list[dict]:
    return document["epcisBody"]["eventList"]


@pytest.fixture
def named(plant):
    (plant.folder / epcis.FILE).write_text('enterprise = "acme"\n')
    return plant


# the feed


@pytest.mark.engines("sqlite", "postgres")
def test_events_tell_of_what_was_accepted_before_they_were_asked_for(plant):
    since = clock.now()
    accepted(plant, moved(5))
    assert len(events(epcis.emit(plant, since=since))) == 1


@pytest.mark.engines("sqlite", "postgres")
def test_who_reads_events_on_from_the_last_one_misses_none(plant):
    """A movement is stamped before it waits for its turn: it may be kept behind a later stamp."""
    accepted(plant, moved(1))
    with plant.store.snapshot() as sql:
        known = Known(sql)
        early, late = clock.now(), clock.now() + timedelta(microseconds=500)
        one, other = (
            posting_of(Signal(source="wms", key=key, body=moved(1)), known, "wms", written(moment))
            for key, moment in (("early", early), ("late", late))
        )
    assert one is not None
    assert other is not None
    plant.store.post([other])
    first = epcis.emit(plant, since=early)
    plant.store.post([one])
    second = epcis.emit(plant, start=first["chargehand:next"])
    told = [event["chargehand:movement"] for event in (*events(first), *events(second))]
    assert told == ["wms/late", "wms/early"]
    assert events(epcis.emit(plant, start=second["chargehand:next"])) == []


@pytest.mark.engines("sqlite", "postgres")
def test_a_feed_in_small_documents_is_the_feed_in_one(plant):
    accepted(plant, *[moved(1) for _ in range(5)])
    whole = epcis.emit(plant)
    found, place = [], 0
    while place < whole["chargehand:next"]:
        part = epcis.emit(plant, start=place, limit=2)
        found += events(part)
        place = part["chargehand:next"]
    assert found == events(whole)
    assert len(found) >= 5


def test_events_since_a_moment_begin_there(plant):
    accepted(plant, moved(1))
    since = clock.now()
    accepted(plant, moved(2))
    (event,) = events(epcis.emit(plant, since=since))
    assert event["quantityList"][0]["quantity"] == 2


# what they say


def test_events_tell_each_amount_in_the_unit_of_its_own_material(plant):
    accepted(
        plant,
        kinds.MaterialDefined(definition=MaterialDefinition(material=GLUE, unit=Unit.KILOGRAM)),
        kinds.GoodsReceived(
            site=SITE, location=BULK, material=GLUE, lot=LotId("G1"),
            quantity=Quantity(Decimal(9), Unit.KILOGRAM),
        ),
    )  # fmt: skip
    since = clock.now()
    half = replace(used(GLUE, "G1", 1, BULK), quantity=Quantity(Decimal("0.5"), Unit.KILOGRAM))
    accepted(plant, report(used(VALVE, "", 2, BULK), half, made(VALVE, "KIT", 1, BULK)))
    transformation, _ = events(epcis.emit(plant, since=since))
    units = {
        part["epcClass"]: (part["quantity"], part.get("uom"))
        for name in ("inputQuantityList", "outputQuantityList")
        for part in transformation[name]
    }
    assert sorted(units.values(), key=str) == [(0.5, "KGM"), (1, None), (2, None)]
    assert all(("GLUE" in uri) == (uom == "KGM") for uri, (_, uom) in units.items())


@pytest.mark.parametrize(
    ("body", "word", "number"),
    [
        (
            kinds.GoodsReceived(
                site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(1),
                purchase_order="PO-7",
            ), "po", "PO-7",
        ),
        (
            kinds.StockMoved(
                site=SITE, material=VALVE, quantity=Quantity.pieces(1), from_location=BULK,
                order=OrderId("MO-9"),
            ), "prodorder", "MO-9",
        ),
    ],
)  # fmt: skip
def test_what_moved_for_an_order_is_tied_to_it(named, body, word, number):
    since = clock.now()
    accepted(named, body)
    found = events(epcis.emit(named, since=since))
    (tied,) = [event for event in found if event["type"] == "TransactionEvent"]
    assert tied["bizTransactionList"] == [
        {"type": word, "bizTransaction": f"urn:chargehand:acme:{word}:{number}"}
    ]
    assert tied["quantityList"][0]["quantity"] == 1


def test_a_corrected_receipt_is_declared_wrong(plant):
    """What it corrects came in with an entry of its own beside the movement."""
    body = kinds.GoodsReceived(
        site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(4)
    )
    plant.take([Signal(source="wms", key="GR1", body=body)])
    since = clock.now()
    legs = (
        LegReported(material=VALVE, quantity=Quantity.pieces(-4), location=BULK),
        LegReported(material=VALVE, quantity=Quantity.pieces(4), outside="supplier"),
    )
    accepted(
        plant,
        MovementReported(site=SITE, business_step="receiving", legs=legs, corrects="wms/GR1"),
    )
    (event,) = events(epcis.emit(plant, since=since))
    assert (event["chargehand:movement"], event["errorDeclaration"]["reason"]) == (
        "wms/GR1", "did_not_occur",
    )  # fmt: skip


# what comes back, and what comes twice


@pytest.mark.engines("sqlite", "postgres")
def test_an_event_that_two_senders_tell_counts_once(named):
    """Its hash is its identity, whoever hands it in: the carrier's system or a person."""
    before = there(named)
    (one,) = epcis.capture(named, received(), source="epcis:carrier")
    (other,) = epcis.capture(named, received(), source="person:ada", sender="ada")
    assert (one.status, other.status) == (Status.ACCEPTED, Status.REPEATED)
    assert one.entry == other.entry
    assert there(named) == before + 5


def test_an_event_that_was_refused_from_one_sender_is_taken_from_another(named):
    before = there(named)
    shipped = json.loads(received())
    (event,) = events(shipped)
    event |= {"bizStep": "shipping", "readPoint": event.pop("bizLocation")}
    event["quantityList"][0]["quantity"] = 43
    text = json.dumps(shipped)
    (one,) = epcis.capture(named, text, source="epcis:carrier")
    accepted(named, replace(moved(3), legs=tuple(reversed(_back(3)))))
    (other,) = epcis.capture(named, text, source="epcis:forwarder")
    assert (one.status, other.status) == (Status.REFUSED, Status.ACCEPTED)
    assert there(named) == before + 3 - 43


def _back(pieces: int) -> tuple[LegReported, ...]:
    return (
        LegReported(material=VALVE, quantity=Quantity.pieces(-pieces), outside="supplier"),
        LegReported(material=VALVE, quantity=Quantity.pieces(pieces), location=BULK),
    )


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize("body", [
    moved(5), moved(5, step="shipping", outside="customer"),
    kinds.StockMoved(
        site=SITE, material=VALVE, quantity=Quantity.pieces(5), from_location=BULK,
        order=OrderId("MO-9"),
    ),
])  # fmt: skip
def test_our_own_event_that_comes_back_from_a_partner_books_nothing(named, body):
    since = clock.now()
    accepted(named, body)
    stood = there(named)
    sent = epcis.emit(named, since=since)
    receipts = epcis.capture(named, json.dumps(sent), source="partner")
    assert {one.status for one in receipts} == {Status.REPEATED}
    assert len(receipts) == len(events(sent))
    assert there(named) == stood
    assert named.faults().rows == ()


def test_our_own_event_that_was_changed_on_the_way_is_kept_and_books_nothing(named):
    since = clock.now()
    accepted(named, moved(5))
    sent = epcis.emit(named, since=since)
    events(sent)[0]["quantityList"][0]["quantity"] = 7
    (receipt,) = epcis.capture(named, json.dumps(sent), source="partner")
    assert receipt.status is Status.UNREADABLE
    assert there(named) == 35
    (fault,) = named.faults().rows
    assert "not what we told of it" in fault.because


def test_an_event_of_another_plants_movement_with_the_same_key_is_read(named):
    plant = named
    plant.take([Signal(source="wms", key="M1", body=moved(1))])
    document = json.loads(received())
    document["@context"].append({"chargehand": "urn:chargehand:"})
    events(document)[0]["chargehand:movement"] = "wms/M1"
    (receipt,) = epcis.capture(plant, json.dumps(document), source="partner")
    assert receipt.status is Status.ACCEPTED
    assert there(plant) == 40 - 1 + 5
