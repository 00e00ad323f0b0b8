"""The outbox: orders for outside systems are sent under their keys until the system has them."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chargehand.execution.order import (
    Misconfigured,
    NotAuthorized,
    Order,
    OrderState,
    OrderTarget,
    Sent,
    Unavailable,
)
from chargehand.governance.approval import moved
from chargehand.governance.policy import check_order
from chargehand.plant import policies
from chargehand.plant.following import follow
from chargehand.plant.rulings import order_warrant
from chargehand.plant.standing import STOP, open_breakers, read_breakers
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.work import Action

ATTEMPTS_MAX = 12
WAIT_S_FIRST = 2.0
WAIT_S_MAX = 900.0
LEASE = timedelta(seconds=120)
HELD = (
    "SELECT 1 FROM reservation p JOIN balance b USING (account, material, lot, serial,"
    " handling_unit, disposition) WHERE p.key = o.key AND p.state = 'open' AND b.frozen > 0"
    " AND (b.frozen > 1 OR b.released < p.scaled - p.posted)"
)
"""Stock that an order would be picked from is on hold."""


def send_due(store: Store, targets: Mapping[str, OrderTarget]) -> int:
    """Send every order that is due; returns how many were tried."""
    tried = 0
    while (row := store.write(_claim)) is not None:
        _send(store, row, targets)
        tried += 1
    return tried


def _claim(docket: Docket) -> dict[str, Any] | None:
    """Take the next due order, so that nobody else sends it at the same time.

    While all automation is stopped, only what people approved is sent. What would be picked from
    frozen stock waits until the hold lets it go.
    """
    stopped = docket.is_halted() or any(one.cause == STOP for one in open_breakers(docket))
    row = docket.sql(
        "SELECT o.* FROM orders o JOIN ruling r ON r.number = o.ruling WHERE o.state = 'pending'"
        f" AND o.next_at <= ? AND (? = 0 OR r.cleared_by <> ?) AND NOT EXISTS ({HELD})"
        " ORDER BY o.rank, o.key LIMIT 1",
        (written(docket.now()), int(stopped), json.dumps(["policy"])),
    ).fetchone()
    if row is None:
        return None
    lease = written(docket.now() + LEASE)
    docket.sql(
        "UPDATE orders SET next_at = ?, attempts = attempts + 1 WHERE key = ?", (lease, row["key"])
    )
    return dict(row) | {"warrant": order_warrant(docket, row), "next_at": lease}


def _is_ours(docket: Docket, row: Mapping[str, Any]) -> bool:
    """Whether an order still waits, under our lease: nobody has confirmed, declined or taken it."""
    now = docket.order(row["key"])
    return now is not None and (now["state"], now["next_at"]) == ("pending", row["next_at"])


def _send(store: Store, row: dict[str, Any], targets: Mapping[str, OrderTarget]) -> None:
    order = Order(
        key=row["key"],
        proposal=f"P-{row['proposal']}",
        ruling=row["ruling"],
        target=row["target"],
        action=wire.read(Action, row["action"]),
    )
    refusal = check_order(order.action, order.proposal, row["warrant"])
    target = targets.get(order.target)
    if refusal is None and store.is_halted() and row["warrant"].cleared_by == ("policy",):
        _hold_back(store, row)
        return
    if refusal is not None or target is None:
        because = refusal.because if refusal else f"settings name no target {order.target}"
        _park(store, row, because)
        return
    try:
        found = target.find(order.key) if row["attempts"] else None
        sent = found or target.send(order)
    except Unavailable as error:
        _later(store, row, str(error))
    except (NotAuthorized, Misconfigured) as error:
        _park(store, row, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of one target must not hold up the others
        sys.stderr.write(traceback.format_exc())
        _later(store, row, f"{type(error).__name__}: {error}")
    else:
        _mark_sent(store, order, sent)


def _hold_back(store: Store, row: Mapping[str, Any]) -> None:
    """Give a claimed order back unsent: automation was stopped since it was taken."""

    def work(docket: Docket) -> None:
        if _is_ours(docket, row):
            docket.sql(
                "UPDATE orders SET next_at = ?, attempts = ? WHERE key = ?",
                (written(docket.now() + LEASE), row["attempts"], row["key"]),
            )

    store.write(work)


def _later(store: Store, row: dict[str, Any], because: str) -> None:
    attempts = row["attempts"] + 1  # the row is as it was before this attempt
    if attempts >= ATTEMPTS_MAX:
        _park(store, row, f"given up after {attempts} attempts: {because}")
        return
    wait = timedelta(seconds=min(WAIT_S_FIRST * 2**attempts, WAIT_S_MAX))

    def work(docket: Docket) -> None:
        if _is_ours(docket, row):
            docket.retry_order(row["key"], docket.now() + wait, because)

    store.write(work)


def _park(store: Store, row: Mapping[str, Any], because: str) -> None:
    def work(docket: Docket) -> None:
        if not _is_ours(docket, row):
            return  # its confirmation was faster than the fault
        key = row["key"]
        docket.move_order(key, OrderState.NEEDS_PERSON, actor="chargehand", because=because)
        follow(docket, key, actor="chargehand")
        read_breakers(docket, policies.within(docket))

    store.write(work)


def _mark_sent(store: Store, order: Order, sent: Sent) -> None:
    def work(docket: Docket) -> None:
        row = docket.order(order.key)
        if row is None or row["state"] != OrderState.PENDING:
            return  # its confirmation was faster than the reply to our sending
        docket.move_order(order.key, OrderState.SENT, actor=order.target, reference=sent.reference)
        proposal = docket.proposal(row["proposal"])
        assert proposal is not None
        pending = [one for one in docket.orders_of(row["proposal"]) if one["state"] == "pending"]
        state = moved(proposal["state"], "send")
        if not pending and not isinstance(state, Refusal):
            docket.transition(
                row["proposal"], "send", state, who="chargehand", because=f"{order.target} has it"
            )

    store.write(work)
