"""A witness outside of the plant: derives every ruling again from the journal, by own statements.

It uses of the product only governance, which it hands what the journal told before each entry, and
the way values are written as text. It remembers what it has read, so that it can be asked often.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.governance.breaker import OpenBreaker
from chargehand.governance.delegation import Delegation, Scope
from chargehand.governance.demotion import Demotion
from chargehand.governance.phase import Phase
from chargehand.governance.policy import (
    Awaiting,
    Cleared,
    Policy,
    Standing,
    approve,
    digest_of,
    rule,
    submit,
)
from chargehand.plant import policies
from chargehand.plant.probing import commitment_of
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import Action, ParameterChange

ORDER = re.compile(r"(P-\d+)\.(\d+)/(\d+)")
TOLD = (
    "policy", "proposal", "ruling", "order", "effect", "delegation", "delegation_ended", "breaker",
    "demotion", "probe_ended", "change_request", "signature", "movement", "parameters", "supply",
)  # fmt: skip
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
class Witness:
    """What is known from the entries so far, and what is wrong with them."""

    faults: list[str] = field(default_factory=list)
    read: int = -1
    policy: Policy | None = None
    proposals: dict[tuple[str, int], Proposal] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    changers: dict[str, tuple[str, ...]] = field(default_factory=lambda: defaultdict(tuple))
    rulings: dict[int, dict[str, Any]] = field(default_factory=dict)
    newest: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, Ordered] = field(default_factory=dict)
    delegations: dict[str, Delegation] = field(default_factory=dict)
    opened: dict[str, list[OpenBreaker]] = field(default_factory=lambda: defaultdict(list))
    stops: list[list[int]] = field(default_factory=list)
    """From which entry to which all automation was stopped; the last may have no end."""
    demotions: dict[str, Demotion] = field(default_factory=dict)
    probes: set[str] = field(default_factory=set)
    asked: dict[str, tuple[str, str]] = field(default_factory=dict)
    signed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    cleared: int = 0
    """Rulings that were derived again and are right."""

    def look(self, sql: Any, received: list[Received], *, in_flight: int = 0) -> list[str]:
        """Read what is new, and all that targets received; returns every fault so far.

        ``in_flight``: so many orders may have been on their way at the moment of each stop.
        """
        for row in sql.execute("SELECT * FROM probe").fetchall():
            if commitment_of(row["proposal"], row["salt"], row["wrong"]) == row["commitment"]:
                self.probes.add(f"P-{row['proposal']}")
        marks = ", ".join("?" * len(TOLD))
        rows = sql.execute(
            f"SELECT number, kind, key, actor, recorded_at, body FROM journal WHERE number > ?"
            f" AND kind IN ({marks}) ORDER BY number",
            (self.read, *TOLD),
        ).fetchall()
        texts = {row["token"]: row["text"] for row in sql.execute("SELECT * FROM personal")}
        for row in rows:
            fact = json.loads(row["body"])
            if row["kind"] == "ruling":
                self._ruling(row, fact, texts)
            else:
                getattr(self, f"_{row['kind']}")(row, fact)
            self.read = row["number"]
        self._effects(received, in_flight)
        return self.faults

    def _wrong(self, what: str, row: Any) -> None:
        self.faults.append(f"{what}: {row['kind']} {row['key']} (entry {row['number']})")

    # what holds

    def _policy(self, row: Any, fact: dict[str, Any]) -> None:
        before, after = self.policy, policies.parse(fact["text"])
        assert isinstance(after, Policy), after
        self.policy = after
        if before is None:
            return
        request = f"C-{fact.get('request')}"
        proposer, text = self.asked.get(request, ("", ""))
        able = {
            one.person
            for one in before.people
            if set(one.roles) & before.administrators and one.active and not one.service
        }
        if text != fact["text"] or not set(self.signed[request]) & (able - {proposer}):
            self._wrong("policy that nobody else signed", row)

    def _change_request(self, row: Any, fact: dict[str, Any]) -> None:
        self.asked[row["key"]] = (row["actor"], fact["text"])

    def _signature(self, row: Any, fact: dict[str, Any]) -> None:
        if fact["verdict"] == "signed":
            self.signed[row["key"]].append(row["actor"])

    def _delegation(self, row: Any, fact: dict[str, Any]) -> None:
        self.delegations[row["key"]] = Delegation(
            number=fact["number"], from_person=fact["from_person"], to_person=fact["to_person"],
            scope=wire.read(Scope, fact["scope"]), since=instant(fact["since"]),
            until=instant(fact["until"]),
        )  # fmt: skip

    def _delegation_ended(self, row: Any, _fact: dict[str, Any]) -> None:
        self.delegations.pop(row["key"], None)

    def _breaker(self, row: Any, fact: dict[str, Any]) -> None:
        key, is_over = row["key"], "closed" in fact
        if key == "stop":
            if is_over and self.stops:
                self.stops[-1].append(row["number"])
            elif not is_over:
                self.stops.append([row["number"]])
        elif is_over:
            self.opened.pop(key, None)
        else:
            decision, site, zone = key.split("|")
            said = {name: fact[name] for name in ("cause", "because", "cure")}
            self.opened[key].append(OpenBreaker(decision=decision, site=site, zone=zone, **said))

    def _demotion(self, row: Any, fact: dict[str, Any]) -> None:
        if "ended" in fact:
            self.demotions.pop(row["key"], None)
            return
        self.demotions[row["key"]] = Demotion(
            number=row["number"], decision=fact["decision"], site=fact["site"], zone=fact["zone"],
            phase=Phase(fact["phase"]), cause=fact["cause"], because=fact["because"],
        )  # fmt: skip

    def _probe_ended(self, _row: Any, fact: dict[str, Any]) -> None:
        self.probes.add(fact["proposal"])

    # what was ruled

    def _proposal(self, row: Any, fact: dict[str, Any]) -> None:
        self.proposals[row["key"], fact["version"]] = wire.read(Proposal, fact["proposal"])
        self.decisions[row["key"]] = fact["decision"]
        if fact.get("changed_by"):
            self.changers[row["key"]] += (fact["changed_by"],)

    def _ruling(self, row: Any, fact: dict[str, Any], texts: dict[str, str]) -> None:
        name = f"P-{fact['proposal']}"
        before, self.newest[name] = self.newest.get(name), fact
        self.rulings[fact["number"]] = fact | {"entry": row["number"], "is_right": False}
        proposal = self.proposals.get((name, fact["version"]))
        if proposal is None or self.policy is None:
            self._wrong("ruling on nothing", row)
            return
        digests = [digest_of((action,)) for action in proposal.actions]
        if fact["action_digests"] != digests or fact["policy_version"] != self.policy.version:
            self._wrong("ruling on something else", row)
            return
        submission = submit(
            proposal, proposal_id=name, version=fact["version"], decision=self.decisions[name],
            proposer="chargehand", changed_by=self.changers[name],
        )  # fmt: skip
        by, at = fact["by"], instant(fact["at"])
        standing = self._standing(fact, at)
        if by == "policy" or fact["cleared_by"] == BY_POLICY:
            found = rule(submission, self.policy, standing=standing, now=at).ruling
            is_right = fact["verdict"] != "cleared" or (
                isinstance(found, Cleared) and fact["cleared_by"] == BY_POLICY
            )
            is_right &= fact["verdict"] == "cleared" or not fact["cleared_by"]
        else:
            is_right = self._approved(fact, before, submission, standing, at, texts)
        if not is_right:
            self._wrong("cleared without authority", row)
        elif fact["verdict"] == "cleared":
            self.cleared += 1
            self.rulings[fact["number"]]["is_right"] = True
            if name in self.probes:
                self._wrong("probe cleared", row)

    def _approved(
        self, fact: Any, before: Any, submission: Any, standing: Standing, at: datetime, texts: Any
    ) -> bool:
        person = self.policy.person(fact["by"]) if self.policy else None
        if person is None or before is None or before["version"] != fact["version"]:
            return False
        if before["verdict"] == "cleared":
            return False
        is_awaiting = before["verdict"] == "awaiting"
        waiting = Awaiting(
            submission=submission, because="", clause="", policy_version=before["policy_version"],
            checks=(), needs="approval", expires_at=instant(before["shown"]["expires_at"]),
            approvals=tuple(before["cleared_by"]) if is_awaiting else (),
            for_whom=tuple(before["for_whom"].items()) if is_awaiting else (),
        )  # fmt: skip
        token = fact["justification"]
        found = approve(
            waiting, person, self.policy, justification=texts.get(token, token), now=at,
            standing=standing,
            delegations=tuple(one for one in self.delegations.values() if one.holds(at)),
        )  # fmt: skip
        if isinstance(found, Cleared):
            return fact["verdict"] == "cleared" and fact["cleared_by"] == list(found.cleared_by)
        return isinstance(found, Awaiting) and (
            (fact["verdict"], fact["cleared_by"]) == ("awaiting", list(found.approvals))
        )

    def _standing(self, fact: Any, at: datetime) -> Standing:
        """How things stood, as the journal tells it; where it cannot, as the ruling says itself."""
        told = wire.read(Standing, fact["standing"]) if fact["standing"] else Standing()
        day = f"{at:%Y-%m-%d}"
        today = [
            one
            for one in self.rulings.values()
            if one["is_right"] and one["cleared_by"] == BY_POLICY and one["at"][:10] == day
        ]
        currency = told.spent_today.currency
        spent = sum((Decimal(o["cost"]) for o in today if o["currency"] == currency), Decimal(0))
        return replace(
            told,
            open_breakers=tuple(one for some in self.opened.values() for one in some),
            stopped=told.stopped or any(len(one) == 1 for one in self.stops),
            spent_today=Money(max(spent, told.spent_today.amount), currency),
            cleared_today=max(len(today), told.cleared_today),
            demotions=tuple(self.demotions.values()),
        )

    # what was done

    def _order(self, row: Any, fact: dict[str, Any]) -> None:
        action = wire.read(Action, fact["action"])
        ordered = Ordered(row["number"], fact["ruling"], action, fact)
        is_again = row["key"] in self.orders
        self.orders.setdefault(row["key"], ordered)
        ruling = self.rulings.get(fact["ruling"])
        named = ORDER.fullmatch(row["key"])
        name = f"P-{fact['proposal']}"
        if ruling is None or not ruling["is_right"] or f"P-{ruling['proposal']}" != name:
            self._wrong("order without a ruling", row)
        elif self.newest[name]["number"] != ruling["number"]:
            self._wrong("order on a ruling that is over", row)
        elif name in self.probes:
            self._wrong("order of a probe", row)
        elif is_again or named is None or (named[1], int(named[2])) != (name, ruling["version"]):
            self._wrong("order under another key", row)
        elif digest_of((action,)) != dict(enumerate(ruling["action_digests"])).get(int(named[3])):
            self._wrong("order of something else", row)

    def _effect(self, row: Any, fact: dict[str, Any]) -> None:
        ordered = self.orders.get(row["key"])
        if ordered is None:
            self._wrong("effect without an order", row)
            return
        if ordered.state in {"cancelled", "confirmed", "declined"} and fact["state"] in {
            "pending", "sent", "confirmed",
        }:  # fmt: skip
            self._wrong("effect after its end", row)
        ordered.state = fact["state"]
        if fact["state"] == "cancelled":
            ordered.taken_back = row["number"]

    def _movement(self, row: Any, fact: dict[str, Any]) -> None:
        if ORDER.fullmatch(row["key"]) is None:
            return
        ordered = self.orders.get(row["key"])
        if ordered is None or ordered.state != "confirmed":
            self._wrong("movement without an order", row)
            return
        brought = [leg for leg in fact["legs"] if leg["scaled"] > 0]
        action = ordered.action
        to = {f"{action.site}/{action.to_location}"}
        if (
            {leg["key"]["account"] for leg in brought} - to
            or {leg["key"]["material"] for leg in brought} - {action.material}
            or sum(leg["scaled"] for leg in brought) > action.quantity.scaled()
        ):
            self._wrong("movement of something else", row)

    def _parameters(self, row: Any, fact: dict[str, Any]) -> None:
        ordered = self.orders.get(row["key"])
        action = None if ordered is None else ordered.action
        levels = [fact.get("reorder_point"), fact.get("order_up_to")]
        if not isinstance(action, ParameterChange) or levels != [
            str(action.reorder_point), str(action.order_up_to),
        ]:  # fmt: skip
            self._wrong("levels that nobody ruled on", row)

    def _supply(self, row: Any, fact: dict[str, Any]) -> None:
        key = fact.get("order_key")
        if key is None:
            return
        ordered = self.orders.get(key)
        if ordered is None or fact["scaled"] > _quantity(ordered.action).scaled():
            self._wrong("supply without an order", row)

    def _effects(self, received: list[Received], in_flight: int) -> None:
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
