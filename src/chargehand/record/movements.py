"""What a reported movement does: any number of legs that cancel out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from chargehand.record.books import Books, supply_key
from chargehand.record.ledger import (
    CONSUMED,
    SUPPLIER,
    Account,
    BalanceKey,
    Leg,
    Movement,
    imbalance,
    storage,
)
from chargehand.record.limits import Definitions, amount_fault, name_fault, place_fault
from chargehand.record.told import Check, Effect, Told, cause_of
from chargehand.record.using import note_use
from chargehand.signals.kinds import GoodsReceived
from chargehand.signals.stock_kinds import LegReported, MovementReported
from chargehand.vocabulary.identifier import SiteId, check_site
from chargehand.vocabulary.quantity import Unit, amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

COUNTING = "cycle_counting"
"""A step that only corrects the record: nothing goes anywhere by it."""
LEGS_MAX = 10_000
"""Most legs of one movement: a truck's load, not a warehouse."""


class MovementBooks(Books, Protocol):
    """The books, with what was moved before."""

    def movement(self, key: str) -> Movement | None:
        """A movement that was posted, by its key or by that of the signal that caused it."""
        ...

    def taken_back(self, key: str) -> Mapping[BalanceKey, int]:
        """What corrections have changed so far of what a movement did (millionths)."""
        ...

    def receipt(self, key: str) -> GoodsReceived | None:
        """The goods receipt that told a movement; None where something else did."""
        ...

    def correction(self, key: str, by: Movement, *, actor: str, cause: str) -> int:
        """Note in the journal that a movement is taken back, whole or in part, by another."""
        ...


def movement_of(key: str, body: MovementReported) -> Movement:
    """The movement that is told; amounts must be in the stock units of their materials.

    Raises ``ValueError`` where an amount is finer than a millionth.
    """
    return Movement(
        key=key,
        business_step=body.business_step,
        unit=body.legs[0].quantity.unit if body.legs else Unit.PIECE,
        legs=tuple(
            Leg(
                BalanceKey(
                    account_of(body.site, leg), leg.material, leg.lot, leg.disposition.value,
                    leg.serial, leg.handling_unit,
                ),
                leg.quantity.scaled(),
            )
            for leg in body.legs
        ),
        corrects=body.corrects,
        under_hold=body.under_hold,
    )  # fmt: skip


def account_of(site: SiteId, leg: LegReported) -> Account:
    """The account of a leg: a place of the site, or the outside."""
    return Account(f"~{leg.outside}") if leg.location is None else storage(site, leg.location)


def is_plain(body: MovementReported) -> bool:
    """Whether a movement does nothing but move: no use to remember, no hold, nothing corrected."""
    return (
        body.corrects is None
        and body.under_hold is None
        and _miscounted(body) is None
        and all(leg.location is not None or leg.outside != "consumed" for leg in body.legs)
    )


def reckoned(key: str, body: MovementReported, books: Definitions) -> Movement | Refusal:
    """The movement that is told, or why it does not fit the record, whatever stands where."""
    try:
        check_site(body.site)
    except ValueError as error:
        return Refusal(code=RefusalCode.UNKNOWN_SITE, because=str(error))
    if not body.business_step.strip() or len(body.legs) > LEGS_MAX:
        because = f"a movement has a business step, and {LEGS_MAX:,} legs at most"
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    for leg in body.legs:
        refusal = amount_fault(books, leg.material, leg.quantity, floor=None)
        if refusal is None and leg.location is not None:
            refusal = place_fault(books, body.site, leg.location)
        if refusal is None and leg.location is None and leg.quantity.amount < 0:
            refusal = name_fault(leg.lot, leg.serial)
        if refusal is not None:
            return refusal
    movement = movement_of(key, body)
    return imbalance(movement) or movement


def _miscounted(body: MovementReported) -> Refusal | None:
    """Why a movement is not the count that it calls itself."""
    if body.business_step != COUNTING:
        return None
    outside = {leg.outside for leg in body.legs if leg.location is None}
    places = {leg.location for leg in body.legs if leg.location is not None}
    found = {leg.quantity.amount > 0 for leg in body.legs if leg.location is not None}
    if outside <= {"adjustment"} and (len(places) == 1 or len(found) == 1):
        return None
    because = (
        f"a {COUNTING} only corrects what stands somewhere, against the outside 'adjustment':"
        " report what went elsewhere under a step of its own, such as storing or shipping"
    )
    return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)


