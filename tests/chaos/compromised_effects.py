"""What a witness holds against the rulings: orders, their effects, and what targets received."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from chargehand.governance.policy import digest_of
from chargehand.vocabulary import wire
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import Action, ParameterChange

ORDER = re.compile(r"(P-\d+)\.(\d+)/(\d+)")
BY_POLICY = ["policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One order that reached a target."""

    key: str
    proposal: str
    ruling: int
    digest: str
    size: int
    """Entries of the journal at that moment."""


@dataclass(slots=True)
class Ordered:
    """What the journal tells of an order."""

    entry: int
    ruling: int
    action: Any
    fact: dict[str, Any]
    state: str = ""
    taken_back: int = 0
    """Entry by which it was cancelled; 0 where it was not."""


@dataclass(slots=True)
class Effects:
    """The part of a witness that looks at what was done; rulings are derived by the other."""

    faults: list[str] = field(default_factory=list)
    rulings: dict[int, dict[str, Any]] = field(default_factory=dict)
    newest: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The latest ruling on each proposal."""
    orders: dict[str, Ordered] = field(default_factory=dict)
    stops: list[list[int]] = field(default_factory=list)
    """From which entry to which all automation was stopped; the last may have no end."""
    probes: set[str] = field(default_factory=set)

    def wrong(self, what: str, row: Any) -> None:
        """Note a fault at an entry."""
        self.faults.append(f"{what}: {row['kind']} {row['key']} (entry {row['number']})")

    def told_order(self, row: Any, fact: dict[str, Any]) -> None:
        action = wire.read(Action, fact["action"])
        ordered = Ordered(row["number"], fact["ruling"], action, fact)
        is_again = row["key"] in self.orders
        self.orders.setdefault(row["key"], ordered)
        ruling = self.rulings.get(fact["ruling"])
        named = ORDER.fullmatch(row["key"])
        name = f"P-{fact['proposal']}"
        if ruling is None or not ruling["is_right"] or f"P-{ruling['proposal']}" != name:
            self.wrong("order without a ruling", row)
        elif self.newest[name]["number"] != ruling["number"]:
            self.wrong("order on a ruling that is over", row)
        elif name in self.probes:
            self.wrong("order of a probe", row)
        elif is_again or named is None or row["key"] != _key(name, ruling, int(named[3])):
            self.wrong("order under another key", row)
        elif digest_of((action,)) != dict(enumerate(ruling["action_digests"])).get(int(named[3])):
            self.wrong("order of something else", row)

    def told_effect(self, row: Any, fact: dict[str, Any]) -> None:
        ordered = self.orders.get(row["key"])
        if ordered is None:
            if fact["state"] != "needs_person":  # that is how somebody is told of a forged one
                self.wrong("effect without an order", row)
            return
        if ordered.state in {"cancelled", "confirmed", "declined"} and fact["state"] in {
            "pending", "sent", "confirmed",
        }:  # fmt: skip
            self.wrong("effect after its end", row)
        ordered.state = fact["state"]
        if fact["state"] == "cancelled":
            ordered.taken_back = row["number"]

    def told_movement(self, row: Any, fact: dict[str, Any]) -> None:
        if ORDER.fullmatch(row["key"]) is None:
            return
        ordered = self.orders.get(row["key"])
        if ordered is None or ordered.state != "confirmed":
            self.wrong("movement without an order", row)
            return
        brought = [leg for leg in fact["legs"] if leg["scaled"] > 0]
        action = ordered.action
        to = {f"{action.site}/{action.to_location}"}
        if (
            {leg["key"]["account"] for leg in brought} - to
            or {leg["key"]["material"] for leg in brought} - {action.material}
            or sum(leg["scaled"] for leg in brought) > action.quantity.scaled()
        ):
            self.wrong("movement of something else", row)

    def told_parameters(self, row: Any, fact: dict[str, Any]) -> None:
        ordered = self.orders.get(row["key"])
        action = None if ordered is None else ordered.action
        levels = [fact.get("reorder_point"), fact.get("order_up_to")]
        if not isinstance(action, ParameterChange) or levels != [
            str(action.reorder_point), str(action.order_up_to),
        ]:  # fmt: skip
            self.wrong("levels that nobody ruled on", row)

    def told_supply(self, row: Any, fact: dict[str, Any]) -> None:
        key = fact.get("order_key")
        if key is None:
            return
        ordered = self.orders.get(key)
        if ordered is None or fact["scaled"] > _quantity(ordered.action).scaled():
            self.wrong("supply without an order", row)

    def received_all(self, received: list[Received], in_flight: int) -> None:
        under_a_stop: dict[int, int] = defaultdict(int)
        for one in received:
            said = f"{one.key} (at {one.size})"
            ordered = self.orders.get(one.key)
            if ordered is None or ordered.entry >= one.size or ordered.ruling != one.ruling:
                self._note("sent without an order", said)
                continue
            if one.digest != digest_of((ordered.action,)):
                self._note("sent something else", said)
            if 0 < ordered.taken_back < one.size:
                self._note("sent after it was taken back", said)
            if self.rulings[one.ruling]["cleared_by"] == BY_POLICY:
                for stop in self.stops:
                    if stop[0] < one.size and (len(stop) == 1 or one.size <= stop[1]):
                        under_a_stop[stop[0]] += 1
        for stop, n in under_a_stop.items():
            if n > in_flight:
                self._note("sent under a stop", f"{n} after entry {stop}")

    def _note(self, what: str, said: str) -> None:
        if f"{what}: {said}" not in self.faults:
            self.faults.append(f"{what}: {said}")


def _key(name: str, ruling: dict[str, Any], n: int) -> str:
    return f"{name}.{ruling['version']}/{n}"


def _quantity(action: Any) -> Quantity:
    return getattr(action, "quantity", Quantity.pieces(0))


def rows_that_nobody_wrote(sql: Any) -> list[str]:
    """Orders and rulings of the tables that the journal does not tell in the same words."""
    told = {
        (row["kind"], row["number"]): json.loads(row["body"])
        for row in sql.execute(
            "SELECT kind, number, body FROM journal WHERE kind IN ('order', 'ruling')"
        )
    }
    found = []
    for kind, table, names in (
        ("order", "orders", ("key", "proposal", "ruling", "target", "action")),
        ("ruling", "ruling", ("number", "proposal", "version", "verdict", "cleared_by")),
    ):
        for row in sql.execute(f"SELECT * FROM {table}").fetchall():
            fact = told.get((kind, row["entry"]), {})
            if any(_same(fact.get(name)) != row[name] for name in names):
                found.append(f"row that nobody wrote: {table} {row[names[0]]}")
    return found


def _same(value: object) -> object:
    return json.dumps(value) if isinstance(value, list) else value
