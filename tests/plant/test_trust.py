"""Trust figures of a plant: from what happened in it, and probes never among it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chargehand.plant.measuring import measure_due
from chargehand.plant.reading import Done
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master, policy_text
from tests.plant.test_probes import sown

DECISION = "mro_replenishment"
ROSTER = """
[[rosters]]
name = "store"
sites = ["*"]
time_zone = "Europe/Berlin"

[[rosters.shifts]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
hours = "00:00-23:00"
people = ["ben", "cleo"]

[attention]
questions_per_hour_max = 0.5
"""


def proposed(plant, pieces):
    """A new proposal of the plant, with so many valves left in the pick face."""
    Teller(plant)(count(FACE, pieces))
    return plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id


def line(report, decision=DECISION):
    (found,) = [one for one in report.lines if one.decision == decision]
    return found


@pytest.fixture
def lived(plant):
    """Three people have decided: followed, changed, rejected; all of it has been measured."""
    for pieces, by in ((2, "ada"), (1, "ben"), (3, "cleo")):
        name = proposed(plant, pieces)
        if by == "ben":
            assert isinstance(plant.change(name, by=by, changes={"quantity": "2"}), Done)
            name = plant.inbox().rows[0].id
        done = (
            plant.reject(name, by=by, reason="not_needed")
            if by == "cleo"
            else plant.approve(name, by=by)
        )
        assert isinstance(done, Done), done
        for task in plant.tasks().rows:
            plant.confirm(task.key, by="ben")
    assert measure_due(plant.store, AS_OF.replace(year=2027))
    return plant


@pytest.mark.engines("both")
def test_what_people_did_is_told_of_all_of_them_together(lived):
    acts = line(lived.trust()).people.acts
    assert acts.decided == 3
    assert (acts.adoption.hits, acts.overrides.changed, acts.overrides.rejected) == (1, 1, 1)
    split = acts.overrides
    assert split.people_right + split.proposal_right + split.not_known == 2
    assert acts.latency_median_s >= 0


@pytest.mark.engines("both")
def test_accuracy_is_that_of_the_outcomes(lived):
    rows = lived.outcomes().rows
    found = line(lived.trust())
    assert found.accuracy.total == found.calibration.count == len(rows) == 3
    assert found.accuracy.hits == sum(one.outcome.right for one in rows)
    assert found.accuracy.at_least < found.accuracy.share or not found.accuracy.hits


def test_figures_name_nobody(lived):
    assert not {"ada", "ben", "cleo", "Ada", "Ben", "Cleo"} & set(
        repr(lived.trust()).replace("'", " ").split()
    )


@pytest.mark.engines("both")
def test_a_probe_is_in_no_figure_but_its_own(lived):
    before = lived.trust()
    assert sown(lived) == 1
    (probe,) = lived.inbox().rows
    lived.approve(probe.id, by="ada", justification="looks as it always does")
    after = lived.trust()
    assert line(after).people.acts == line(before).people.acts
    assert line(after).accuracy == line(before).accuracy
    assert line(after).proposed == line(before).proposed
    assert after.attention == before.attention
    assert line(after).people.probes.missed == 1
    assert not measure_due(lived.store, AS_OF.replace(year=2028))


def test_what_was_before_the_period_is_not_in_it(lived):
    later = datetime.now(UTC) + timedelta(days=1)
    found = lived.trust(since=later, until=later + timedelta(days=30))
    assert found.lines == ()
    assert found.total.accuracy.total == 0


@pytest.mark.engines("both")
def test_questions_are_counted_against_hours_on_duty(lived):
    (asked,) = lived.trust().attention
    assert (asked.questions, asked.person_hours) == (3, 3 * 8.0), "three people, one day"
    assert "No roster" in asked.counted
    done = lived.activate_policy(policy_text(version=2) + ROSTER, by="ada")
    assert isinstance(done, Done), done
    (asked,) = lived.trust().attention
    assert asked.person_hours == 2 * 23.0, "two people on the day that the plant has lived"
    assert (asked.budget, asked.is_within) == (0.5, True)


def test_reading_times_are_told_together(lived):
    Teller(lived)(count(BULK, 40), count(FACE, 1))
    (row,) = lived.decide(decision=DECISION, as_of=AS_OF).proposals
    lived.looked_at(row.id, by="ada")
    assert isinstance(lived.approve(row.id, by="ada", justification="the store runs empty"), Done)
    assert [one.count for one in line(lived.trust()).people.reading] == [1, 0, 0, 0, 0]


def test_a_proposal_that_policy_cleared_is_no_act_of_people(make_plant):
    plant = make_plant(phase="automate", name="auto")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    assert plant.decide(decision=DECISION, as_of=AS_OF).cleared == 1
    found = line(plant.trust())
    assert (found.proposed, found.people.acts.decided) == (1, 0)
    assert plant.trust().attention == ()
