"""The end of the undo window: orders that were held are sent, shown, or take effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chargehand.execution.confirmation import freed
from chargehand.execution.order import OrderState
from chargehand.governance.policy import check_order
from chargehand.plant.following import follow
from chargehand.plant.ordering import begun, start, take_effect
from chargehand.plant.rulings import order_warrant
from chargehand.storage.docket import Docket
from chargehand.storage.store import Undone
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.work import Action

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

AT_ONCE = 500
"""Orders that one transaction releases."""


def release_due(plant: Plant) -> int:
    """Let every order begin whose approval cannot be taken back any more; returns how many."""
    return plant.store.write(release)


def release(docket: Docket) -> int:
    """Release what is due; each order is held against its ruling once more."""
    rows = docket.sql(
        "SELECT * FROM orders WHERE state = ? AND release_at <= ? ORDER BY rank, key LIMIT ?",
        (OrderState.HELD, written(docket.now()), AT_ONCE),
    ).fetchall()
    begun_now: dict[int, list[str]] = {}
    for row in rows:
        if _released(docket, row):
            begun_now.setdefault(row["proposal"], []).append(row["key"])
    for number, keys in begun_now.items():
        start(docket, number, keys, "chargehand")
    return len(rows)


def _released(docket: Docket, row: Mapping[str, Any]) -> bool:
    """Let one order begin; False where it cannot, which is told to people."""
    key, target = row["key"], row["target"]
    action: Action = wire.read(Action, row["action"])
    refusal = check_order(action, f"P-{row['proposal']}", order_warrant(docket, row))
    if refusal is not None:
        because = refusal.because
        docket.move_order(key, OrderState.NEEDS_PERSON, actor="chargehand", because=because)
        follow(docket, key, actor="chargehand")
        return False

    def effect() -> Refusal | None:
        try:
            take_effect(docket, key, action, target, "chargehand")
        except Undone as undone:
            return undone.refusal
        return None

    refusal = docket.attempt(effect)
    if refusal is not None:
        entry = docket.move_order(
            key, OrderState.DECLINED, actor="chargehand", because=refusal.because
        )
        freed(key, action, docket, entry)
        follow(docket, key, actor="chargehand")
        return False
    state = begun(target)
    docket.move_order(key, state, actor="chargehand", because="")
    if state == OrderState.PENDING:
        docket.retry_order(key, docket.now(), "")
    return True
