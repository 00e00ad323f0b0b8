"""Every door of the plant, tried at random: what is asked for, by whom, and with which words."""

from __future__ import annotations

from copy import copy
from datetime import timedelta

import pytest

from chargehand.governance.policy import Cleared, Standing, rule
from chargehand.governance.reviewing import ProbeRule
from chargehand.plant import planting, policies
from chargehand.plant.batching import Pick
from chargehand.plant.ordering import place_orders
from chargehand.plant.rulings import submission_of
from chargehand.storage.session import RuleBroken
from chargehand.storage.store import Undone
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal
from tests.chaos.compromised_forging import Forger
from tests.chaos.compromised_outside import WHY, Outside
from tests.chaos.compromised_plant import text
from tests.chaos.compromised_plugin import MANNERS, NAMES, QUESTIONS, Question

WEIGHTS = {
    "plug_in": 0.15, "rest": 8, "decide": 10, "console": 2, "cli": 1, "forge": 2, "clearance": 1,
    "change_request": 1, "stand_in": 1, "work": 1, "time": 1, "probe": 0.5, "stop": 0.3,
}  # fmt: skip
PROBES = ProbeRule(per_week=2, decisions=frozenset({"*"}), sites=frozenset({"*"}))
ASKED = 16
"""Questions of a compromised decision in one hearing."""


