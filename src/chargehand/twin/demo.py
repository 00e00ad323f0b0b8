"""The walk through the whole product, over its API alone: from signals to measured, audited stock.

Each step checks what a user would see; the first that does not hold ends the walk with its name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from chargehand.signals.kinds import MaintenanceOrderReported
from chargehand.signals.signal import Signal
from chargehand.twin.calendar import LATER_ORDER, orders, released
from chargehand.twin.client import Api, ApiRefused, Row, wait_for
from chargehand.twin.machines import STAR, STAR_BULK, STAR_FACE
from chargehand.twin.seed import CMMS, seed_signals
from chargehand.twin.stories import cast
from chargehand.vocabulary.wire import plain

BATCH = 1000
FORBIDDEN = 403
DECISIONS = {"cycle_count", "mro_replenishment", "part_reservation", "reorder_parameters"}
WITHIN_S = 60.0
"""How long the background worker may take for its part of a step (seconds)."""
FAULTY = 6
"""Rows of the made-up plant that are refused or unreadable, on purpose."""


class StepFailed(Exception):
    """A step of the walk did not come out as it must."""

    def __init__(self, step: str, because: str) -> None:
        super().__init__(f"{step}: {because}")
        self.step = step


@dataclass(slots=True, kw_only=True)
class Walk:
    """One walk, with what it has counted so far."""

    planner: Api
    buyer: Api
    floor: Api
    systems: Api
    as_of: datetime
    seed: int = 7
    say: Callable[[str], None] = lambda _text: None
    loaded: Callable[[], object] = lambda: None
    """Called once everything has been told and heard: the host starts its background work."""
    step: str = ""
    counted: dict[str, Any] = field(default_factory=dict)
    approved: list[str] = field(default_factory=list)
    executed: int = 0
    confirmed: int = 0

    def run(self) -> dict[str, Any]:
        """Walk all steps; return the figures. Raises ``StepFailed``, which names the step."""
        began = time.monotonic()
        try:
            for step in STEPS:
                self.step = (step.__doc__ or "").partition("\n")[0].rstrip(".")
                self.say(self.step)
                step(self)
        except ApiRefused as error:
            raise StepFailed(self.step, str(error)) from error
        self.counted |= {
            "approved": len(self.approved),
            "executed": self.executed,
            "confirmed": self.confirmed,
        }
        return self.counted | {"seconds": round(time.monotonic() - began, 1)}

    def check(self, holds: object, because: str) -> None:
        """End the walk where something does not hold."""
        if not holds:
            raise StepFailed(self.step, because)

    def detail(self, row: Row) -> Row:
        """A proposal, whole."""
        found: Row = self.planner.get(f"/v1/proposals/{row['id']}")
        return found

    def approve(self, person: Api, row: Row) -> Row:
        """Approve a proposal on the version that was read."""
        done: Row = person.post(
            f"/v1/proposals/{row['id']}/approval",
            {"justification": "Checked in the walk against stock and calendar."},
            key=f"walk-approve-{row['id']}",
            version=row["version"],
        )
        self.approved.append(row["id"])
        return done

    def order_of(self, row: Row) -> Row:
        """The first order of a proposal, once the worker has sent it."""
        gone = {"sent", "confirmed"}

        def look() -> Row | None:
            orders_now = self.detail(row)["orders"]
            return next((order for order in orders_now if order["state"] in gone), None)

        order = wait_for(look, within_s=WITHIN_S)
        if order is None:
            seen = self.detail(row)["orders"]
            raise StepFailed(self.step, f"the order of {row['id']} was not sent: {seen}")
        self.executed += 1
        return order

    def on_hand(self, location: str) -> Decimal:
        """What stands of the demo's part at a place, by the record."""
        rows = self.planner.rows("/v1/stock", material=STAR, location=location)
        return sum((Decimal(str(row["on_hand"])) for row in rows), Decimal(0))


def _signals(walk: Walk) -> None:
    """The plant's systems report: machines, parts, stock, three years of usage."""
    signals = seed_signals(as_of=walk.as_of, seed=walk.seed)
    count, bad = 0, 0
    for batch in _batches(signals):
        receipts = walk.systems.post("/v1/signals", [plain(signal) for signal in batch])["receipts"]
        walk.check(len(receipts) == len(batch), "some signals got no receipt")
        count += len(batch)
        bad += sum(receipt["status"] in {"refused", "unreadable"} for receipt in receipts)
    walk.check(bad == FAULTY, f"{bad} signals were not taken, where {FAULTY} are bad on purpose")
    walk.counted["signals"] = count


def _batches(signals: Iterator[Signal]) -> Iterator[Sequence[Signal]]:
    while batch := list(islice(signals, BATCH)):
        yield batch


def _hearing(walk: Walk) -> None:
    """Every decision is asked, and proposes."""
    report = walk.planner.post("/v1/decisions/hearing", {})
    rows = list(walk.planner.rows("/v1/proposals", state="all"))
    walk.check(report["proposed"] and rows, "nothing was proposed")
    decided = {row["decision"] for row in rows}
    walk.check(decided >= DECISIONS, f"only {sorted(decided)} proposed something")
    walk.counted["proposals"] = len(rows)
    walk.loaded()


