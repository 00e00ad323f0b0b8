"""Moments that a signal tells: each says its offset from UTC, and it has come already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from chargehand.signals.kinds import Unreadable
from chargehand.signals.signal import Signal
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode

CLOCKS_APART = timedelta(minutes=10)
"""How far a source's clock may be ahead of the plant's."""


def moment_fault(signal: Signal, now: datetime) -> Refusal | None:
    """Why a signal's moments cannot be kept: one without an offset, or one that has not come."""
    if isinstance(signal.body, Unreadable):
        return None
    told = (("occurred_at", signal.occurred_at), *_moments(signal.body))
    for name, moment in told:
        if moment is not None and moment.tzinfo is None:
            because = f"{name} {moment.isoformat()} does not say its offset from UTC: add it"
            return Refusal(code=RefusalCode.MOMENT_INVALID, because=because)
    if is_ahead(signal.occurred_at, now):
        because = (
            f"occurred_at {signal.occurred_at} has not come yet (it is {written(now)} here): send"
            " it when it has happened, or set the source's clock"
        )
        return Refusal(code=RefusalCode.MOMENT_INVALID, because=because, transient=True)
    return None


def is_ahead(moment: datetime | None, now: datetime) -> bool:
    """Whether a moment is further ahead than clocks are apart."""
    return moment is not None and moment > now + CLOCKS_APART


def _moments(value: object) -> Iterator[tuple[str, datetime]]:
    for field in fields(cast("Any", value)):
        one = getattr(value, field.name)
        if isinstance(one, datetime):
            yield field.name, one
        elif field.name == "definition" and is_dataclass(one):
            yield from _moments(one)
