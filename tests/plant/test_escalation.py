"""What waits too long is handed on, and in the end expires; it never becomes a yes by waiting."""

from __future__ import annotations

from threading import Thread

import pytest

from chargehand.plant import escalating
from chargehand.plant.plant import Plant
from chargehand.plant.reading import Done
from chargehand.vocabulary.refusal import RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF
from tests.plant.governing import DECISION, WHY, Later, approvals, lay_down

ESCALATED = approvals(escalate_after='"4 hours"', escalate_to='["admin"]')
AGAIN = approvals(on_expiry='"ask_again"', expires_after='"1 days"')
ROSTER = """
[[rosters]]
name = "store"
sites = ["S1"]
time_zone = "Europe/Berlin"

[[rosters.shifts]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
hours = "06:00-14:00"
people = ["ben"]

[[rosters.shifts]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
hours = "22:00-06:00"
people = ["ada"]
"""
QUEUED = approvals(roster='"store"') + ROSTER


def proposed(plant):
    return plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id


def steps(plant, name):
    return [line.what for line in plant.proposal(name).history]


@pytest.mark.engines("sqlite", "postgres")
def test_a_proposal_that_nobody_decides_is_handed_on_again_and_again(plant, monkeypatch):
    later = Later(lay_down(plant, ESCALATED), monkeypatch)
    name = proposed(plant)
    plant.work(until_idle=True)
    assert "escalate" not in steps(plant, name)
    for times in (1, 2):
        later.passes(hours=4)
        plant.work(until_idle=True)
        assert steps(plant, name).count("escalate") == times
    assert "handed on to admin" in plant.proposal(name).history[-1].because
    assert plant.proposal(name).row.state == "waiting"
    assert plant.verify().holds, plant.verify().faults


def test_the_inbox_says_whose_queue_it_waits_in_and_whom_it_was_handed_to(plant, monkeypatch):
    rules = approvals(
        roster='"store"', escalate_after='"4 hours"', escalate_to='["admin"]'
    )  # fmt: skip
    later = Later(lay_down(plant, rules + ROSTER), monkeypatch)
    proposed(plant)
    before = plant.inbox().rows[0]
    assert (before.roster, before.escalated, before.handed_to) == ("store", 0, ())
    later.passes(hours=4)
    plant.work(until_idle=True)
    row = plant.inbox().rows[0]
    assert (row.roster, row.escalated, row.handed_to) == ("store", 1, ("admin",))


def test_people_are_told_what_was_handed_on_to_them(plant, monkeypatch):
    later = Later(lay_down(plant, ESCALATED), monkeypatch)
    name = proposed(plant)
    later.passes(hours=4)
    plant.work(until_idle=True)
    with behind_the_back(plant.folder) as sql:
        (told,) = sql.execute("SELECT * FROM notice WHERE topic = 'escalation'").fetchall()
    assert "admin" in told["roles"]
    assert name in told["text"]


def test_what_is_decided_is_not_handed_on(plant, monkeypatch):
    later = Later(lay_down(plant, ESCALATED), monkeypatch)
    name = proposed(plant)
    assert isinstance(plant.approve(name, by="ada", justification=WHY), Done)
    later.passes(hours=9)
    plant.work(until_idle=True)
    assert "escalate" not in steps(plant, name)


@pytest.mark.engines("sqlite", "postgres")
def test_two_workers_hand_on_once(plant, monkeypatch):
    later = Later(lay_down(plant, ESCALATED), monkeypatch)
    name = proposed(plant)
    later.passes(hours=4)
    other = Plant.open(plant.folder)
    monkeypatch.setattr(other.store, "_clock", lambda: later.at)
    threads = [Thread(target=escalating.escalate_due, args=(one,)) for one in (plant, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert steps(plant, name).count("escalate") == 1


def test_a_restart_does_not_forget_what_is_to_be_handed_on(plant, monkeypatch):
    later = Later(lay_down(plant, ESCALATED), monkeypatch)
    name = proposed(plant)
    plant.close()
    again = Plant.open(plant.folder)
    monkeypatch.setattr(again.store, "_clock", lambda: later.at)
    later.passes(hours=4)
    again.work(until_idle=True)
    assert "escalate" in steps(again, name)
    again.close()


def test_an_expired_proposal_is_closed_and_never_a_yes(plant, monkeypatch):
    later = Later(plant, monkeypatch)
    name = proposed(plant)
    later.passes(days=3)
    assert plant.approve(name, by="ada", justification=WHY).code is RefusalCode.EXPIRED
    plant.work(until_idle=True)
    assert plant.proposal(name).row.state == "expired"
    assert plant.tasks().rows == ()
    assert name not in [row.id for row in plant.inbox().rows]


def test_more_time_cannot_be_made_in_the_database(plant, monkeypatch):
    later = Later(plant, monkeypatch)
    name = proposed(plant)
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE proposal SET expires_at = '2099-01-01T00:00:00.000000Z'")
    later.passes(days=3)
    assert plant.approve(name, by="ada", justification=WHY).code is RefusalCode.EXPIRED


def test_where_the_policy_says_so_an_expired_question_is_asked_anew(plant, monkeypatch):
    later = Later(lay_down(plant, AGAIN), monkeypatch)
    name = proposed(plant)
    later.passes(days=1)
    plant.work(until_idle=True)
    assert plant.proposal(name).row.state == "expired"
    assert "asked again" in plant.proposal(name).history[-1].because
    subject = plant.proposal(name).proposal.subject
    again = [plant.proposal(row.id) for row in plant.inbox().rows if row.decision == DECISION]
    assert [one.proposal.subject for one in again] == [subject]


def test_a_policy_that_hands_nothing_on_any_more_leaves_it_where_it_is(plant, monkeypatch):
    later = Later(lay_down(plant, ESCALATED), monkeypatch)
    name = proposed(plant)
    lay_down(plant, version=3)
    later.passes(hours=4)
    plant.work(until_idle=True)
    later.passes(hours=40)
    plant.work(until_idle=True)
    assert steps(plant, name).count("escalate") <= 1
    assert plant.verify().holds, plant.verify().faults


@pytest.mark.parametrize(
    ("utc", "on"),
    [("2026-01-12T06:30", "ben"), ("2026-07-13T04:30", "ben"), ("2026-01-12T04:30", "ada"),
     ("2026-01-12T23:30", "ada"), ("2026-01-12T14:30", "")],
)  # fmt: skip
def test_who_is_on_duty_is_told_by_the_clock_of_the_plant(plant, monkeypatch, utc, on):
    later = Later(lay_down(plant, QUEUED), monkeypatch)
    later.at = AS_OF.fromisoformat(f"{utc}:00+00:00")
    (duty,) = plant.on_duty()
    assert duty.people == ((on,) if on else ())


def test_my_queue_is_what_waits_for_my_shift_or_was_handed_on_to_me(plant, monkeypatch):
    later = Later(lay_down(plant, QUEUED + ESCALATED), monkeypatch)
    later.at = AS_OF.fromisoformat("2026-01-12T06:30:00+00:00")
    name = proposed(plant)

    def queue(person):
        return [row.id for row in plant.inbox(queue_of=person).rows]

    assert (queue("ben"), queue("ada"), queue("cleo"), queue("zoe")) == ([name], [], [], [])
    later.passes(hours=4)
    plant.work(until_idle=True)
    assert (queue("ada"), queue("cleo")) == ([name], [])


def test_without_a_roster_every_queue_is_everybodys(plant):
    name = proposed(plant)
    assert [row.id for row in plant.inbox(queue_of="cleo").rows] == [name]