def _refill(walk: Walk) -> None:
    """The planner approves the refill of a pick face; the floor carries it; stock follows."""
    row = _refill_of_star(walk)
    before_face, before_bulk = walk.on_hand(STAR_FACE), walk.on_hand(STAR_BULK)
    walk.approve(walk.planner, row)
    key = walk.order_of(row)["key"]
    task = next((task for task in walk.floor.rows("/v1/tasks") if task["key"] == key), None)
    if task is None:
        raise StepFailed(walk.step, f"the floor has no task {key}")
    message = task["message"] or {}
    walk.check(
        message.get("itemId") == STAR and message.get("toLocation") == STAR_FACE,
        f"the task says {message}",
    )
    for _ in range(2):  # a confirmation that comes twice counts once
        walk.floor.post(f"/v1/tasks/{key}/confirmation", {}, key=f"walk-confirm-{key}")
    walk.confirmed += 1
    moved = Decimal(str(message["quantity"]))
    walk.check(
        walk.on_hand(STAR_FACE) == before_face + moved
        and walk.on_hand(STAR_BULK) == before_bulk - moved,
        f"{moved} were confirmed, but {STAR_FACE} went from {before_face} to"
        f" {walk.on_hand(STAR_FACE)} and {STAR_BULK} from {before_bulk} to"
        f" {walk.on_hand(STAR_BULK)}",
    )
    walk.say(f"  {row['headline']} Stock at {STAR_FACE}: {before_face} -> {before_face + moved}.")


def _refill_of_star(walk: Walk) -> Row:
    for row in walk.planner.rows("/v1/proposals", decision="mro_replenishment"):
        if STAR in row["label"] or STAR in row["headline"]:
            action = walk.detail(row)["proposal"]["actions"][0]
            if action["kind"] == "move_task" and action["to_location"] == STAR_FACE:
                return row
    raise StepFailed(walk.step, f"no refill of {STAR} at {STAR_FACE} is waiting")


def _requisition(walk: Walk) -> None:
    """A requisition: who may not approve it is refused, who may sends it to purchasing."""
    for row in walk.planner.rows("/v1/proposals", decision="mro_replenishment"):
        if walk.detail(row)["proposal"]["actions"][0]["kind"] == "requisition":
            walk.check(_is_refused(walk.floor, row), "somebody without authority approved it")
            walk.approve(walk.buyer, row)
            walk.order_of(row)
            walk.say(f"  {row['headline']}")
            return
    raise StepFailed(walk.step, "no requisition is waiting")


def _is_refused(person: Api, row: Row) -> bool:
    path = f"/v1/proposals/{row['id']}/approval"
    try:
        person.post(path, {}, key=f"walk-overreach-{row['id']}", version=row["version"])
    except ApiRefused as refused:
        return refused.status == FORBIDDEN
    return False


def _maintenance(walk: Walk) -> None:
    """A maintenance order is released, and its parts are proposed without anybody asking."""
    today = walk.as_of.date()
    planned = orders(cast(walk.seed), today=today, seed=walk.seed)
    order = released(next(o for o in planned if o.order == LATER_ORDER), today=today)
    known = {row["id"] for row in walk.planner.rows("/v1/proposals", state="all")}
    signal = Signal(
        source=CMMS,
        key=f"order/{order.order}/{order.state}",
        body=MaintenanceOrderReported(definition=order),
    )
    receipt = walk.systems.post("/v1/signals", [plain(signal)])["receipts"][0]
    walk.check(receipt["status"] == "accepted", f"the order was not taken: {receipt}")

    def look() -> Row | None:
        rows = walk.planner.rows("/v1/proposals", state="all")
        named = (row for row in rows if LATER_ORDER in row["label"] + row["headline"])
        return next((row for row in named if row["id"] not in known), None)

    row = wait_for(look, within_s=WITHIN_S)
    if row is None:
        raise StepFailed(walk.step, f"the worker proposed nothing for {LATER_ORDER}")
    walk.say(f"  {row['headline']}")


def _rejection(walk: Walk) -> None:
    """A proposal is rejected, with a reason."""
    row = next(iter(walk.planner.rows("/v1/proposals", decision="reorder_parameters")), None)
    row = row or next(iter(walk.planner.rows("/v1/proposals")), None)
    if row is None:
        raise StepFailed(walk.step, "nothing is waiting")
    walk.planner.post(
        f"/v1/proposals/{row['id']}/rejection",
        {"reason": "other_plan", "text": "The machine is replaced next quarter."},
        key=f"walk-reject-{row['id']}",
        version=row["version"],
    )
    state = walk.detail(row)["row"]["state"]
    walk.check(state == "rejected", f"{row['id']} is {state}")


def _audit(walk: Walk) -> None:
    """The journal's chain holds, and what was approved can be derived again."""
    report = walk.planner.get("/v1/audit/verification")
    walk.check(report["holds"], f"the chain is broken: {report['faults'][:3]}")
    for proposal in walk.approved:
        replayed = walk.planner.get(f"/v1/proposals/{proposal}/replay")
        walk.check(replayed["identical"], f"{proposal} came out differently: {replayed}")
    walk.counted["audit_verified"] = True


STEPS = (_signals, _hearing, _refill, _requisition, _maintenance, _rejection, _audit)
