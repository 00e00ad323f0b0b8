"""What decisions see of a plant: promised stock is not free, stock on its way is, days end."""

from __future__ import annotations

from datetime import timedelta

from chargehand.signals import kinds
from chargehand.vocabulary.quantity import Quantity
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller


def test_stock_that_is_promised_is_seen_as_taken_here_and_coming_there(plant):
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    plant.approve(name, by="ada")
    with plant.view() as view:
        seen = {at.location: at for at in view.stock(SITE)[VALVE]}
    assert (seen[BULK].on_hand, seen[BULK].reserved, seen[BULK].incoming) == (40, 8, 0)
    assert (seen[FACE].on_hand, seen[FACE].reserved, seen[FACE].incoming) == (2, 0, 8)


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