def _check(body: MovementReported, books: MovementBooks) -> Refusal | None:
    found = reckoned("of this signal", body, books)
    if isinstance(found, Refusal):
        return found
    return None if body.corrects is None else _correction_fault(body, books)


def _correction_fault(body: MovementReported, books: MovementBooks) -> Refusal | None:
    assert body.corrects is not None
    moved = books.movement(body.corrects)
    if moved is None:
        because = f"no movement {body.corrects} was posted here: there is nothing to correct"
        return Refusal(code=RefusalCode.UNKNOWN_MOVEMENT, because=because, transient=True)
    if moved.corrects is not None:
        because = f"{body.corrects} is a correction itself: report what moved as a new movement"
        return Refusal(code=RefusalCode.UNKNOWN_MOVEMENT, because=because)
    was, back = _net(moved), books.taken_back(moved.key)
    for key, delta in _net(movement_of("", body)).items():
        now = back.get(key, 0) + delta
        if not min(0, -was.get(key, 0)) <= now <= max(0, -was.get(key, 0)):
            at = f"{key.material} at {key.account}"
            if not was.get(key):
                because = f"movement {moved.key} did not change {at}: it cannot be taken back there"
            else:
                left = abs(was[key] + back.get(key, 0))
                because = f"movement {moved.key} moved {amount(abs(was[key]))} of {at}, of which"
                because += f" {amount(left)} can be taken back, not {amount(abs(delta))}"
            return Refusal(code=RefusalCode.CORRECTION_TOO_LARGE, because=because)
    return None


def _net(movement: Movement) -> dict[BalanceKey, int]:
    change: dict[BalanceKey, int] = defaultdict(int)
    for leg in movement.legs:
        change[leg.key] += leg.scaled
    return change


def _post(told: Told, body: MovementReported, books: MovementBooks) -> Refusal | None:
    cause = cause_of(told.signal)
    moved = books.movement(body.corrects) if body.corrects is not None else None
    movement = movement_of(cause, body)
    posted = books.post(
        movement, actor=told.actor, cause=cause, occurred_at=told.signal.occurred_at
    )
    # That a hold keeps the stock says more than that the step is wrong: it is said first.
    refusal = posted if isinstance(posted, Refusal) else _miscounted(body)
    if refusal is not None:
        return refusal
    if moved is not None:
        entry = books.correction(moved.key, movement, actor=told.actor, cause=cause)
        _await_again(moved.key, movement, entry, books)
    _use(told, movement, body.site, books)
    for material in {leg.key.material for leg in movement.legs}:
        books.trigger(body.site, material)
    return None


def _await_again(key: str, by: Movement, entry: int, books: MovementBooks) -> None:
    """What a goods receipt said had come, and had not, is still to come."""
    told = books.receipt(key)
    order = None if told is None else told.purchase_order
    if told is None or not order:
        return
    supply = books.supply(supply_key(order, told.site, told.material))
    back = sum(
        leg.scaled
        for leg in by.legs
        if (leg.key.account, leg.key.material) == (SUPPLIER, told.material)
    )
    if supply is not None and back:
        received = max(0, supply.received - back)
        state = "received" if received >= supply.scaled else "ordered"
        books.put_supply(replace(supply, state=state, received=received), entry)


def _use(told: Told, movement: Movement, site: SiteId, books: Books) -> None:
    """What was consumed is demand; what a correction brings back was none."""
    used: dict[BalanceKey, int] = defaultdict(int)
    for leg in movement.legs:
        if leg.key.account == CONSUMED:
            used[BalanceKey(CONSUMED, leg.key.material)] += leg.scaled
    for key, scaled in used.items():
        if scaled:
            note_use(told, books, site=site, material=key.material, scaled=scaled)


CHECKS: dict[type, Check] = {MovementReported: _check}
EFFECTS: dict[type, Effect] = {MovementReported: _post}
