"""The maintenance calendar, the failures and the deliveries of the made-up plant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from chargehand.signals.kinds import DeliveryReported, FailureReported
from chargehand.twin.machines import MACHINES, MAIN, SELLERS, STAR
from chargehand.twin.stories import Actor, Role
from chargehand.twin.usage import HISTORY_DAYS
from chargehand.vocabulary.equipment import MaintenanceOrder, PartRequirement, RequestState
from chargehand.vocabulary.identifier import AssetId, MaterialId, OrderId

STAR_ORDER = OrderId("WO-78432")
LATER_ORDER = OrderId("WO-78455")
"""Planned for later; the demo releases it."""
DELIVERIES = 28
"""Past deliveries of each supplier."""
FAILURES = 70
MODES = ("worn", "leaking", "seized", "broken", "no signal", "overheated")

_PLANNED: tuple[tuple[str, RequestState, int, str], ...] = (
    # order, state, days from now, machine
    ("WO-78418", RequestState.COMPLETED, -6, "L1-WASH-01"),
    ("WO-78421", RequestState.COMPLETED, -2, "L2-SCREW-01"),
    ("WO-78426", RequestState.RUNNING, 0, "L1-CONV-01"),
    ("WO-78432", RequestState.RELEASED, 5, "L3-FILL-02"),
    ("WO-78433", RequestState.RELEASED, 4, "L2-PRESS-01"),
    ("WO-78437", RequestState.RELEASED, 9, "L3-CAP-01"),
    ("WO-78440", RequestState.RELEASED, 12, "L1-HYD-01"),
    ("WO-78443", RequestState.FORECAST, 16, "L2-CONV-01"),
    ("WO-78449", RequestState.FORECAST, 24, "L3-PAL-01"),
    ("WO-78455", RequestState.FORECAST, 45, "L3-PACK-01"),
    ("WO-78461", RequestState.FORECAST, 61, "L1-CNC-01"),
    ("WO-78462", RequestState.FORECAST, 75, "L2-ASM-02"),
)


def orders(actors: Sequence[Actor], *, today: date, seed: int) -> Iterator[MaintenanceOrder]:
    """Maintenance behind us and before us, with parts lists."""
    lacking = _first(actors, "short")
    for order, state, days, asset in _PLANNED:
        chance = Random(f"{seed}/{order}")  # noqa: S311 - a rehearsal plant
        families = next(machine.families for machine in MACHINES if machine.asset == asset)
        kin = [
            actor.part
            for actor in actors
            if actor.part.family.code in families
            and actor.role == "usual"
            and actor.part.family.unit == "H87"
        ]
        wanted = {part.material: chance.randint(1, 2) for part in chance.sample(kin, 2)}
        if order == STAR_ORDER:
            wanted = {STAR: 2, lacking: 5}
        if order == LATER_ORDER:
            wanted = {STAR: 4, **wanted}
        yield MaintenanceOrder(
            order=OrderId(order),
            site=MAIN,
            asset=AssetId(asset),
            state=state,
            due_at=at(today + timedelta(days=days), hour=6),
            parts=tuple(
                PartRequirement(material=material, quantity=Decimal(count))
                for material, count in wanted.items()
            ),
        )


def released(order: MaintenanceOrder, *, today: date) -> MaintenanceOrder:
    """The same order, brought forward to be done in a week."""
    return MaintenanceOrder(
        order=order.order,
        site=order.site,
        asset=order.asset,
        state=RequestState.RELEASED,
        due_at=at(today + timedelta(days=7), hour=6),
        kind=order.kind,
        parts=order.parts,
    )


def _first(actors: Sequence[Actor], role: Role) -> MaterialId:
    return next(actor.part.material for actor in actors if actor.role == role)


def at(day: date, *, hour: int) -> datetime:
    """An hour of a day (UTC)."""
    return datetime.combine(day, time(hour), tzinfo=UTC)


def failures(actors: Sequence[Actor], *, today: date, seed: int) -> Iterator[FailureReported]:
    """Breakdowns of three years, with the part where it was found."""
    chance = Random(f"{seed}/failures")  # noqa: S311 - a rehearsal plant
    for _ in range(FAILURES):
        machine = chance.choice(MACHINES)
        kin = [a.part.material for a in actors if a.part.family.code in machine.families]
        day = today - timedelta(days=chance.randint(2, HISTORY_DAYS))
        yield FailureReported(
            site=MAIN,
            asset=AssetId(machine.asset),
            failed_at=at(day, hour=chance.randint(5, 22)),
            material=chance.choice(kin) if chance.random() < 0.7 else None,  # noqa: PLR2004
            mode=chance.choice(MODES),
        )


def deliveries(*, today: date, seed: int) -> Iterator[DeliveryReported]:
    """What each supplier promised and when it came."""
    for seller in SELLERS:
        chance = Random(f"{seed}/{seller.supplier}/deliveries")  # noqa: S311 - a rehearsal plant
        for number in range(DELIVERIES):
            took = max(1, round(chance.gauss(seller.actual_days, seller.spread_days)))
            if chance.random() < seller.late_share:
                took += 7 + chance.randint(0, round(seller.actual_days))
            ordered = today - timedelta(days=took + 5 + (number * 37) + chance.randint(0, 20))
            promised = ordered + timedelta(days=seller.declared_days or 7)
            yield DeliveryReported(
                supplier=seller.supplier,
                ordered_on=ordered,
                promised_on=promised,
                delivered_on=ordered + timedelta(days=took),
                site=MAIN,
                purchase_order=f"45000{abs(hash_of(seller.supplier)):03d}{number:02d}",
            )


def hash_of(text: str) -> int:
    """A small number that stays the same for the same text, unlike ``hash``."""
    return sum(place * ord(letter) for place, letter in enumerate(text, start=1)) % 1000
