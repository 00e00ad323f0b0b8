"""Taking signals in: each source transaction once, what cannot be used kept with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import get_args

from chargehand.execution import confirmation
from chargehand.governance.access import KeyScope
from chargehand.plant import holding, movements, reserving
from chargehand.plant.following import follow
from chargehand.plant.privacy import Veil, is_told_again, veiled, wordless
from chargehand.plant.reporting_rights import UNLIMITED, Rights, is_unlimited
from chargehand.plant.senders import PERSONAL, stranger
from chargehand.record import intake
from chargehand.record.checking import check
from chargehand.record.content import content_digest
from chargehand.record.moments import moment_fault
from chargehand.record.stock_unit import in_stock_units
from chargehand.record.told import Told, cause_of
from chargehand.runtime import clock
from chargehand.signals.kinds import (
    Body,
    MasterBody,
    StockCounted,
    SupplyPlaced,
    TaskConfirmed,
    TaskDeclined,
    Unreadable,
)
from chargehand.signals.likeness import plainest
from chargehand.signals.signal import Receipt, Signal, Status
from chargehand.signals.stock_kinds import (
    HoldPlaced,
    HoldReleased,
    ReservationPicked,
    ReservationVoided,
)
from chargehand.storage.docket import Docket
from chargehand.storage.personal import MARK, shown
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode

MASTER = get_args(MasterBody)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    signal: Signal
    actor: str
    text: str
    digest: bytes
    refusal: Refusal | None
    """Why it is refused, whatever the record says."""
    scope: KeyScope
    """What the key that it came with is limited to."""


def take(
    store: Store, signals: Sequence[Signal], *, sender: str = "", scope: KeyScope = UNLIMITED
) -> list[Receipt]:
    """Take signals in; durable when it returns. Each succeeds or is refused on its own.

    ``sender`` is the account of the policy that tells them, where it came with a key of its own:
    the journal names it, and a source that is not its own is refused, and so is a site where it
    may not report, or not with a key of this ``scope``. Without one (connectors and commands on the
    plant's own machine) the source speaks for itself.
    """
    receipts = None
    if is_unlimited(store, signals, sender, scope):
        receipts = movements.take_plain(store, signals, clock.now(), sender=sender)
    if receipts is None:
        prepared = [_prepare(signal, sender, scope) for signal in signals]
        receipts = store.write(lambda docket: _take_all(prepared, docket, sender))
        return _told(store, receipts)
    for n, receipt in enumerate(receipts):
        if receipt.refusal is not None and receipt.refusal.code is RefusalCode.KEY_REUSED:
            again = partial(_take_all, [_prepare(signals[n], sender, scope)], sender=sender)
            receipts[n] = store.write(again)[0]
    return _told(store, receipts)


def take_once(
    store: Store,
    signals: Sequence[Signal],
    *,
    sender: str,
    known: Callable[[Docket, Signal], int | None],
    scope: KeyScope = UNLIMITED,
) -> list[Receipt]:
    """Take signals in, but for those that are known already, by the entry that ``known`` finds."""

    def work(docket: Docket) -> list[Receipt]:
        receipts = []
        for item in prepared:
            entry = known(docket, item.signal)
            receipts += (
                _take_all([item], docket, sender) if entry is None
                else [_receipt(item.signal, Status.REPEATED, entry)]
            )  # fmt: skip
        return receipts

    prepared = [_prepare(signal, sender, scope) for signal in signals]
    return _told(store, store.write(work)) if prepared else []


def _told(store: Store, receipts: list[Receipt]) -> list[Receipt]:
    """The receipts with the words of people in place of their tokens, such as a hold's reason."""
    if not any(one.refusal is not None and MARK in one.refusal.because for one in receipts):
        return receipts
    with store.snapshot() as sql:
        return shown(sql.execute, receipts)


def _prepare(signal: Signal, sender: str, scope: KeyScope) -> _Prepared:
    signal, refusal = _dated(signal)
    moment = None if signal.occurred_at is None else written(signal.occurred_at)
    text, plain = wire.write(signal.body, Body), wordless(plainest(signal.body))
    alike = text if plain is signal.body else wire.write(plain, Body)
    digest = content_digest(signal.body.kind, moment, signal.cause, alike)
    return _Prepared(
        signal=signal, actor=sender or signal.source, text=text, digest=digest, refusal=refusal,
        scope=scope,
    )  # fmt: skip


def _dated(signal: Signal) -> tuple[Signal, Refusal | None]:
    """A signal without a moment that cannot be kept, and why it is refused for it."""
    if signal.occurred_at is None or signal.occurred_at.tzinfo is not None:
        return signal, None
    refusal = moment_fault(signal, clock.now())
    return replace(signal, occurred_at=None), refusal


def _take_all(prepared: Sequence[_Prepared], docket: Docket, sender: str) -> list[Receipt]:
    receipts = []
    rights = Rights(docket, sender)
    for item in prepared:
        signal = item.signal
        refusal = rights.objection(signal, item.scope)
        if refusal is None:
            receipts.append(_take(item, docket))
        elif isinstance(signal.body, Unreadable):  # nothing that arrives is dropped
            own = replace(signal, source=f"{PERSONAL[0]}{sender}")
            receipts.append(_take(replace(item, signal=own), docket))
        else:
            receipts.append(_receipt(signal, Status.REFUSED, None, refusal))
    return receipts


def _take(item: _Prepared, docket: Docket) -> Receipt:
    signal = item.signal
    known = docket.sql(
        "SELECT digest, status, entry FROM inbox WHERE source = ? AND key = ?",
        (signal.source, signal.key),
    ).fetchone()
    if isinstance(signal.body, MASTER):
        kind, key, _ = intake.master_key(signal.body)
        is_same = known is not None and known["digest"] == item.digest
        is_old = is_same and known["status"] == Status.ACCEPTED  # and a newer one may hold by now
        if is_old or docket.master(kind, key) == wire.write(signal.body.definition):
            return _receipt(signal, Status.REPEATED, known and known["entry"])
    elif known is not None:
        same = known["digest"] in {item.digest, movements.digest_of(signal)}
        again = same and is_told_again(docket, signal.body, known["entry"])
        if again and known["status"] != Status.REFUSED:
            return _receipt(signal, Status.REPEATED, known["entry"])
        if known["status"] == Status.ACCEPTED:
            return _reused(item, docket, known["entry"])
    if item.refusal is not None:
        return _record(item, docket)
    return movements.take_one(signal, docket, item.actor) or _record(item, docket)


def _record(item: _Prepared, docket: Docket) -> Receipt:
    signal, veil = item.signal, Veil(docket, _author(item))
    kept = veiled(signal.body, veil)
    entry = docket.entry(
        signal.body.kind,
        cause_of(signal),
        item.text if kept is signal.body else wire.write(kept, Body),
        actor=item.actor,
        cause=signal.cause,
        occurred_at=signal.occurred_at,
    )
    refusal = item.refusal or moment_fault(signal, docket.now())
    refusal = refusal or _attempt(Told(signal, item.actor, entry), docket, veil)
    if refusal is not None:
        said = wire.canonical({"because": refusal.because, "code": refusal.code})
        cause = cause_of(signal)
        docket.entry("signal_refused", cause, said, actor=item.actor, cause=cause)
    status = Status.ACCEPTED if refusal is None else Status.REFUSED
    if isinstance(signal.body, Unreadable):
        status = Status.UNREADABLE
    docket.note_inbox(
        signal.source, signal.key, signal.body.kind, item.digest, entry, status, refusal
    )
    return _receipt(signal, status, entry, refusal)


def _author(item: _Prepared) -> str:
    """Whose words a signal carries."""
    return getattr(item.signal.body, "person", None) or item.actor


def _attempt(told: Told, docket: Docket, veil: Veil) -> Refusal | None:
    """Do all that a signal does, or nothing of it and say why.

    It is checked as it was told, and takes effect with tokens for what people wrote.
    """
    try:
        signal = in_stock_units(told.signal, docket)
        if isinstance(signal, Refusal):
            return signal
        exact = replace(told, signal=replace(signal, body=veiled(signal.body, veil)))
        return check(signal, docket) or docket.attempt(lambda: _effects(exact, docket))
    except (ValueError, ArithmeticError) as error:
        because = f"it cannot be reckoned with ({type(error).__name__}: {error})"
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)


