"""How people name things to a plant."""

from __future__ import annotations

from chargehand.vocabulary.refusal import Refusal, RefusalCode


def proposal_number(text: str) -> int | None:
    """The number in ``P-12`` or ``12``; None where it is neither.

    >>> proposal_number("P-12"), proposal_number("12"), proposal_number("x")
    (12, 12, None)
    """
    digits = text.strip().upper().removeprefix("P-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else None  # noqa: PLR2004


def unknown_proposal(text: str) -> Refusal:
    """The refusal for something that is not the name of a proposal."""
    return Refusal(
        code=RefusalCode.UNKNOWN_PROPOSAL,
        because=f"{text!r} is not a proposal; they are named like P-12",
    )
