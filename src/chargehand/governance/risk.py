"""How bad a wrong one is, and whether it can be taken back: one table, by kind of transaction.

A decision cannot call its own deeds harmless: what a threshold of the policy looks at is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chargehand.decisions.decision import Proposal
from chargehand.governance.terms import Risk
from chargehand.vocabulary.work import TransactionType

LEVELS: Final[tuple[Risk, ...]] = ("low", "medium", "high")
"""From the least to the greatest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """What is at stake when a transaction of a kind is wrong."""

    risk: Risk
    reversible: bool
    """Whether it can be taken back once it is done, by people of the plant alone."""
    because: str


_T = TransactionType
STAKES: Mapping[TransactionType, Stakes] = MappingProxyType(
    {
        _T.COUNT: Stakes(
            risk="low", reversible=True, because="a count changes nothing but the record"
        ),
        _T.REPLENISHMENT: Stakes(
            risk="low", reversible=True, because="a move inside the plant can be moved back"
        ),
        _T.STAGING: Stakes(
            risk="low", reversible=True, because="a move inside the plant can be moved back"
        ),
        _T.PARAMETER_CHANGE: Stakes(
            risk="medium", reversible=True, because="a wrong level acts until it is seen"
        ),
        _T.TRANSFER: Stakes(
            risk="medium", reversible=True, because="another site goes without the material"
        ),
        _T.REQUISITION: Stakes(
            risk="high", reversible=False, because="it spends money"
        ),
    }
)  # fmt: skip
"""Every kind of transaction; one that is missing here counts as high and final."""
UNKNOWN: Final = Stakes(risk="high", reversible=False, because="nothing is known of such deeds")


def stakes_of(transaction: TransactionType) -> Stakes:
    """What is at stake in a kind of transaction."""
    return STAKES.get(transaction, UNKNOWN)


def riskiest(proposal: Proposal) -> tuple[TransactionType, Stakes] | None:
    """The action with the most at stake; None for a proposal without any."""
    found = [(action.transaction, stakes_of(action.transaction)) for action in proposal.actions]
    return max(found, key=lambda pair: LEVELS.index(pair[1].risk), default=None)


def irreversible(proposal: Proposal) -> tuple[TransactionType, Stakes] | None:
    """The first action that cannot be taken back; None where all can."""
    found = ((action.transaction, stakes_of(action.transaction)) for action in proposal.actions)
    return next((pair for pair in found if not pair[1].reversible), None)


def at_least(risk: Risk, threshold: Risk) -> bool:
    """Whether a risk has reached a threshold.

    >>> at_least("medium", "medium"), at_least("low", "medium")
    (True, False)
    """
    return LEVELS.index(risk) >= LEVELS.index(threshold)
