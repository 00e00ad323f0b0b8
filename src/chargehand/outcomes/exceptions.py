"""What of a week people should look at: draws that nobody picks, near misses, right by luck."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from chargehand.governance.submission import within
from chargehand.vocabulary.money import Money

NEAR: Final = 0.1
"""How near to a limit is a near miss (fraction of the limit)."""
SURE: Final = 0.9
"""A proposal this sure should not be wrong."""
UNSURE: Final = 0.5
"""A proposal less sure than this was right by luck."""

CaseKind = Literal[
    "sample", "breaker", "override", "near_miss", "waved_through", "demotion", "probe"
]
KINDS: Final[dict[str, str]] = {
    "breaker": "Circuit breaker or stop",
    "demotion": "Set back to an earlier phase",
    "waved_through": "Approved without reading, then undone or wrong",
    "override": "People decided otherwise, and it has been measured",
    "near_miss": "Near to a limit, or right only by luck",
    "probe": "Probe",
    "sample": "Drawn at random",
}
"""Kinds of cases in the order in which they are worked through, with what people call them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing to look at in a review."""

    subject: str
    """Its key in the pack, such as ``sample:P-12``."""
    kind: CaseKind
    proposal: str
    """Such as ``P-12``; empty where it is about none."""
    text: str
    """What happened, in a sentence or two. Names nobody."""


def drawn(numbers: Iterable[int], count: int, seed: str) -> list[int]:
    """Draw some numbers: those with the least hashes under a seed, so anybody can draw again.

    >>> drawn(range(100), 3, "a week") == drawn(reversed(range(100)), 3, "a week")
    True
    """

    def lot(number: int) -> bytes:
        return sha256(f"{seed}|{number}".encode()).digest()

    return sorted(sorted(set(numbers), key=lot)[:count])


def seed_of(site: str, since: str, until: str, size: int, root: str) -> str:
    """The seed of a pack: its site and period, and the journal's root when it was opened.

    Nobody can know it before the period has ended, and everybody can derive it afterwards.
    """
    return sha256(f"{site}|{since}|{until}|{size}|{root}".encode()).hexdigest()


def near_limit(value: Money | None, limit: Money | None, what: str) -> Iterator[str]:
    """Tell of a value that kept a limit by less than a tenth of it."""
    if value is None or limit is None or not within(value, limit) or limit.amount <= 0:
        return
    if value.currency == limit.currency and float(value.amount / limit.amount) >= 1 - NEAR:
        yield f"{value} is within a tenth of {what} ({limit})"


def near_confidence(confidence: float, least: float) -> Iterator[str]:
    """Tell of a confidence that was barely enough for the policy to clear by itself."""
    if least <= confidence < least * (1 + NEAR) and confidence < 1:
        yield f"confidence {confidence:.0%}, where {least:.0%} is needed"


def luck(confidence: float, *, right: bool) -> Iterator[str]:
    """Tell of an outcome that its confidence did not let expect."""
    if right and confidence < UNSURE:
        yield f"right, though it was only {confidence:.0%} sure"
    if not right and confidence >= SURE:
        yield f"wrong, though it was {confidence:.0%} sure"
