"""Movements by the fast lane: those that only move, of materials that are booked already.

Such a movement needs no entry for its signal beside it: the movement says all that was told. What
else it may be (a correction, a use, one under a hold, one in another unit) goes the long way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chargehand.record.content import content_digest
from chargehand.record.limits import Definitions
from chargehand.record.moments import moment_fault
from chargehand.record.movements import is_plain, movement_of, reckoned
from chargehand.record.told import cause_of
from chargehand.signals.signal import Receipt, Signal, Status
from chargehand.signals.stock_kinds import MovementReported
from chargehand.storage.docket import Docket
from chargehand.storage.known import Known
from chargehand.storage.lane_single import post_one
from chargehand.storage.lane_text import movement_text
from chargehand.storage.posting import Answer, Posted, Posting
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import MaterialId, SiteId
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.refusal import Refusal


class Booked(Definitions, Protocol):
    """What the lane has to know."""

    def is_booked_at(self, site: SiteId, material: MaterialId) -> bool:
        """Whether there ever was stock of a material in a site: its unit cannot change then."""
        ...


def take_plain(
    store: Store, signals: Sequence[Signal], now: datetime, *, sender: str
) -> list[Receipt] | None:
    """Take movements in by the fast lane; None, and nothing done, where any is not plain.

    A key that came in before with another content is refused here; the long way knows more of it.
    """
    if not signals or not all(isinstance(one.body, MovementReported) for one in signals):
        return None
    with store.snapshot() as sql:
        known = Known(sql)
        sources = {one.source for one in signals}
        if sender and any(known.owner_of(source) != sender for source in sources):
            return None
        moment = written(now)
        postings = [posting_of(one, known, sender or one.source, moment) for one in signals]
    plain = [one for one in postings if one is not None]
    if len(plain) < len(postings):
        return None
    return [
        _receipt(signal, answer)
        for signal, answer in zip(signals, store.post(plain), strict=True)
    ]  # fmt: skip


def take_one(signal: Signal, docket: Docket, actor: str) -> Receipt | None:
    """Take a movement in beside other signals, the same as by the lane; None where not plain."""
    posting = posting_of(signal, docket, actor, written(docket.now()))
    return None if posting is None else _receipt(signal, post_one(posting, docket.transaction))


def digest_of(signal: Signal) -> bytes | None:
    """The digest under which the lane keeps a movement's content; None where it is not plain."""
    body = signal.body
    if not isinstance(body, MovementReported) or not is_plain(body):
        return None
    try:
        text = movement_text(movement_of(cause_of(signal), body))
    except ValueError:  # an amount too fine for any booking
        return None
    moment = None if signal.occurred_at is None else written(signal.occurred_at)
    return content_digest(body.kind, moment, signal.cause or body.document, text)


def posting_of(signal: Signal, known: Booked, actor: str, moment: str) -> Posting | None:
    """What the lane is to post; None where a signal is not plain, or does not fit the record."""
    body = signal.body
    if not isinstance(body, MovementReported) or not is_plain(body):
        return None
    if moment_fault(signal, instant(moment)) is not None:
        return None
    if not all(known.is_booked_at(body.site, leg.material) for leg in body.legs):
        return None
    movement = reckoned(cause_of(signal), body, known)
    if isinstance(movement, Refusal):
        return None
    return Posting(
        source=signal.source,
        key=signal.key,
        movement=movement,
        actor=actor,
        recorded_at=moment,
        occurred_at=None if signal.occurred_at is None else written(signal.occurred_at),
        cause=signal.cause or body.document,
    )


def _receipt(signal: Signal, answer: Answer) -> Receipt:
    if isinstance(answer, Posted):
        status = Status.REPEATED if answer.is_repeated else Status.ACCEPTED
        return Receipt(source=signal.source, key=signal.key, status=status, entry=answer.entry)
    assert isinstance(answer, Refusal)
    return Receipt(source=signal.source, key=signal.key, status=Status.REFUSED, refusal=answer)
