"""What a hostile reviewer tried on a plant: each test names a fault that must not be there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from chargehand.plant import epcis
from chargehand.plant.movements import posting_of
from chargehand.plant.plant import Plant
from chargehand.runtime import clock
from chargehand.signals import kinds
from chargehand.signals.kinds import GoodsReceived, StockMoved, SupplyPlaced, Unreadable
from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import (
    HandlingUnitMoved,
    HandlingUnitPacked,
    HandlingUnitUnpacked,
    LegReported,
    LotDefined,
    Made,
    MovementReported,
    ProductionReported,
    ReservationPicked,
    ReservationPlaced,
    SnapshotLine,
    SnapshotReported,
    Used,
)
from chargehand.storage.balances import Chosen
from chargehand.storage.known import Known
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    HoldId,
    LocationId,
    LotId,
    MaterialId,
    OrderId,
    SerialId,
    SupplierId,
)
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.location import LocationKind, OperationalLocation
from chargehand.vocabulary.lot import Disposition, MaterialLot
from chargehand.vocabulary.material import MaterialDefinition
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
)
from tests.plant.test_holds import (
    CAGE,
    HOLDS,
    LOT,
    OTHER,
    accepted,
    hold,
    let_go,
    moved,
    place,
    refused,
    release,
    reported,
    there,
)

DECISION = "mro_replenishment"
GLUE = MaterialId("GLUE")
PALLET, CARTON = HandlingUnitId("PAL-1"), HandlingUnitId("CAR-1")


@pytest.fixture
def plant(make_plant) -> Plant:
    """Forty of one lot and ten of another in the bulk, two at the face, and a cage."""
    plant = make_plant()
    done = plant.activate_policy(policy_text(version=2) + HOLDS, by="ada")
    assert not isinstance(done, list | Refusal), done
    cage = OperationalLocation(location=CAGE, site=SITE, kind=LocationKind.BULK)
    lots = [replace(count(BULK, n), lot=lot) for lot, n in ((LOT, 40), (OTHER, 10))]
    Teller(plant)(*master(), kinds.LocationDefined(definition=cage), *lots, count(FACE, 2))
    return plant


def leg(pieces: int, location: LocationId | None = None, *, lot=LOT, **more) -> LegReported:
    return LegReported(
        material=VALVE, lot=lot, quantity=Quantity.pieces(pieces), location=location, **more
    )


def told(step: str, *legs: LegReported, **more) -> MovementReported:
    return MovementReported(site=SITE, business_step=step, legs=legs, **more)


def reserve(name: str, pieces: int, **more) -> ReservationPlaced:
    return ReservationPlaced(
        reservation=name, site=SITE, material=VALVE, quantity=Quantity.pieces(pieces), **more
    )


def defined(lot: LotId, **more) -> LotDefined:
    return LotDefined(definition=MaterialLot(material=VALVE, lot=lot, **more))


def rows(plant: Plant, statement: str, *values):
    with plant.store.snapshot() as sql:
        return [tuple(row) for row in sql.execute(statement, values).fetchall()]


# holds


@pytest.mark.parametrize("outside", ["customer", "consumed"])
def test_calling_a_movement_a_count_takes_nothing_from_under_a_hold(plant, outside):
    place(plant, hold())
    shipped = told("cycle_counting", leg(-40, BULK), leg(40, outside=outside))
    assert refused(plant, shipped).code is RefusalCode.ON_HOLD
    assert there(plant) == 40


def test_calling_a_movement_a_count_moves_nothing_held_elsewhere_under_another_lot(plant):
    place(plant, hold())
    laundered = told("cycle_counting", leg(-40, BULK), leg(40, FACE, lot=LotId("CLEAN")))
    assert refused(plant, laundered).code is RefusalCode.ON_HOLD
    assert there(plant) == 40


def test_held_stock_does_not_change_its_lot_under_the_hold(plant):
    """A second hold on the new lot must not launder the first, whose four eyes differ."""
    place(plant, hold("H1"), by="cleo")
    place(plant, hold("H2", material=VALVE, lot=LotId("NEW")), by="ada")
    swap = told("storing", leg(-40, BULK), leg(40, BULK, lot=LotId("NEW")), under_hold=HoldId("H1"))
    assert refused(plant, swap).code is RefusalCode.ON_HOLD


def test_what_was_let_go_under_one_hold_is_not_loose_under_a_later_one(plant):
    """Let go in a held pallet, taken out of it in its carton, held anew: nothing is loose."""
    packing = HandlingUnitPacked(
        site=SITE, location=BULK, handling_unit=CARTON, contents=(leg(5, BULK),)
    )
    stacking = HandlingUnitPacked(site=SITE, location=BULK, handling_unit=PALLET, units=(CARTON,))
    accepted(plant, packing, stacking)
    place(plant, hold("H1", handling_unit=PALLET))
    release(
        plant,
        let_go(location=BULK, material=VALVE, lot=LOT, quantity=Quantity.pieces(5)),
    )
    accepted(plant, HandlingUnitUnpacked(handling_unit=PALLET, units=(CARTON,)))
    place(plant, hold("H2"))
    out = told("storing", leg(-5, BULK, handling_unit=CARTON), leg(5, FACE))
    assert refused(plant, out).code is RefusalCode.ON_HOLD


def test_what_was_let_go_and_promised_is_not_taken_by_somebody_else(plant):
    place(plant, hold())
    release(plant, let_go(location=BULK, quantity=Quantity.pieces(5)))
    accepted(plant, reserve("R1", 5, lot=LOT))
    (receipt,) = Teller(plant)(moved(5, BULK, FACE))
    assert receipt.status is Status.REFUSED, "five are loose, and all five are promised to R1"
    accepted(plant, ReservationPicked(reservation="R1", quantity=Quantity.pieces(5)))


def test_what_a_count_misses_under_a_hold_was_what_was_let_go(plant):
    """The five were carried off and not told; what the count finds is what the hold keeps."""
    place(plant, hold())
    release(plant, let_go(location=BULK, quantity=Quantity.pieces(5)))
    accepted(plant, replace(count(BULK, 35), lot=LOT))
    assert refused(plant, moved(5, BULK, FACE)).code is RefusalCode.ON_HOLD


def test_a_source_that_is_called_like_a_person_does_not_sign_for_them(plant):
    """A file's or connector's source is a name that anybody chose, and proves nobody."""
    place(plant, hold())
    signal = Signal(source="cleo", key="forged", body=let_go(), occurred_at=AS_OF)
    (receipt,) = plant.take([signal])
    assert receipt.refusal is not None
    assert receipt.refusal.code is RefusalCode.NOT_AUTHORIZED


# which lots are taken


def lots_of_reservation(plant: Plant, name: str) -> list[str]:
    return [lot for (lot,) in rows(plant, "SELECT lot FROM reservation WHERE key = ?", name)]


def task_for_refill(plant: Plant) -> str:
    found = plant.decide(decision=DECISION, as_of=AS_OF)
    assert not isinstance(found, Refusal)
    assert found.proposals, found.refused
    done = plant.approve(found.proposals[0].id, by="ada")
    assert not isinstance(done, Refusal), done
    return done.orders[0]


def test_a_task_takes_the_lot_that_expires_first(plant):
    accepted(
        plant,
        defined(LOT, expires_on=date(2099, 1, 1)),
        defined(OTHER, expires_on=date(2098, 1, 1)),
    )
    assert lots_of_reservation(plant, task_for_refill(plant)) == [OTHER]


def test_a_task_never_takes_an_expired_lot(plant):
    accepted(plant, defined(LOT, expires_on=date(2020, 1, 1)))
    found = plant.decide(decision=DECISION, as_of=AS_OF)
    assert not isinstance(found, Refusal)
    for proposal in found.proposals:
        done = plant.approve(proposal.id, by="ada")
        for order in () if isinstance(done, Refusal) else done.orders:
            assert LOT not in lots_of_reservation(plant, order)


def test_an_expired_lot_cannot_be_reserved_by_telling_an_old_moment(plant):
    accepted(plant, defined(LOT, expires_on=date(2020, 1, 1)))
    signal = Signal(
        source="wms",
        key="old",
        body=reserve("R1", 1, lot=LOT),
        occurred_at=AS_OF.replace(year=2019),
    )
    (receipt,) = plant.take([signal])
    assert receipt.status is Status.REFUSED


@pytest.mark.parametrize("status", [Disposition.RECALLED, Disposition.DAMAGED])
def test_a_lot_whose_definition_says_that_it_is_recalled_is_not_reserved(plant, status):
    accepted(plant, defined(LOT, status=status))
    (receipt,) = Teller(plant)(reserve("R1", 1, lot=LOT))
    assert receipt.status is Status.REFUSED


def test_an_expired_reservation_is_not_picked_because_no_worker_has_run_yet(plant):
    accepted(plant, reserve("R1", 5, expires_at=clock.now() + timedelta(days=1)))
    over = written(clock.now() - timedelta(hours=1))
    plant.store.write(lambda docket: docket.sql("UPDATE reservation SET expires_at = ?", (over,)))
    (receipt,) = Teller(plant)(ReservationPicked(reservation="R1", quantity=Quantity.pieces(5)))
    assert receipt.refusal is not None
    assert receipt.refusal.code is RefusalCode.RESERVATION_CLOSED


def test_an_old_definition_that_is_delivered_again_does_not_undo_a_newer_one(plant):
    """At-least-once delivery: the first message comes a second time, after the second message."""
    first = Signal(source="erp", key="M1", body=defined(LOT, expires_on=date(2090, 1, 1)))
    second = Signal(source="erp", key="M2", body=defined(LOT, expires_on=date(2027, 1, 1)))
    statuses = [plant.take([one])[0].status for one in (first, second, first)]
    assert statuses == [Status.ACCEPTED, Status.ACCEPTED, Status.REPEATED]
    assert plant.lot(VALVE, LOT).expires_on == date(2027, 1, 1)


# moments


def test_a_movement_that_says_it_happens_next_year_is_not_beyond_asking(plant):
    """Present stock and stock as of now are one and the same."""
    ahead = clock.now() + timedelta(days=365)
    body = reported(15, BULK, FACE)
    receipts = plant.take([Signal(source="wms", key="F1", body=body, occurred_at=ahead)])
    now = {(r.location, r.lot): r.on_hand for r in plant.stock_rows(Chosen()).rows}
    then = {
        (r.location, r.lot): r.on_hand for r in plant.stock_rows(Chosen(), as_of=clock.now()).rows
    }
    assert then == now, receipts


def test_a_movement_that_says_it_happens_next_year_does_not_stop_decisions_as_of_today(plant):
    ahead = clock.now() + timedelta(days=365)
    body = reported(1, BULK, FACE)
    plant.take([Signal(source="wms", key="F1", body=body, occurred_at=ahead)])
    found = plant.decide(decision=DECISION, as_of=clock.now())
    assert not isinstance(found, Refusal), found


# recall


def lines_of(plant: Plant, lot: str) -> list[tuple[str, Decimal, str]]:
    report = plant.recall(VALVE, lot)
    assert not isinstance(report, Refusal), report
    return sorted((one.state, one.quantity, one.order) for one in report.lines)


def received(plant: Plant, lot: LotId, pieces: int) -> None:
    accepted(
        plant,
        GoodsReceived(
            site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(pieces), lot=lot
        ),
    )


def test_a_recall_tells_of_what_was_returned_to_its_supplier(plant):
    lot = LotId("R1")
    received(plant, lot, 10)
    accepted(plant, told("returning", leg(-3, BULK, lot=lot), leg(3, outside="supplier", lot=lot)))
    found = lines_of(plant, lot)
    assert ("returned", Decimal(3), "") in found, found


def test_a_recall_tells_what_order_consumed_a_lot(plant):
    lot = LotId("R1")
    received(plant, lot, 10)
    used = StockMoved(
        site=SITE, material=VALVE, quantity=Quantity.pieces(4), from_location=BULK, lot=lot,
        order=OrderId("MO-7"),
    )  # fmt: skip
    accepted(plant, used)
    found = lines_of(plant, lot)
    assert ("consumed", Decimal(4), "MO-7") in found, found


def test_a_recall_accounts_for_every_unit_that_came_in(plant):
    lot = LotId("R1")
    received(plant, lot, 10)
    accepted(plant, replace(count(BULK, 8), lot=lot))
    assert sum(quantity for _, quantity, _ in lines_of(plant, lot)) == 10


# corrections


def test_a_receipt_that_is_corrected_is_awaited_again(plant):
    ordered = SupplyPlaced(
        site=SITE, material=VALVE, quantity=Quantity.pieces(10), purchase_order="PO-1",
        supplier=None,
    )  # fmt: skip
    arrived = GoodsReceived(
        site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(10),
        lot=LotId("R9"), purchase_order="PO-1",
    )  # fmt: skip
    accepted(plant, ordered)
    plant.take([Signal(source="wms", key="GR1", body=arrived)])
    back = told(
        "receiving", leg(-10, BULK, lot=LotId("R9")), leg(10, outside="supplier", lot=LotId("R9")),
        corrects="wms/GR1",
    )  # fmt: skip
    accepted(plant, back)
    ((state, got),) = rows(plant, "SELECT state, received FROM supply")
    assert (state, got) == ("ordered", 0)


# exchange


def test_events_tell_each_amount_in_the_unit_of_its_own_material(plant):
    glue = MaterialDefinition(material=GLUE, unit=Unit.KILOGRAM)
    accepted(
        plant,
        kinds.MaterialDefined(definition=glue),
        GoodsReceived(
            site=SITE, location=BULK, material=GLUE, lot=LotId("G1"),
            quantity=Quantity(Decimal(9), Unit.KILOGRAM),
        ),
    )  # fmt: skip
    since = clock.now()
    accepted(
        plant,
        ProductionReported(
            site=SITE, order=OrderId("O1"),
            used=(
                Used(material=VALVE, lot=LOT, location=BULK, quantity=Quantity.pieces(2)),
                Used(
                    material=GLUE, lot=LotId("G1"), location=BULK,
                    quantity=Quantity(Decimal("0.5"), Unit.KILOGRAM),
                ),
            ),
            made=(Made(material=VALVE, lot=LotId("KIT"), location=BULK,
                       quantity=Quantity.pieces(1)),),
        ),
    )  # fmt: skip
    plant.store.sequence()
    text = json.dumps(epcis.emit(plant, since=since))
    event = json.loads(text)["epcisBody"]["eventList"]
    parts = [
        part
        for one in event
        for name in ("inputQuantityList", "outputQuantityList", "quantityList")
        for part in one.get(name, ())
        if GLUE in part["epcClass"]
    ]
    assert parts, text
    assert {part.get("uom") for part in parts} == {"KGM"}, parts


def event(pieces: int = 5) -> str:
    """A partner's document: so many valves arrived in the bulk."""
    arrived = {
        "type": "ObjectEvent", "eventTime": "2026-06-01T08:00:00.000Z",
        "eventTimeZoneOffset": "+00:00", "action": "OBSERVE", "bizStep": "receiving",
        "bizLocation": {"id": "urn:chargehand:test:place:S1:at:BULK-1"},
        "quantityList": [
            {"epcClass": "urn:chargehand:test:material:VALVE", "quantity": pieces, "uom": "H87"}
        ],
    }  # fmt: skip
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument", "schemaVersion": "2.0",
            "creationDate": "2026-06-01T09:00:00.000Z", "epcisBody": {"eventList": [arrived]},
        }
    )  # fmt: skip


