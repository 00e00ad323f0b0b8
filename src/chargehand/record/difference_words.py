"""A difference between two stock lists in a sentence."""

from __future__ import annotations

from chargehand.record.attribution import Attribution, Cause, Difference
from chargehand.vocabulary.quantity import amount

KEYS_SHOWN = 3
_WORDS = {
    Cause.NOT_BOOKED: "they have not booked {keys} yet",
    Cause.AHEAD: "they have booked {keys} already",
    Cause.UNDER_WAY: "task {keys} is under way",
    Cause.OTHER_LOT: "they have it as lot {keys}",
    Cause.OTHER_DISPOSITION: "they have it as {keys}",
    Cause.MISSED: "it equals {keys}, which they may have missed",
    Cause.DOUBLED: "it equals {keys}, which they may have booked twice",
    Cause.REVERSED: "it is twice {keys}, which they may have booked with the other sign",
    Cause.OTHER_UNIT: "the amounts are as 1 to {keys}, a pack of the material",
    Cause.OTHER_PLACE: "as much differs the other way at {keys}",
}


def because(difference: Difference) -> str:
    """What a difference comes from, and how much of it is unexplained (of the stock unit)."""
    said = [f"{_signed(one.scaled)}: {_of(one)}" for one in difference.attributions]
    if difference.unexplained:
        said.append(f"{_signed(difference.unexplained)} unexplained")
        said += [_perhaps(one) for one in difference.candidates]
    return "; ".join(said)


def _perhaps(one: Attribution) -> str:
    if one.cause is Cause.OTHER_DISPOSITION:  # no guess: their list says so
        return f"{_signed(one.scaled)} of it: {_of(one)}"
    return f"perhaps {_of(one)}"


def _of(one: Attribution) -> str:
    names = [key or "none" for key in one.keys[:KEYS_SHOWN]]
    more = len(one.keys) - len(names)
    return _WORDS[one.cause].format(keys=", ".join(names) + (f" and {more} more" if more else ""))


def _signed(scaled: int) -> str:
    return f"{amount(scaled):+f}"
