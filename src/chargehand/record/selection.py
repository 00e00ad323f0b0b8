"""Which lots to take, by a named policy, and why each with an earlier claim was passed over.

A selection never passes over an earlier expiry in silence: for every candidate that stands before
the last pick, or expires before anything that was picked, what is left of it is in
``passed_over`` with its reason. What is frozen, expired or promised is never picked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from chargehand.record.eligibility import (
    Candidate,
    Fault,
    PassedOverCode,
    SelectionPolicy,
    Wanted,
    fault_of,
)
from chargehand.vocabulary.identifier import HandlingUnitId
from chargehand.vocabulary.quantity import amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

_LATEST = datetime(9999, 12, 31, tzinfo=UTC)
_ARRIVAL = frozenset({SelectionPolicy.FIFO, SelectionPolicy.LIFO})


_BESIDE_RESERVED = frozenset({PassedOverCode.POLICY_ORDER, PassedOverCode.HANDLING_UNIT_WHOLE})
"""Reasons that concern only what is not promised already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """So much of a candidate is taken (millionths)."""

    candidate: Candidate
    scaled: int
    because: str = ""
    """What a person should know about it; empty where nothing is unusual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """So much of a candidate with an earlier claim is left where it stands (millionths)."""

    candidate: Candidate
    scaled: int
    code: PassedOverCode
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to take, in order, and what was passed over for it."""

    policy: SelectionPolicy
    picks: tuple[Pick, ...]
    passed_over: tuple[PassedOver, ...]


def select(wanted: Wanted, candidates: Iterable[Candidate]) -> Selection | Refusal:
    """Take the wanted amount by its policy; refused whole where not enough can be used.

    Handling units that stay whole are taken in the order of what counts first on them, each if it
    fits into what is still wanted; no other combination of them is tried. Equal claims are
    settled by arrival, then by place, lot, serial and handling unit.

    Raises ``ValueError`` where two candidates are the same balance.
    """
    ordered = sorted(candidates, key=(order := _order(wanted.policy)))
    if len({one.key for one in ordered}) < len(ordered):
        raise ValueError(f"candidates of {wanted.material} hold one balance twice")
    faults = _faults(wanted, ordered)
    taken = _take(wanted, ordered, faults)
    if sum(taken.values()) < wanted.scaled:
        return _not_enough(wanted, ordered, taken, faults)
    picked = [one for one in ordered if taken.get(one)]
    last = order(picked[-1])
    ends = max(one.expires_on or date.max for one in picked)
    passed: list[PassedOver] = []
    for one in ordered:
        ahead = order(one) < last
        if ahead or (one.expires_on or date.max) < ends:
            passed += _left(wanted, one, taken.get(one, 0), faults.get(one), ahead=ahead)
    picks = tuple(
        Pick(candidate=one, scaled=taken[one], because=_remark(wanted.policy, one, ordered))
        for one in picked
    )
    return Selection(policy=wanted.policy, picks=picks, passed_over=tuple(passed))


def _order(policy: SelectionPolicy) -> Callable[[Candidate], Any]:
    def expiry(one: Candidate) -> tuple[Any, ...]:
        return one.expires_on is None, one.expires_on or date.max

    def arrival(one: Candidate) -> tuple[Any, ...]:
        moment = one.received_at or _LATEST
        counted = _LATEST - moment if policy is SelectionPolicy.LIFO else moment
        return one.received_at is None, counted

    if policy in _ARRIVAL:
        return lambda one: (*arrival(one), *expiry(one), *one.key)
    return lambda one: (*expiry(one), *arrival(one), *one.key)


def _faults(wanted: Wanted, ordered: Sequence[Candidate]) -> dict[Candidate, Fault]:
    found = {one: fault for one in ordered if (fault := fault_of(wanted, one)) is not None}
    if wanted.whole_handling_units:
        for unit, held in _units(ordered).items():
            bad = next((one for one in held if one in found or one.reserved), None)
            if bad is not None:
                why = found[bad][1] if bad in found else f"part of {bad.name} is promised"
                whole = PassedOverCode.HANDLING_UNIT_WHOLE, f"{unit} cannot be taken whole: {why}"
                found = {**dict.fromkeys(held, whole), **found}
    return found