def test_an_event_that_two_senders_tell_counts_once(plant):
    """Its hash is its identity, whoever hands it in: the carrier's system or a person."""
    before = there(plant, lot="")
    one = epcis.capture(plant, event(), source="epcis:carrier")
    other = epcis.capture(plant, event(), source="person:ada", sender="ada")
    assert [(*one, *other)[n].status for n in (0, 1)] == [Status.ACCEPTED, Status.REPEATED]
    assert there(plant, lot="") == before + 5


def test_our_own_event_that_comes_back_from_a_partner_counts_once(plant):
    since = clock.now()
    accepted(plant, reported(5, BULK, FACE))
    plant.store.sequence()
    sent = json.dumps(epcis.emit(plant, since=since))
    epcis.capture(plant, sent, source="partner")
    assert there(plant) == 35


@pytest.mark.engines("postgres")
def test_events_tell_of_what_was_accepted_before_they_were_asked_for(plant):
    """Else who goes on from the moment of asking never hears of it."""
    since = clock.now()
    accepted(plant, reported(5, BULK, FACE))
    assert len(epcis.emit(plant, since=since)["epcisBody"]["eventList"]) == 1


def test_who_reads_events_on_from_the_last_one_misses_none(plant):
    """A movement is stamped before it waits for its turn: it may appear behind a later stamp."""
    body = reported(1, BULK, FACE)
    accepted(plant, reported(1, BULK, FACE))
    with plant.store.snapshot() as sql:
        known = Known(sql)
        early, late = clock.now(), clock.now() + timedelta(microseconds=500)
        one, other = (
            posting_of(Signal(source="wms", key=key, body=body), known, "wms", written(moment))
            for key, moment in (("early", early), ("late", late))
        )
    assert one is not None
    assert other is not None
    plant.store.post([other])
    plant.store.sequence()
    seen = len(epcis.emit(plant, since=early)["epcisBody"]["eventList"])
    follow = clock.now()
    plant.store.post([one])
    plant.store.sequence()
    seen += len(epcis.emit(plant, since=follow)["epcisBody"]["eventList"])
    assert seen == 2


