"""Reservations at a plant: who may tell of them, and those whose time is over."""

from __future__ import annotations

from chargehand.plant.senders import stranger
from chargehand.record import intake, reserving
from chargehand.record.told import Told
from chargehand.signals.stock_kinds import ReservationPicked, ReservationVoided
from chargehand.storage.docket import Docket
from chargehand.vocabulary.refusal import Refusal


def tell(told: Told, body: ReservationPicked | ReservationVoided, docket: Docket) -> Refusal | None:
    """Pick or void a reservation, on the word of somebody whom the policy knows."""
    refusal = stranger(docket, told.signal.source, body.person)
    return refusal or intake.apply(told, docket)


def expire(docket: Docket) -> int:
    """Free the reservations whose time is over; how many there were."""
    return reserving.expire(docket)
