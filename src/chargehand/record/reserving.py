"""Reservations: stock set aside, picked in parts, voided, expired."""

from __future__ import annotations

import re
from dataclasses import replace

from chargehand.record.choosing import chosen, passed_by
from chargehand.record.ledger import CONSUMED, Leg, Movement, storage
from chargehand.record.limits import amount_fault, in_unit_of, place_fault
from chargehand.record.reservation import (
    ORDER,
    OpenReservation,
    ReservationBooks,
    Reserved,
    Step,
)
from chargehand.record.told import Check, Effect, Told, cause_of
from chargehand.record.using import note_use
from chargehand.signals.stock_kinds import ReservationPicked, ReservationPlaced, ReservationVoided
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
)
from chargehand.vocabulary.quantity import Quantity, amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

_OWN = re.compile(r"P-\d")


def _may_place(body: ReservationPlaced, books: ReservationBooks) -> Refusal | None:
    if not body.reservation.strip() or _OWN.match(body.reservation):
        because = f"{body.reservation!r} cannot name a reservation: P-1 and such are tasks"
        return Refusal(code=RefusalCode.RESERVATION_INVALID, because=because)
    if books.reservation(body.reservation) is not None:
        because = f"there is a reservation {body.reservation} already; take another name"
        return Refusal(code=RefusalCode.KEY_REUSED, because=because)
    if body.expires_at is not None and body.expires_at <= books.now():
        because = f"{body.reservation} would expire at {body.expires_at}, which is past"
        return Refusal(code=RefusalCode.RESERVATION_INVALID, because=because)
    if body.min_remaining_days < 0:
        because = f"min_remaining_days must be 0 or more, not {body.min_remaining_days}"
        return Refusal(code=RefusalCode.RESERVATION_INVALID, because=because)
    refusal = amount_fault(books, body.material, body.quantity)
    for location in (body.location, body.to_location):
        if refusal is None and location is not None:
            refusal = place_fault(books, body.site, location)
    return refusal


def _place(told: Told, body: ReservationPlaced, books: ReservationBooks) -> Refusal | None:
    found = books.candidates(body.site, body.material)
    day = max((told.signal.occurred_at or books.now()), books.now()).date()
    selection = chosen(body, tuple(found), day)
    if isinstance(selection, Refusal):
        return selection
    refusal = books.reserve(
        Reserved(
            key=body.reservation,
            legs=tuple((found[pick.candidate], pick.scaled) for pick in selection.picks),
            site=body.site,
            location=selection.picks[0].candidate.location,
            to_site=body.site if body.to_location else "",
            to_location=body.to_location or "",
            for_order=body.for_order,
            selection=str(selection.policy),
            passed_over=passed_by(selection),
            expires_at=body.expires_at,
        ),
        actor=told.actor,
        cause=cause_of(told.signal),
    )
    if refusal is None:
        books.trigger(body.site, body.material)
    return refusal


def _open(key: str, books: ReservationBooks) -> OpenReservation | Refusal:
    found = books.reservation(key)
    if found is None:
        because = f"there is no reservation {key}"
        return Refusal(code=RefusalCode.UNKNOWN_RESERVATION, because=because)
    if found.kind != ORDER:
        because = f"{key} is a task's: confirm or decline the task"
        return Refusal(code=RefusalCode.UNKNOWN_RESERVATION, because=because)
    if found.state != "open":
        because = f"reservation {key} is {found.state} already"
        return Refusal(code=RefusalCode.RESERVATION_CLOSED, because=because)
    if found.expires_at is not None and found.expires_at <= books.now():
        because = f"reservation {key} expired at {found.expires_at}: nobody picked it in time"
        return Refusal(code=RefusalCode.RESERVATION_CLOSED, because=because)
    return found


def _may_end(
    body: ReservationPicked | ReservationVoided, books: ReservationBooks
) -> Refusal | None:
    found = _open(body.reservation, books)
    if isinstance(found, Refusal):
        return found
    if isinstance(body, ReservationVoided):
        if body.reason.strip():
            return None
        because = f"say why reservation {body.reservation} is not used"
        return Refusal(code=RefusalCode.REASON_MISSING, because=because)
    quantity = in_unit_of(books, found.material, body.quantity)
    if isinstance(quantity, Refusal):
        return quantity
    refusal = amount_fault(books, found.material, quantity, floor=0 if body.is_last else 1)
    if refusal is None and quantity.scaled() > found.left:
        left = amount(found.left)
        because = f"{body.quantity} is more than the {left} that {body.reservation} still keeps"
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    return refusal


