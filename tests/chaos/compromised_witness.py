"""A witness outside of the plant: derives every ruling again from the journal, by own statements.

It uses of the product only governance, which it hands what the journal told before each entry, and
the way values are written as text. It remembers what it has read, so that it can be asked often.
"""

from __future__ import annotations

import json
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
from chargehand.plant.probe_tickets import seal_of, sealed
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.money import Money
from tests.chaos.compromised_effects import BY_POLICY, Effects, Received

TOLD = (
    "policy", "proposal", "ruling", "order", "effect", "delegation", "delegation_ended", "breaker",
    "demotion", "probe_ended", "change_request", "signature", "movement", "parameters", "supply",
)  # fmt: skip


@dataclass(slots=True)
class Witness(Effects):
    """What is known from the entries so far, and what is wrong with them."""

    read: int = -1
    policy: Policy | None = None
    proposals: dict[tuple[str, int], Proposal] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    changers: dict[str, tuple[str, ...]] = field(default_factory=lambda: defaultdict(tuple))
    delegations: dict[str, Delegation] = field(default_factory=dict)
    opened: dict[str, list[OpenBreaker]] = field(default_factory=lambda: defaultdict(list))
    demotions: dict[str, Demotion] = field(default_factory=dict)
    asked: dict[str, tuple[str, str]] = field(default_factory=dict)
    signed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    cleared: int = 0
    """Rulings that were derived again and are right."""

    def look(self, sql: Any, received: list[Received], *, in_flight: int = 0) -> list[str]:
        """Read what is new, and all that targets received; returns every fault so far.

        ``in_flight``: so many orders may have been on their way at the moment of each stop.
        """
        for row in sql.execute("SELECT * FROM probe").fetchall():
            _, seal = sealed(sql.execute, row["proposal"])
            if seal_of(row["proposal"], row["salt"], row["wrong"]) == seal:
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
                getattr(self, f"told_{row['kind']}")(row, fact)
            self.read = row["number"]
        self.received_all(received, in_flight)
        return self.faults

    # what holds

    def told_policy(self, row: Any, fact: dict[str, Any]) -> None:
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
            self.wrong("policy that nobody else signed", row)

    def told_change_request(self, row: Any, fact: dict[str, Any]) -> None:
        self.asked[row["key"]] = (row["actor"], fact["text"])

    def told_signature(self, row: Any, fact: dict[str, Any]) -> None:
        if fact["verdict"] == "signed":
            self.signed[row["key"]].append(row["actor"])

    def told_delegation(self, row: Any, fact: dict[str, Any]) -> None:
        self.delegations[row["key"]] = Delegation(
            number=fact["number"], from_person=fact["from_person"], to_person=fact["to_person"],
            scope=wire.read(Scope, fact["scope"]), since=instant(fact["since"]),
            until=instant(fact["until"]),
        )  # fmt: skip

    def told_delegation_ended(self, row: Any, _fact: dict[str, Any]) -> None:
        self.delegations.pop(row["key"], None)

    def told_breaker(self, row: Any, fact: dict[str, Any]) -> None:
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

    def told_demotion(self, row: Any, fact: dict[str, Any]) -> None:
        if "ended" in fact:
            self.demotions.pop(row["key"], None)
            return
        self.demotions[row["key"]] = Demotion(
            number=row["number"], decision=fact["decision"], site=fact["site"], zone=fact["zone"],
            phase=Phase(fact["phase"]), cause=fact["cause"], because=fact["because"],
        )  # fmt: skip

    def told_probe_ended(self, _row: Any, fact: dict[str, Any]) -> None:
        self.probes.add(fact["proposal"])

    # what was ruled

    def told_proposal(self, row: Any, fact: dict[str, Any]) -> None:
        self.proposals[row["key"], fact["version"]] = wire.read(Proposal, fact["proposal"])
        self.decisions[row["key"]] = fact["decision"]
        if fact.get("changed_by"):
            whose = (fact["changed_by"], fact.get("for_whom"))
            self.changers[row["key"]] += tuple(who for who in whose if who)

    def _ruling(self, row: Any, fact: dict[str, Any], texts: dict[str, str]) -> None:
        name = f"P-{fact['proposal']}"
        before, self.newest[name] = self.newest.get(name), fact
        self.rulings[fact["number"]] = fact | {"entry": row["number"], "is_right": False}
        proposal = self.proposals.get((name, fact["version"]))
        if proposal is None or self.policy is None:
            self.wrong("ruling on nothing", row)
            return
        digests = [digest_of((action,)) for action in proposal.actions]
        if fact["action_digests"] != digests or fact["policy_version"] != self.policy.version:
            self.wrong("ruling on something else", row)
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
            self.wrong("cleared without authority", row)
        elif fact["verdict"] == "cleared":
            self.cleared += 1
            self.rulings[fact["number"]]["is_right"] = True
            if name in self.probes:
                self.wrong("probe cleared", row)

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