def test_a_movement_told_again_with_another_document_is_another_content(plant):
    first = Signal(source="wms", key="D1", body=reported(1, BULK, FACE, document="DN-1"))
    again = replace(first, body=reported(1, BULK, FACE, document="DN-2"))
    statuses = [plant.take([one])[0].status for one in (first, again)]
    assert statuses == [Status.ACCEPTED, Status.REFUSED]


# what people are shown


def test_what_one_hold_let_go_is_not_shown_as_free_under_a_second(plant):
    place(plant, hold("H1"))
    release(plant, let_go(location=BULK, quantity=Quantity.pieces(5)))
    place(plant, hold("H2", material=VALVE))
    (line,) = plant.stock_rows(Chosen(location=BULK, lot=LOT)).rows
    assert (line.held, line.free) == (Decimal(40), Decimal(0))


# personal words


def test_what_a_person_wrote_into_a_signal_that_cannot_be_read_can_be_erased(plant):
    raw = json.dumps({"kind": "hold_released", "reason": "Cleo came to work drunk"})
    body = Unreadable(raw=raw, because="field 'person' is missing", cure="add it")
    plant.take([Signal(source="person:cleo", key="u1", body=body)], sender="cleo")
    plant.erase(person="cleo", by="ada")
    kept = [text for (text,) in rows(plant, "SELECT body FROM journal") if "drunk" in text]
    assert not kept


