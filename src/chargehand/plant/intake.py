"""Taking signals in: each source transaction once, what cannot be used kept with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import get_args

from chargehand.execution import confirmation
from chargehand.plant.following import follow
from chargehand.record import intake
from chargehand.record.checking import check
from chargehand.signals.kinds import (
    Body,
    MasterBody,
    StockCounted,
    SupplyPlaced,
    TaskConfirmed,
    TaskDeclined,
    Unreadable,
)
from chargehand.signals.signal import Receipt, Signal, Status
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode

MASTER = get_args(MasterBody)


@dataclass(frozen=True, slots=True)
class _Prepared:
    signal: Signal
    text: str
    digest: str


def take(store: Store, signals: Sequence[Signal]) -> list[Receipt]:
    """Take signals in; durable when it returns. Each succeeds or is refused on its own."""
    prepared = [_prepare(signal) for signal in signals]
    return store.write(lambda docket: [_take(item, docket) for item in prepared])


def _prepare(signal: Signal) -> _Prepared:
    text = wire.write(signal.body, Body)
    moment = "" if signal.occurred_at is None else written(signal.occurred_at)
    return _Prepared(signal, text, sha256(f"{moment}\n{text}".encode()).hexdigest())


def _take(item: _Prepared, docket: Docket) -> Receipt:
    signal = item.signal
    known = docket.sql(
        "SELECT digest, status, entry FROM inbox WHERE source = ? AND key = ?",
        (signal.source, signal.key),
    ).fetchone()
    if isinstance(signal.body, MASTER):
        kind, key, _ = intake.master_key(signal.body)
        if docket.master(kind, key) == wire.write(signal.body.definition):
            return _receipt(signal, Status.REPEATED, known and known["entry"])
    elif known is not None:
        if known["digest"] == item.digest and known["status"] != Status.REFUSED:
            return _receipt(signal, Status.REPEATED, known["entry"])
        if known["status"] == Status.ACCEPTED:
            return _reused(item, docket, known["entry"])
    return _record(item, docket)


def _record(item: _Prepared, docket: Docket) -> Receipt:
    signal = item.signal
    entry = docket.entry(
        signal.body.kind, intake.cause_of(signal), item.text,
        actor=signal.source, cause=signal.cause, occurred_at=signal.occurred_at,
    )  # fmt: skip
    refusal = check(signal, docket) or _effects(signal, docket, entry)
    status = Status.ACCEPTED if refusal is None else Status.REFUSED
    if isinstance(signal.body, Unreadable):
        status = Status.UNREADABLE
    docket.sql(
        "INSERT OR REPLACE INTO inbox"
        " (source, key, kind, digest, status, entry, code, because, recorded_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            signal.source, signal.key, signal.body.kind, item.digest, status, entry,
            refusal and refusal.code, refusal and refusal.because, written(docket.now()),
        ),
    )  # fmt: skip
    return _receipt(signal, status, entry, refusal)


def _effects(signal: Signal, docket: Docket, entry: int) -> Refusal | None:
    body = signal.body
    if isinstance(body, TaskConfirmed | TaskDeclined):
        refusal = confirmation.EFFECTS[type(body)](signal, body, docket)
        if refusal is None:
            follow(docket, body.task, actor=body.person)
        return refusal
    if isinstance(body, StockCounted) and body.task is not None:
        return _count(signal, body, docket, entry)
    refusal = intake.apply(signal, docket, entry)
    if refusal is None and isinstance(body, SupplyPlaced) and body.order_key:
        _ordered(signal, body, docket)
    return refusal


def _count(signal: Signal, body: StockCounted, docket: Docket, entry: int) -> Refusal | None:
    assert body.task is not None
    found = confirmation.task(body.task, docket)
    if isinstance(found, Refusal):
        return found
    refusal = intake.apply(signal, docket, entry) or confirmation.counted(signal, body, docket)
    if refusal is None:
        follow(docket, body.task, actor=body.person or signal.source)
    return refusal


def _ordered(signal: Signal, body: SupplyPlaced, docket: Docket) -> None:
    assert body.order_key is not None
    order = docket.order(body.order_key)
    if order is not None and order["state"] in confirmation.OPEN:
        docket.move_order(
            body.order_key,
            "confirmed",
            actor=signal.source,
            reference=body.purchase_order,
            cause=intake.cause_of(signal),
        )
        follow(docket, body.order_key, actor=signal.source)


def _reused(item: _Prepared, docket: Docket, entry: int) -> Receipt:
    signal = item.signal
    key = f"{intake.cause_of(signal)}@{item.digest[:16]}"
    if (
        docket.sql("SELECT 1 FROM journal WHERE kind = 'conflict' AND key = ?", (key,)).fetchone()
        is None
    ):
        docket.entry(
            "conflict", key, item.text, actor=signal.source, occurred_at=signal.occurred_at
        )
    refusal = Refusal(
        code=RefusalCode.KEY_REUSED,
        because=f"{signal.source}/{signal.key} came before with another content (entry {entry});"
        " a correction needs a key of its own",
    )
    return _receipt(signal, Status.REFUSED, entry, refusal)


def _receipt(
    signal: Signal, status: Status, entry: int | None, refusal: Refusal | None = None
) -> Receipt:
    return Receipt(
        source=signal.source, key=signal.key, status=status, entry=entry, refusal=refusal
    )
