"""A signal that is in the journal, and what it is called as the cause of something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chargehand.signals.signal import Signal
from chargehand.vocabulary.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Told:
    """A signal that is in the journal, and who told it."""

    signal: Signal
    actor: str
    """Whose word it is: the account that sent it, else the source itself."""
    entry: int


Effect = Callable[[Told, Any, Any], Refusal | None]
"""What a kind of signal does: the signal, its body, and the books (of the module's own port)."""
Check = Callable[[Any, Any], Refusal | None]
"""Why a body does not fit the record: the body, and the books."""


def cause_of(signal: Signal) -> str:
    """How a signal is named as the cause of something."""
    return f"{signal.source}/{signal.key}"