class Attacker(Outside):
    """Whoever may be at any door, with every key there is."""

    def __init__(self, plant, rng, later):
        super().__init__(plant, rng)
        self.later = later
        self.forger = Forger(plant.folder, rng)
        self.cleared: list[Cleared] = []

    def act(self, door=""):
        """One act, by some door; returns how many actions it was."""
        door = door or self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        n = getattr(self, door)() or 1
        self.tried[door] += n
        return n

    def note(self, answer):
        said = answer.code if isinstance(answer, Refusal) else type(answer).__name__
        self.answers[str(said)] += 1
        return answer

    # the doors

    def plug_in(self):
        """A hearing of decisions that are in the attacker's hands."""
        for name in NAMES:
            QUESTIONS[name] = [
                Question(
                    key=f"{name}-{self.rng.randrange(10**9)}", seed=self.rng.randrange(10**9),
                    manner=self.rng.choice(("honest",) * 7 + tuple(MANNERS) + ("meddles",)),
                )
                for _ in range(ASKED)
            ]  # fmt: skip
        report = self.note(self.plant.decide())
        self.answers.update(report.refused)
        return ASKED * len(NAMES)

    def decide(self):
        """Approve, reject, change, undo or confirm, as anybody and with anything."""
        plant, rng, who = self.plant, self.rng, self.somebody()
        name, version = self.any_proposal()
        version = rng.choice((None, version, version, version + 1, version - 1))
        why = rng.choice(WHY[:3])
        acts = {
            "approve": lambda: plant.approve(name, by=who, justification=why, version=version),
            "approve again": lambda: plant.approve(name, by=who, justification=WHY[0]),
            "reject": lambda: plant.reject(name, by=who, reason="not_needed", version=version),
            "change": lambda: plant.change(
                name, by=who, changes={"quantity": str(rng.choice((1, 2, 3, 10**9)))},
                approve=rng.random() < 0.6, justification=WHY[0],
            ),
            "undo": lambda: plant.undo(name, by=who, because=why),
            "batch": lambda: plant.approve_many(
                [Pick(id=name, version=version or 1)], by=who, justification=WHY[0],
                total=[Money.of(rng.choice((0, 30, 60, 90)))],
            ),
            "confirm": lambda: plant.confirm(self.any_order(), by=who),
            "decline": lambda: plant.decline(self.any_order(), by=who, reason="no"),
        }  # fmt: skip
        name_of_act = rng.choices(list(acts), (6, 6, 2, 2, 3, 2, 4, 1))[0]
        answer = self.note(acts[name_of_act]())
        if not isinstance(answer, Refusal):
            self.answers[f"{name_of_act}: done"] += 1

    def forge(self):
        """Something is edited in the database; then people, keys and the worker go on as ever."""
        with self.forger.forged() as (what, said):
            self.tried[f"forged {what}"] += said is not None
            for who in self.rng.sample(("ada", "ben", "cleo", "dora", "svc"), 2):
                self._use(said, who)
            self._use_key(said)
            self.work()

    def _use(self, said, who):
        name = said if isinstance(said, str) and said.startswith("P-") else self.any_proposal()[0]
        acts = (
            lambda: self.plant.approve(name, by=who, justification=WHY[0]),
            lambda: self.plant.change(
                name, by=who, changes={"quantity": "2"}, approve=True, justification=WHY[0]
            ),
            lambda: self.plant.undo(name, by=who, because=WHY[0]),
            lambda: self.plant.sign_request(f"C-{self.rng.randint(1, 9)}", by=who, because=WHY[0]),
            lambda: self.plant.confirm(self.any_order(), by=who),
        )
        try:
            self.note(self.rng.choices(acts, (8, 2, 2, 2, 2))[0]())
        except RuleBroken as refused:
            self.answers[f"rule: {refused!s:.40}"] += 1

    def _use_key(self, said):
        name = said if isinstance(said, str) and said.startswith("P-") else self.any_proposal()[0]
        sent = {"If-Match": "*", "Idempotency-Key": f"f{self.rng.randrange(10**9)}"}
        self.call("POST", f"/v1/proposals/{name}/approval", {"justification": WHY[0]}, sent)

    def clearance(self):
        """A clearance that was given once is used again, for something else, or made by hand."""
        with self.plant.store.snapshot() as sql:
            rows = sql.execute("SELECT * FROM proposal ORDER BY number DESC LIMIT 60").fetchall()
            rulings = sql.execute("SELECT number FROM ruling ORDER BY number DESC LIMIT 60")
            numbers = [row["number"] for row in rulings.fetchall()]
        row = dict(self.rng.choice(rows))
        submission, policy = submission_of(row), self.plant.policy()
        at = self.plant.store._clock()
        ruling = rule(submission, policy, standing=Standing(), now=at).ruling
        if isinstance(ruling, Cleared):
            self.cleared.append(ruling)
        else:
            with pytest.raises(TypeError):
                Cleared(
                    submission=submission, cleared_by=("policy",), clause="phases[1]",
                    policy_version=policy.version, checks=(), seal=object(),
                )  # fmt: skip
        if not self.cleared:
            return
        forged = copy(self.rng.choice(self.cleared))
        object.__setattr__(forged, "submission", self.rng.choice((forged.submission, submission)))
        named = self.rng.choice((*numbers, 10**6))
        try:
            self.plant.store.write(
                lambda docket: place_orders(docket, row["number"], forged, named, self.plant.owners)
            )
            self.answers["clearance used"] += 1
        except (Undone, RuleBroken) as refused:
            self.answers[f"clearance: {type(refused).__name__}"] += 1

    def change_request(self):
        who = self.somebody()
        version = self.plant.policy().version + self.rng.choice((1, 1, 1, 0, 5))
        said = text(version=version, spend=self.rng.randint(100, 9999))
        if self.rng.random() < 0.4:
            said = said.replace("EUR 80.00", "EUR 8,000.00")
        self.note(self.plant.propose_policy(said, by=who, because=WHY[0]))
        rows = self.plant.change_requests(state=None)
        for one in rows[:2]:
            for signer in (one.proposed_by, "svc", "cleo", self.somebody()):
                self.note(self.plant.sign_request(one.id, by=signer, because=WHY[0]))

    def stand_in(self):
        by, to = self.somebody(), self.somebody()
        days = self.rng.choice((1, 7, 14, 900, -1))
        self.note(self.plant.delegate(by=by, to=to, until=timedelta(days=days), because=WHY[0]))
        if self.rng.random() < 0.4:
            rows = self.plant.delegations()
            if rows:
                one = self.rng.choice(rows)
                self.note(self.plant.end_delegation(one.id, by=self.somebody()))

    def work(self):
        """Let the plant's own worker do what is due."""
        self.plant.work()

    def time(self):
        """Some minutes pass: windows end, approvals expire, things are sent."""
        self.later.passes(minutes=self.rng.choice((1, 11, 45)))
        self.work()

    def probe(self):
        """A proposal that is wrong on purpose waits among the others."""
        self.plant.store.write(
            lambda docket: planting.plant(docket, policies.within(docket), PROBES, "S1")
        )

    def stop(self):
        """Somebody stops all automation, and somebody lets it go on."""
        if self.rng.random() < 0.5:
            self.plant.stop_automation(by=self.somebody(), reason="")
        scope = ("*", "*", "*")
        self.note(self.plant.close_breaker(*scope, by=self.somebody(), reason=WHY[0]))
