"""Which stock a reservation takes: by its policy, and what stands elsewhere is told too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from chargehand.record.books import Passed
from chargehand.record.eligibility import (
    Candidate,
    PassedOverCode,
    SelectionPolicy,
    Wanted,
    fault_of,
)
from chargehand.record.selection import PassedOver, Selection, select
from chargehand.signals.stock_kinds import ReservationPlaced
from chargehand.vocabulary.identifier import HandlingUnitId, LocationId, LotId, SerialId
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def chosen(
    body: ReservationPlaced, candidates: Sequence[Candidate], day: date
) -> Selection | Refusal:
    """What to set aside, and what with an earlier claim was passed over for it, each with why.

    A lot, serial or unit that is named makes the policy ``specific``. Where a place is named, what
    expires earlier at another place of the site is passed over by that wish, and told so.
    """
    named = bool(body.lot or body.serial or body.handling_unit)
    policy = SelectionPolicy.SPECIFIC if named else SelectionPolicy(body.selection)
    if policy is SelectionPolicy.SPECIFIC and not named:
        because = "with the selection specific, name the lot, serial or handling unit"
        return Refusal(code=RefusalCode.RESERVATION_INVALID, because=because)
    wanted = Wanted(
        material=body.material,
        unit=body.quantity.unit,
        scaled=body.quantity.scaled(),
        day=day,
        policy=policy,
        life_days_min=body.min_remaining_days,
        lot=body.lot or LotId(""),
        serial=body.serial or SerialId(""),
        handling_unit=body.handling_unit or HandlingUnitId(""),
    )
    return chosen_at(wanted, candidates, body.location)


def chosen_at(
    wanted: Wanted, candidates: Sequence[Candidate], location: LocationId | None
) -> Selection | Refusal:
    """What to take at a place (None: anywhere in the site), and what was passed over for it."""
    here = [one for one in candidates if location in {None, one.location}]
    selection = select(wanted, here)
    if isinstance(selection, Refusal) or location is None:
        return selection
    elsewhere = [one for one in candidates if one.location != location]
    return replace(
        selection, passed_over=(*selection.passed_over, *_elsewhere(wanted, selection, elsewhere))
    )


def passed_by(selection: Selection) -> tuple[Passed, ...]:
    """What a selection passed over, as the entry of its reservation keeps it."""
    return tuple(
        Passed(
            location=one.candidate.location, lot=one.candidate.lot, scaled=one.scaled,
            code=one.code, because=one.because,
        )
        for one in selection.passed_over
    )  # fmt: skip


def _elsewhere(
    wanted: Wanted, selection: Selection, candidates: Sequence[Candidate]
) -> list[PassedOver]:
    last = max(pick.candidate.expires_on or date.max for pick in selection.picks)
    where = selection.picks[0].candidate.location
    found = []
    for one in candidates:
        if (one.expires_on or date.max) < last:
            asked = f"{one.name} expires earlier, and place {where} was asked for"
            code, because = fault_of(wanted, one) or (PassedOverCode.NOT_SPECIFIED, asked)
            found.append(PassedOver(candidate=one, scaled=one.on_hand, code=code, because=because))
    return found
