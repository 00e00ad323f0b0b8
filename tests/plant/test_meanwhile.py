"""What happens while a hearing lasts: its older answers undo and double nothing."""

from __future__ import annotations

import pytest

from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master

DECISION = "mro_replenishment"


@pytest.fixture
def automated(make_plant):
    """A plant that may refill its pick face by itself."""
    plant = make_plant(phase="automate")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    return plant


def decide(plant, meanwhile):
    """Hold a hearing in which something happens between asking and settling, once."""
    done = []

    def once(name, number, total):
        if not done:
            done.append(name)
            meanwhile()

    return plant.decide(decision=DECISION, as_of=AS_OF, progress=once)


def coming(plant) -> int:
    with plant.store.snapshot() as sql:
        row = sql.execute("SELECT sum(scaled) FROM reservation WHERE state = 'open'").fetchone()
    return (row[0] or 0) // 1_000_000


def test_a_hearing_does_not_act_on_facts_that_another_has_acted_on(automated):
    def meanwhile():
        Teller(automated)(count(FACE, 1))
        automated.decide(decision=DECISION, as_of=AS_OF)

    decide(automated, meanwhile)
    assert coming(automated) == 9


def test_a_deed_that_was_done_meanwhile_is_not_done_again(automated):
    def meanwhile():
        automated.decide(decision=DECISION, as_of=AS_OF)
        for task in automated.tasks().rows:
            automated.confirm(task.key, by="ben")

    decide(automated, meanwhile)
    assert len(automated.tasks(state="all").rows) == 1


def test_a_newer_proposal_is_not_withdrawn_by_an_older_answer(plant):
    Teller(plant)(count(FACE, 10))

    def meanwhile():
        Teller(plant)(count(FACE, 1))
        plant.decide(decision=DECISION, as_of=AS_OF)

    decide(plant, meanwhile)
    assert len(plant.inbox().rows) == 1


def test_what_was_skipped_is_asked_again_by_itself(automated):
    decide(automated, lambda: Teller(automated)(count(FACE, 1)))
    assert automated.tasks().rows == ()
    automated.work(until_idle=True)
    assert coming(automated) == 9


def test_its_own_writing_does_not_stir_a_hearing(plant):
    report = plant.decide(as_of=AS_OF)
    assert report.proposals
    assert report.unchanged == 0