def _effects(told: Told, docket: Docket) -> Refusal | None:
    signal, body = told.signal, told.signal.body
    match body:
        case TaskConfirmed() | TaskDeclined():
            refusal = stranger(docket, signal.source, body.person)
            refusal = refusal or confirmation.EFFECTS[type(body)](signal, body, docket)
            if refusal is None:
                follow(docket, body.task, actor=body.person)
            return refusal
        case StockCounted():
            return _count(told, body, docket)
        case HoldPlaced():
            return holding.place(told, body, docket)
        case HoldReleased():
            return holding.release(told, body, docket)
        case ReservationPicked() | ReservationVoided():
            return reserving.tell(told, body, docket)
        case SupplyPlaced(order_key=str(key)) if key:
            refusal = intake.apply(told, docket)
            refusal = refusal or confirmation.ordered(signal, body, docket, actor=told.actor)
            if refusal is None:
                follow(docket, key, actor=told.actor)
            return refusal
        case _:
            return intake.apply(told, docket)


def _count(told: Told, body: StockCounted, docket: Docket) -> Refusal | None:
    signal, actor = told.signal, body.person or told.actor
    refusal = stranger(docket, signal.source, body.person)
    if refusal is None and body.task is not None:
        refusal = confirmation.counted(signal, body, docket, actor=actor)
    if refusal is not None:
        return refusal
    closed = confirmation.make_room(signal, body, docket, actor=actor)
    if body.task is not None:
        closed = (body.task, *closed)
    refusal = intake.apply(told, docket)
    for key in closed if refusal is None else ():
        follow(docket, key, actor=actor)
    return refusal


def _reused(item: _Prepared, docket: Docket, entry: int) -> Receipt:
    signal = item.signal
    key = f"{cause_of(signal)}@{item.digest.hex()[:16]}"
    told = docket.sql(
        "SELECT 1 FROM journal WHERE kind <> 'movement' AND kind = 'conflict' AND key = ?", (key,)
    )
    if told.fetchone() is None:
        text = wire.write(veiled(signal.body, Veil(docket, _author(item))), Body)
        docket.entry("conflict", key, text, actor=item.actor, occurred_at=signal.occurred_at)
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
