"""The warrant of an order: the kept ruling that each action is held against before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chargehand.governance.submission import digest_of
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingRecord:
    """A ruling as it is kept."""

    number: int
    proposal_id: str
    version: int
    verdict: Literal["cleared", "awaiting", "refused"]
    cleared_by: tuple[str, ...]
    policy_version: int
    action_digest: str
    action_digests: tuple[str, ...]
    """``digest_of`` each action alone, in their order."""


def check_order(action: Action, proposal: str, ruling: RulingRecord | None) -> Refusal | None:
    """Refuse to send an action unless a ruling cleared this very action of this proposal."""
    if ruling is not None and ruling.proposal_id != proposal:
        return _no_ruling(f"ruling {ruling.number} is on {ruling.proposal_id}, not {proposal}")
    return verify(digest_of((action,)), ruling)


def verify(action_digest: str, ruling: RulingRecord | None) -> Refusal | None:
    """Refuse an action, given by its digest, that a ruling has not cleared literally."""
    if ruling is None:
        return _no_ruling("there is no ruling on it")
    if ruling.verdict != "cleared" or not ruling.cleared_by:
        return _no_ruling(f"ruling {ruling.number} did not clear it ({ruling.verdict})")
    if action_digest not in ruling.action_digests:
        return _no_ruling(f"the action is not one of those that ruling {ruling.number} cleared")
    return None


def _no_ruling(because: str) -> Refusal:
    return Refusal(code=RefusalCode.NO_RULING, because=because)