def _pick(told: Told, body: ReservationPicked, books: ReservationBooks) -> Refusal | None:
    found = _open(body.reservation, books)
    if isinstance(found, Refusal):
        return found
    quantity = in_unit_of(books, found.material, body.quantity)
    if isinstance(quantity, Refusal):
        return quantity
    picked, rest = [], quantity.scaled()
    for leg in found.legs:
        taken = min(leg.left, rest)
        rest -= taken
        if taken:
            picked.append((leg.n, taken))
    over = body.is_last or quantity.scaled() == found.left
    any_picked = picked or any(leg.posted for leg in found.legs)
    step = Step(
        reservation=found.key, event="pick", material=found.material, picked=tuple(picked),
        state="open" if not over else "posted" if any_picked else "voided",
    )  # fmt: skip
    who, cause = body.person or told.actor, cause_of(told.signal)
    books.step_reservation(step, actor=who, cause=cause)
    refusal = _post(told, found, picked, quantity, books, actor=who) if picked else None
    books.trigger(found.site, found.material)
    return refusal


def _post(
    told: Told,
    found: OpenReservation,
    picked: list[tuple[int, int]],
    quantity: Quantity,
    books: ReservationBooks,
    *,
    actor: str,
) -> Refusal | None:
    """Post what was picked; the unit that it stood in stays where it is."""
    goes = bool(found.to_site)
    target = storage(found.to_site, found.to_location) if goes else CONSUMED
    of = {leg.n: leg.key for leg in found.legs}
    legs: list[Leg] = []
    for n, taken in picked:
        to = replace(of[n], account=target, handling_unit=HandlingUnitId(""))
        legs += [Leg(of[n], -taken), Leg(to, taken)]
    cause = cause_of(told.signal)
    movement = Movement(
        key=cause, business_step="picking" if goes else "consuming", unit=quantity.unit,
        legs=tuple(legs),
    )  # fmt: skip
    posted = books.post(movement, actor=actor, cause=cause, occurred_at=told.signal.occurred_at)
    if isinstance(posted, Refusal):
        return posted
    if not goes:
        note_use(
            told, books, site=found.site, material=found.material, scaled=quantity.scaled(),
            order=found.for_order,
        )  # fmt: skip
    return None


def _void(told: Told, body: ReservationVoided, books: ReservationBooks) -> Refusal | None:
    found = _open(body.reservation, books)
    if isinstance(found, Refusal):
        return found
    end(found, books, "void", body.reason, actor=body.person or told.actor, cause=told)
    return None


def end(
    found: OpenReservation,
    books: ReservationBooks,
    event: str,
    because: str,
    *,
    actor: str,
    cause: Told | str | None = None,
) -> None:
    """Free what is left of a reservation that will not be used any more."""
    step = Step(
        reservation=found.key, event=event, material=found.material, because=because,
        state="expired" if event == "expire" else "voided",
    )  # fmt: skip
    of = cause_of(cause.signal) if isinstance(cause, Told) else cause
    books.step_reservation(step, actor=actor, cause=of)
    books.trigger(found.site, found.material)


def expire(books: ReservationBooks) -> int:
    """Free every reservation whose time is over; how many there were."""
    found = [books.reservation(key) for key in books.expired_reservations()]
    due = [one for one in found if one is not None and one.kind == ORDER]
    for one in due:
        end(one, books, "expire", "nobody picked it in time", actor="chargehand")
    return len(due)


CHECKS: dict[type, Check] = {
    ReservationPlaced: _may_place, ReservationPicked: _may_end, ReservationVoided: _may_end,
}  # fmt: skip
EFFECTS: dict[type, Effect] = {
    ReservationPlaced: _place, ReservationPicked: _pick, ReservationVoided: _void,
}  # fmt: skip