# reconciliation


def test_another_systems_knowledge_that_stock_is_damaged_is_put_before_somebody(plant):
    snapshot = SnapshotReported(
        site=SITE, system="wms", taken_at=clock.now(), locations=(BULK,),
        lines=(
            SnapshotLine(
                location=BULK, material=VALVE, lot=LOT, quantity=Quantity.pieces(40),
                disposition=Disposition.DAMAGED,
            ),
            SnapshotLine(
                location=BULK, material=VALVE, lot=OTHER, quantity=Quantity.pieces(10)
            ),
        ),
    )  # fmt: skip
    (receipt,) = plant.take([Signal(source="wms", key="S1", body=snapshot)])
    assert receipt.status is Status.ACCEPTED, receipt
    states = {state for (state,) in rows(plant, "SELECT state FROM difference")}
    assert states == {"open"}
    topics = [topic for (topic,) in rows(plant, "SELECT topic FROM outbox")]
    assert "difference" in topics


# lots, serials and units


def test_a_hold_on_a_lot_freezes_its_sublots(plant):
    accepted(plant, defined(OTHER, parent_lot=LOT))
    place(plant, hold())
    assert refused(plant, replace(moved(1, BULK, FACE), lot=OTHER)).code is RefusalCode.ON_HOLD


def test_a_serial_is_one_thing_in_any_movement(plant):
    five = {"lot": LOT, "serial": SerialId("S1")}
    body = told("receiving", leg(-5, outside="supplier", **five), leg(5, BULK, **five))
    assert refused(plant, body).code is RefusalCode.QUANTITY_INVALID


