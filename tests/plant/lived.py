"""A week of the small plant in which everything happens that is ruled on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chargehand.governance.reviewing import ProbeRule
from chargehand.plant import planting, policies
from chargehand.plant.batching import Pick
from chargehand.plant.reading import Done
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import BULK, FACE, SITE, VALVE, Teller, count, master, policy_text
from tests.plant.governing import DECISION, WHY

PUMP, SEAL, GASKET = "PUMP", "SEAL", "GASKET"
PARTS = (VALVE, PUMP, SEAL, GASKET)
EVERYTHING = ("*", "*", "*")
PROBE = ProbeRule(per_week=2, decisions=frozenset({"*"}), sites=frozenset({"*"}))
MORE = """
[[delegations]]
roles = ["planner"]
days_max = 14

[[approvals]]
decisions = ["*"]
transactions = ["*"]
second_person_above = "EUR 300.00"
undo_window = "10 minutes"

[[probes]]
per_week = 2
decisions = ["*"]
sites = ["*"]

[[reviews]]
sites = ["*"]
roles = ["planner"]
"""
TRIALS = ("count_per_hour_max = 40\n", "trial_count = 2\n", 'spend_per_hour_max = "EUR 900.00"\n')


def text(version, phase):
    """The policy of one part of the week."""
    said = policy_text(version=version, phase=phase).replace("rate_max = 0.5", "rate_max = 0.2")
    return (
        said.replace("failure_count_max = 2\n", f"failure_count_max = 2\n{''.join(TRIALS)}") + MORE
    )


def of(material, body):
    """A body of the small plant, about another material."""
    if hasattr(body, "definition"):
        if getattr(body.definition, "material", None) is None:
            return body
        return replace(body, definition=replace(body.definition, material=material))
    return replace(body, material=material)


class Week:
    """Lives a week in a plant, by a clock that is put forward."""

    def __init__(self, plant, later):
        self.plant, self.later, self.tell = plant, later, Teller(plant)
        self.begun = later.at

    def live(self):
        """Everything, one day after the other."""
        for day in (self.approved, self.two, self.cleared, self.changed, self.broken, self.lowered,
                    self.odd):  # fmt: skip
            day()
            self.later.passes(hours=20)
            self.plant.work(until_idle=True)
        assert self.plant.verify().holds, self.plant.verify().faults

    def policy(self, version, phase):
        """Let another text hold."""
        mistakes = policies.first(self.plant.store, text(version, phase))
        assert not mistakes, [str(one) for one in mistakes]

    def proposed(self, material, *, face=None, bulk=None):
        """Have something proposed about a part, by telling what stands where."""
        told = [count(FACE, face)] if face is not None else []
        told += [count(BULK, bulk)] if bulk is not None else []
        self.tell(*(of(material, body) for body in told))
        rows = self.plant.decide(decision=DECISION, as_of=self.later.at).proposals
        return next(row.id for row in rows if material in row.headline)

    def approve(self, name, by="ada"):
        """Approve, which must work."""
        done = self.plant.approve(name, by=by, justification=WHY)
        assert isinstance(done, Done), done
        return done

    def confirmed(self):
        """Let the undo windows pass and the floor do what is open."""
        self.later.passes(minutes=11)
        self.plant.work(until_idle=True)
        for task in self.plant.tasks().rows:
            self.plant.confirm(task.key, by="ben")

    def approved(self):
        """Day 1: approved, taken back, approved again, done."""
        self.policy(2, "assist")
        self.tell(*(of(part, body) for part in PARTS for body in master()))
        self.tell(*(of(part, body) for part in PARTS for body in (count(BULK, 40), count(FACE, 9))))
        name = self.proposed(VALVE, face=2)
        self.approve(name)
        self.later.passes(minutes=3)
        assert isinstance(self.plant.undo(name, by="ben", because="the wrong face"), Done)
        self.approve(name)
        self.confirmed()

    def two(self):
        """Day 2: two people, one of them in the stead of another."""
        self.plant.delegate(by="ben", to="cleo", until=timedelta(days=3), because="on holiday now")
        name = self.proposed(PUMP, bulk=0)
        assert self.approve(name, by="cleo").state == "waiting"
        self.approve(name)
        assert isinstance(self.plant.end_delegation("D-1", by="ben").state, str)

    def cleared(self):
        """Day 3: the policy clears within its limits, several at once."""
        self.policy(3, "automate")
        self.tell(*(of(part, count(FACE, 2)) for part in (SEAL, GASKET)))
        assert self.plant.decide(decision=DECISION, as_of=self.later.at).cleared == 2
        self.proposed(VALVE, face=1)
        self.confirmed()

    def changed(self):
        """Day 4: changed and approved by others; what was written is erased."""
        name = self.proposed(SEAL, face=9, bulk=0)
        done = self.plant.change(name, by="ben", changes={"quantity": "9"})
        assert isinstance(done, Done), done
        self.approve(name)
        token = next(iter(self.plant.proposal(name).history), None)
        assert token is not None
        self.plant.erase(person="ada", by="ada")

    def broken(self):
        """Day 5: a breaker opens, is closed, and proves itself again."""
        for bulk in (2, 3, 4):
            name = self.proposed(GASKET, face=5, bulk=bulk)
            assert isinstance(self.plant.reject(name, by="ada", reason="not_needed"), Done)
        assert self.plant.overview().breakers
        self.proposed(VALVE, face=3)
        self.later.passes(minutes=5)
        for breaker in self.plant.overview().breakers:
            closed = self.plant.close_breaker(
                breaker.decision, breaker.site, breaker.zone, by="ada", reason="talked it over"
            )
            assert isinstance(closed, Done), closed
        self.later.passes(minutes=5)
        self.tell(of(VALVE, count(FACE, 2)), of(PUMP, count(FACE, 2)), of(PUMP, count(BULK, 40)))
        self.plant.decide(decision=DECISION, as_of=self.later.at)
        self.confirmed()

    def lowered(self):
        """Day 6: set back, stopped, resumed; a batch; too late; changed facts."""
        self.plant.demote(DECISION, SITE, "*", to="assist", by="ben", reason="wrong all morning")
        self.plant.stop_automation(by="ben", reason="smoke in the aisle")
        names = [self.proposed(part, face=1) for part in (VALVE, PUMP)]
        picks = [Pick(id=name, version=None) for name in names]
        seen = self.plant.preview_batch(picks, by="ada", justification=WHY)
        self.plant.approve_many(picks, by="ada", total=seen.total, justification=WHY)
        stale = self.proposed(SEAL, face=1)
        self.tell(of(SEAL, count(FACE, 9)))
        refused = self.plant.approve(stale, by="ada", justification=WHY)
        assert refused.code is RefusalCode.STALE
        self.confirmed()

    def odd(self):
        """Day 7: probes, of which one is still there when the week is over; one ruling expires."""
        name = self.proposed(GASKET, face=1)
        for ends in (True, False):
            assert self.plant.store.write(
                lambda docket: planting.plant(docket, policies.within(docket), PROBE, SITE)
            )
            with self.plant.store.snapshot() as sql:
                probe = sql.execute("SELECT max(proposal) FROM probe").fetchone()[0]
            if ends:
                self.plant.reject(f"P-{probe}", by="ben", reason="wrong_quantity")
        self.later.passes(days=3)
        self.plant.work(until_idle=True)
        assert self.plant.proposal(name).row.state == "expired"
