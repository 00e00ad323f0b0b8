"""What decisions see of a plant: promised stock is not free, stock on its way is, days end."""

from __future__ import annotations

from datetime import timedelta

from chargehand.record.ledger import SUPPLIER, BalanceKey, storage, transfer
from chargehand.signals import kinds
from chargehand.signals import stock_kinds as kinds_of_stock
from chargehand.storage.posting import Posted, Posting
from chargehand.vocabulary.identifier import HoldId, PersonId, SerialId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.quantity import Quantity, Unit
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller


def test_stock_that_is_promised_is_seen_as_taken_here_and_coming_there(plant):
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    plant.approve(name, by="ada")
    with plant.view() as view:
        seen = {at.location: at for at in view.stock(SITE)[VALVE]}
    assert (seen[BULK].on_hand, seen[BULK].reserved, seen[BULK].incoming) == (40, 8, 0)
    assert (seen[FACE].on_hand, seen[FACE].reserved, seen[FACE].incoming) == (2, 0, 8)


def test_what_a_hold_keeps_is_on_hand_and_not_free(plant):
    with plant.view() as view:
        assert view.stock(SITE)[VALVE][0].free == 40
    Teller(plant)(kinds_of_stock.HoldPlaced(
        hold=HoldId("H-1"), site=SITE, location=BULK, reason="found damp", person=PersonId("ada"),
    ))  # fmt: skip
    with plant.view() as view:
        seen = {at.location: at for at in view.stock(SITE)[VALVE]}
    assert (seen[BULK].on_hand, seen[BULK].held, seen[BULK].free) == (40, 40, 0)
    assert (seen[FACE].on_hand, seen[FACE].held, seen[FACE].free) == (2, 0, 2)


def test_serials_and_handling_units_of_a_lot_are_seen_as_one_amount(plant):
    postings = [
        Posting(
            source="wms", key=serial, actor="wms", recorded_at=written(AS_OF),
            movement=transfer(
                f"wms/{serial}", "storing", source=BalanceKey(SUPPLIER, VALVE), scaled=1_000_000,
                target=BalanceKey(storage(SITE, FACE), VALVE, serial=SerialId(serial)),
                unit=Unit.PIECE,
            ),
        )
        for serial in ("S-1", "S-2")
    ]  # fmt: skip
    assert all(isinstance(answer, Posted) for answer in plant.store.post(postings))
    with plant.view() as view:
        (face,) = [at for at in view.stock(SITE)[VALVE] if at.location == FACE]
        assert (face.on_hand, face.free, face.counted_at) == (4, 4, AS_OF)
    rows = plant.stock(location=FACE, limit=2)
    rest = plant.stock(location=FACE, limit=2, after=rows.next)
    assert sum(row.on_hand for row in (*rows.rows, *rest.rows)) == 4


def test_use_is_seen_from_the_first_day_up_to_the_last_and_not_on_it(plant):
    first = AS_OF.date()
    for days, pieces in ((-1, 1), (0, 2), (6, 4), (7, 8)):
        used = kinds.UsageReported(
            site=SITE, material=VALVE, quantity=Quantity.pieces(pieces),
            used_on=first + timedelta(days=days),
        )  # fmt: skip
        Teller(plant)(used)
    with plant.view() as view:
        assert view.used(SITE, first, first + timedelta(days=7))[VALVE] == 2 + 4