def test_a_serial_does_not_stand_in_two_places(plant):
    received = [
        GoodsReceived(
            site=SITE, location=location, material=VALVE, quantity=Quantity.pieces(1), lot=LOT,
            serial=SerialId("S1"),
        )
        for location in (BULK, FACE)
    ]  # fmt: skip
    accepted(plant, received[0])
    (receipt,) = Teller(plant)(received[1])
    assert receipt.status is Status.REFUSED


def test_a_hold_on_a_lot_with_any_name_can_be_released(plant):
    lot = LotId("A|B")
    receipts = Teller(plant)(
        GoodsReceived(
            site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(5), lot=lot
        )
    )
    if receipts[0].status is Status.REFUSED:
        return  # a name that the record cannot keep is refused at the door: as good
    place(plant, hold(material=VALVE, lot=lot))
    done = plant.release_hold(let_go(), by="cleo")
    assert not isinstance(done, Refusal), done


def test_no_stock_stays_frozen_after_the_last_hold_has_ended(plant):
    """A carton leaves on a pallet, the pallet is held, the carton comes back by itself."""
    carton = HandlingUnitPacked(
        site=SITE, location=BULK, handling_unit=CARTON, contents=(leg(5, BULK),)
    )
    pallet = HandlingUnitPacked(site=SITE, location=BULK, handling_unit=PALLET, units=(CARTON,))
    accepted(plant, carton, pallet, HandlingUnitMoved(handling_unit=PALLET))
    place(plant, hold("H1", handling_unit=PALLET))
    back = told(
        "receiving",
        leg(-5, outside="customer", handling_unit=CARTON),
        leg(5, BULK, handling_unit=CARTON),
    )
    accepted(plant, back)
    release(plant, let_go())
    assert rows(plant, "SELECT account, frozen FROM balance WHERE frozen > 0") == []
    assert plant.verify().holds


def test_a_recall_of_a_suppliers_lot_needs_no_definition_of_the_supplier(plant):
    ghost = defined(LOT, supplier=SupplierId("GHOST"), supplier_lot="SL-1")
    accepted(plant, ghost)
    found = plant.recall_supplier_lot("SL-1")
    assert not isinstance(found, Refusal), found
    assert {one.lot for one in found.lines} == {LOT}


# signals that spoil others


@pytest.mark.parametrize(
    "body",
    [
        reserve("R1", 1, expires_at=AS_OF.replace(tzinfo=None, year=2099)),
        SnapshotReported(site=SITE, system="wms", taken_at=AS_OF.replace(tzinfo=None), lines=()),
    ],
    ids=["reservation", "snapshot"],
)
def test_a_moment_without_an_offset_spoils_no_other_signal(plant, body):
    bad, good = Teller(plant)(body, moved(1, BULK, FACE))
    assert bad.status in {Status.REFUSED, Status.UNREADABLE}
    assert good.status is Status.ACCEPTED
