"""What people did with proposals, and who turned out to be right where they did not agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from chargehand.outcomes.shares import Share, quantile, share_of

Verdict = Literal["followed", "changed", "rejected", "undone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What people made of one proposal. Who they were is not told here."""

    verdict: Verdict
    right: bool | None
    """Whether the proposal (as it then stood) was right in hindsight; None: not known (yet)."""
    waited_s: float
    """From its making to the answer (seconds)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """How often people decided otherwise, and who was right in hindsight."""

    rate: Share
    """Of all that they decided, what they rejected, changed or took back."""
    rejected: int
    changed: int
    undone: int
    people_right: int
    proposal_right: int
    not_known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What people did with the proposals of a scope, all of them taken together."""

    decided: int
    adoption: Share
    """Carried out as proposed, of all that was decided."""
    overrides: Overrides
    latency_median_s: float | None
    """From the making of a proposal to the answer (seconds)."""
    latency_p90_s: float | None


def acts(answers: Iterable[Answered]) -> Acts:
    """Return what people did with proposals.

    A proposal that was rejected or taken back and turned out wrong: people were right. One that was
    changed and turned out right: people were right; changed and wrong: nobody knows what the first
    version would have been.
    """
    known = list(answers)
    total = len(known)
    others = [one for one in known if one.verdict != "followed"]
    ends = [_who_was_right(one) for one in others]
    waits = [one.waited_s for one in known]
    return Acts(
        decided=total,
        adoption=share_of(total - len(others), total),
        overrides=Overrides(
            rate=share_of(len(others), total),
            rejected=_count(others, "rejected"),
            changed=_count(others, "changed"),
            undone=_count(others, "undone"),
            people_right=ends.count("people"),
            proposal_right=ends.count("proposal"),
            not_known=ends.count("not_known"),
        ),
        latency_median_s=quantile(waits, 0.5),
        latency_p90_s=quantile(waits, 0.9),
    )


def _count(answers: list[Answered], verdict: Verdict) -> int:
    return sum(one.verdict == verdict for one in answers)


def _who_was_right(answer: Answered) -> Literal["people", "proposal", "not_known"]:
    if answer.right is None:
        return "not_known"
    if answer.verdict == "changed":
        return "people" if answer.right else "not_known"
    return "proposal" if answer.right else "people"