def _units(ordered: Sequence[Candidate]) -> dict[HandlingUnitId, list[Candidate]]:
    units: dict[HandlingUnitId, list[Candidate]] = defaultdict(list)
    for one in ordered:
        if one.handling_unit:
            units[one.handling_unit].append(one)
    return units


def _take(
    wanted: Wanted, ordered: Sequence[Candidate], faults: dict[Candidate, Fault]
) -> dict[Candidate, int]:
    """How much of each is taken; a handling unit that does not fit is added to the faults."""
    units = _units(ordered) if wanted.whole_handling_units else {}
    taken: dict[Candidate, int] = {}
    rest = wanted.scaled
    for one in ordered:
        if not rest or one in faults or one in taken:
            continue
        held = units.get(one.handling_unit)
        if held is None:
            taken[one] = min(one.free, rest)
            rest -= taken[one]
        elif (total := sum(part.free for part in held)) <= rest:
            taken.update({part: part.free for part in held})
            rest -= total
        else:
            because = f"{one.handling_unit} holds {_says(total, wanted)}, more than is still wanted"
            faults.update(dict.fromkeys(held, (PassedOverCode.HANDLING_UNIT_WHOLE, because)))
    return taken


def _left(
    wanted: Wanted, one: Candidate, taken: int, fault: Fault | None, *, ahead: bool
) -> Iterator[PassedOver]:
    """What is left of a candidate, part by part with its reason; nothing where all was taken."""
    if fault is None:
        fault = (
            PassedOverCode.POLICY_ORDER,
            f"policy {wanted.policy} takes others before {one.name}",
        )
        if ahead:  # only a unit that had to stay whole can have taken its place
            because = f"a handling unit was taken whole instead of {one.name}"
            fault = PassedOverCode.HANDLING_UNIT_WHOLE, because
    code, because = fault
    promised = one.reserved if code in _BESIDE_RESERVED else 0
    if promised:
        yield PassedOver(
            candidate=one,
            scaled=promised,
            code=PassedOverCode.RESERVED,
            because=f"{_says(promised, wanted)} of {one.name} is promised to somebody",
        )
    if rest := one.on_hand - promised - taken:
        yield PassedOver(candidate=one, scaled=rest, code=code, because=because)


def _remark(policy: SelectionPolicy, one: Candidate, ordered: Sequence[Candidate]) -> str:
    if policy in _ARRIVAL:
        unknown = one.received_at is None and any(other.received_at for other in ordered)
        return "its arrival is not known: taken last" if unknown else ""
    unknown = one.expires_on is None and any(other.expires_on for other in ordered)
    return "it has no expiry date: taken last" if unknown else ""


def _not_enough(
    wanted: Wanted,
    ordered: Sequence[Candidate],
    taken: Mapping[Candidate, int],
    faults: Mapping[Candidate, Fault],
) -> Refusal:
    reasons: dict[PassedOverCode, list[PassedOver]] = defaultdict(list)
    for one in ordered:
        for part in _left(wanted, one, taken.get(one, 0), faults.get(one), ahead=False):
            reasons[part.code].append(part)
    there = sum(one.on_hand for one in ordered)
    because = (
        f"{wanted.material}: {_says(wanted.scaled, wanted)} wanted, and of {_says(there, wanted)}"
        f" there {_says(sum(taken.values()), wanted)} can be used"
    )
    for code in PassedOverCode:
        if parts := reasons.get(code):
            more = f"; and {len(parts) - 1} more" if len(parts) > 1 else ""
            total = _says(sum(part.scaled for part in parts), wanted)
            because += f"; {total} cannot ({code}: {parts[0].because}{more})"
    return Refusal(code=RefusalCode.INSUFFICIENT_STOCK, because=because, transient=True)


def _says(scaled: int, wanted: Wanted) -> str:
    return f"{amount(scaled)} {wanted.unit}"
