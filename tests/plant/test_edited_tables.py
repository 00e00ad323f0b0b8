"""What somebody gains who edits what automation is held against with SQL: it must be nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chargehand.governance.phase import Phase
from chargehand.governance.raising import Cell
from chargehand.plant import reviewing
from chargehand.plant.measuring import measure_due
from chargehand.plant.reading import Done
from chargehand.plant.standing import demotions, standing
from chargehand.plant.track_record import track_record
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, Teller, count, master, policy_text
from tests.plant.test_breakers import (
    EVERYTHING,
    SEAL,
    automated,
    closed,
    refill,
    rejected,
    state,
    with_breaker,
)
from tests.plant.test_reviews import NEXT, RULE

__all__ = ["automated"]
DECISION = "mro_replenishment"
LATER = datetime(2026, 11, 21, tzinfo=UTC)


def edit(plant, statement, *values):
    with behind_the_back(plant.folder) as sql:
        sql.execute(statement, values)


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ruling SET at = '2020-01-01T00:00:00.000000Z' WHERE verdict = 'cleared'",
        "UPDATE ruling SET cleared_by = '[\"ada\"]' WHERE verdict = 'cleared'",
        "UPDATE proposal SET decision = 'cycle_count', site = 'S9' WHERE state = 'sent'",
        "DELETE FROM ruling WHERE verdict = 'cleared'",
    ],
)
def test_editing_rulings_gives_the_policy_no_more_to_clear_in_a_day(automated, statement):
    with_breaker(automated, "count_per_day_max = 1")
    assert state(automated, refill(automated)) == "sent"
    edit(automated, statement)
    assert state(automated, refill(automated, material=SEAL)) == "waiting"


@pytest.mark.engines("sqlite", "postgres")
def test_editing_costs_gives_the_policy_no_more_to_spend_in_a_day(automated):
    name = refill(automated)
    assert state(automated, name) == "sent"
    edit(automated, "UPDATE ruling SET cost = '-1000000.00'")
    stood = automated.store.write(lambda docket: standing(docket, docket.now(), "EUR"))
    assert stood.spent_today == automated.proposal(name).row.cost


@pytest.mark.engines("sqlite", "postgres")
def test_editing_a_state_does_not_end_the_trial_of_a_half_open_breaker(automated):
    with_breaker(
        automated, "rejection_rate_max = 0.5", "rejection_count_min = 2", "trial_count = 1"
    )
    rejected(automated, 2, 1)
    closed(automated)
    assert state(automated, refill(automated)) == "sent"
    edit(automated, "UPDATE proposal SET state = 'confirmed' WHERE state = 'sent'")
    assert state(automated, refill(automated, material=SEAL)) == "waiting"


@pytest.fixture
def overdue(make_plant, monkeypatch):
    """A plant that decides by itself, whose review nobody has answered in time."""
    plant = make_plant(phase="automate", name="overdue")
    text = policy_text(version=2, phase="automate") + RULE
    assert isinstance(plant.activate_policy(text, by="ada"), Done)
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    plant.decide(as_of=AS_OF)
    plant.stop_automation(by="cleo", reason="forklift in the aisle")
    plant.close_breaker(*EVERYTHING, by="ada", reason="the aisle is free again")
    tend(plant, monkeypatch, NEXT)
    tend(plant, monkeypatch, NEXT + timedelta(days=4))
    assert lapsed(plant)
    return plant


def tend(plant, monkeypatch, moment):
    monkeypatch.setattr(plant.store, "_clock", lambda: moment)
    while reviewing.tend_reviews(plant.store):
        pass


def lapsed(plant):
    found = plant.store.write(lambda docket: demotions(docket.sql))
    return [one for one in found if one.cause == "review_overdue"]


@pytest.mark.engines("sqlite", "postgres")
def test_inserted_answers_complete_no_review(overdue):
    (row,) = overdue.reviews().rows
    first, *others = [case.subject for case in overdue.review(row.number).cases]
    assert others
    for n, case in enumerate(others, 1):
        edit(
            overdue,
            "INSERT INTO review_answer (review, n, subject, verdict, text, person, at, entry)"
            " VALUES (?, ?, ?, 'fine', '', 'ben', '2026-01-01T00:00:00.000000Z', 1)",
            row.number, n, case,
        )  # fmt: skip
    assert overdue.answer_review(row.number, first, "fine", by="ben").state == "open"
    assert lapsed(overdue)
    for case in others:
        done = overdue.answer_review(row.number, case, "fine", by="ben")
    assert done.state == "completed", "those that are given are taken all the same"
    assert not lapsed(overdue)


def test_a_deleted_review_is_overdue_still_and_its_number_is_taken(overdue, monkeypatch):
    edit(overdue, "DELETE FROM review")
    tend(overdue, monkeypatch, NEXT + timedelta(days=7))
    assert [row.number for row in overdue.reviews().rows] == [2]
    assert lapsed(overdue)


def test_a_text_without_reviews_lifts_no_lapse(overdue, monkeypatch):
    text = policy_text(version=3, phase="automate")
    assert isinstance(overdue.activate_policy(text, by="ada"), Done)
    tend(overdue, monkeypatch, NEXT + timedelta(days=5))
    assert lapsed(overdue)
    (row,) = overdue.reviews().rows
    for case in overdue.review(row.number).cases:
        assert isinstance(overdue.answer_review(row.number, case.subject, "fine", by="ada"), Done)
    assert not lapsed(overdue), "answers do, by an administrator where no rule says who"


def evidence(plant):
    cell = Cell(
        decision=DECISION, site=SITE, zones=frozenset(), but=frozenset(),
        before=Phase.ASSIST, after=Phase.AUTOMATE,
    )  # fmt: skip
    return plant.store.write(lambda docket: track_record(docket.sql, cell, LATER, days=30, count=1))


@pytest.mark.engines("sqlite", "postgres")
def test_an_outcome_that_was_written_into_the_table_is_no_evidence(plant):
    for row in plant.decide(decision=DECISION, as_of=AS_OF).proposals:
        plant.approve(row.id, by="ada")
    edit(
        plant,
        "INSERT INTO outcome (proposal, followed, is_right, worth, currency, because, expected,"
        " actual, measured_at, entry) VALUES (1, 'followed', 1, '1.00', 'EUR', '', '', '',"
        " '2026-11-20T00:00:00.000000Z', 1)",
    )
    assert evidence(plant).measured == 0


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize("statement", ["DELETE FROM outcome", "UPDATE outcome SET is_right = 0"])
def test_an_outcome_counts_as_it_was_measured_and_once(plant, statement):
    proposed = plant.decide(decision=DECISION, as_of=AS_OF).proposals
    plant.reject(proposed[0].id, by="ada", reason="not_needed")
    later = AS_OF.replace(year=2027)
    assert measure_due(plant.store, later)
    before = evidence(plant)
    assert before.measured == 1
    edit(plant, statement)
    measure_due(plant.store, later)
    assert evidence(plant) == before
