"""Approving many at once: shown before, each with a ruling of its own, and only what was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chargehand.plant.batching import BATCH_MAX, BatchDone, BatchPreview, Pick
from chargehand.plant.reading import Done
from chargehand.runtime import clock
from chargehand.signals import kinds
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master
from tests.plant.governing import DECISION, WHY, approvals, lay_down

PARTS = ("VALVE", "PUMP", "SEAL")


@pytest.fixture
def several(plant):
    """A plant with three proposals."""
    tell = Teller(plant)
    for part in PARTS[1:]:
        for body in master():
            if isinstance(body, kinds.MaterialDefined | kinds.StockingDefined):
                tell(replace(body, definition=replace(body.definition, material=part)))
        tell(*(replace(one, material=part) for one in (count(BULK, 40), count(FACE, 2))))
    found = plant.decide(decision=DECISION, as_of=AS_OF).proposals
    assert len(found) == len(PARTS)
    return plant


def picks(plant):
    return [Pick(id=row.id, version=row.version) for row in plant.inbox().rows]


@pytest.mark.engines("sqlite", "postgres")
def test_a_batch_is_approved_one_by_one_for_the_total_that_was_seen(several):
    seen = several.preview_batch(picks(several), by="ada")
    assert isinstance(seen, BatchPreview)
    costs = [row.cost for row in several.inbox().rows]
    assert seen.total == (Money.of(sum(cost.amount for cost in costs)),)
    assert seen.worst_confidence == min(row.confidence for row in several.inbox().rows)
    assert several.tasks().rows == (), "a look does nothing"
    done = several.approve_many(picks(several), by="ada", total=seen.total, justification=WHY)
    assert isinstance(done, BatchDone)
    assert done.approved == len(PARTS)
    assert {one.done.state for one in done.answers} == {"sent"}
    assert len(several.tasks().rows) == len(PARTS)
    assert several.verify().holds


@pytest.mark.parametrize("total", [(), (Money.of(1),), (Money.of("12.00", "USD"),)])
def test_a_batch_of_another_total_than_was_seen_is_refused_whole(several, total):
    refused = several.approve_many(picks(several), by="ada", total=total)
    assert refused.code is RefusalCode.STALE
    assert several.tasks().rows == ()


def test_a_batch_says_which_cannot_be_approved_and_why(several):
    first, *rest = picks(several)
    several.reject(first.id, by="ada", reason="not_needed")
    wanted = [first, replace(rest[0], version=9), rest[1], Pick(id="P-99"), Pick(id="x")]
    seen = several.preview_batch(wanted, by="ada")
    assert seen.count == 1
    assert [one.code for one in seen.not_ready] == [
        RefusalCode.NOT_WAITING, RefusalCode.STALE, RefusalCode.UNKNOWN_PROPOSAL,
        RefusalCode.UNKNOWN_PROPOSAL,
    ]  # fmt: skip
    done = several.approve_many(wanted, by="ada", total=seen.total)
    assert done.approved == 1
    assert len(done.answers) == len(wanted)


def test_facts_that_changed_stop_their_own_proposal_and_no_other(several):
    seen = several.preview_batch(picks(several), by="ada")
    Teller(several)(replace(count(BULK, 3), material="PUMP"))
    done = several.approve_many(picks(several), by="ada", total=seen.total)
    assert done.approved == len(PARTS) - 1
    assert [one.code for one in done.answers if one.done is None] == [RefusalCode.STALE]


def test_a_batch_does_not_count_one_proposal_twice(several):
    one = picks(several)[0]
    seen = several.preview_batch([one, one, replace(one, id=one.id.lower())], by="ada")
    assert seen.count == 1


@pytest.mark.parametrize("number", [0, BATCH_MAX + 1])
def test_a_batch_has_its_limits(plant, number):
    refused = plant.preview_batch([Pick(id=f"P-{n}") for n in range(number)], by="ada")
    assert refused.code is RefusalCode.CHANGE_INVALID


def test_a_batch_tells_where_another_person_has_to_follow(several):
    lay_down(several, approvals(second_person_risk='"low"'))
    seen = several.preview_batch(picks(several), by="ada")
    assert all(line.second_person for line in seen.lines)
    done = several.approve_many(picks(several), by="ada", total=seen.total)
    assert {one.done.state for one in done.answers} == {"waiting"}
    again = several.preview_batch(picks(several), by="ada")
    assert {one.code for one in again.not_ready} == {RefusalCode.SECOND_PERSON_NEEDED}
    seen = several.preview_batch(picks(several), by="ben")
    done = several.approve_many(picks(several), by="ben", total=seen.total)
    assert {one.done.state for one in done.answers} == {"sent"}


def test_a_stranger_approves_no_batch(several):
    refused = several.approve_many(picks(several), by="zoe", total=())
    assert refused.code is RefusalCode.UNKNOWN_PERSON


def test_a_batch_that_is_repeated_gives_no_approval_again_that_was_taken_back(plant):
    lay_down(plant, approvals(undo_window='"10 minutes"'))
    name = plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id
    since = clock.now()
    assert isinstance(plant.approve(name, by="ada", justification=WHY), Done)
    assert isinstance(plant.undo(name, by="ben", because="wrong bin, look again"), Done)
    again = {"by": "ada", "justification": WHY, "since": since}
    done = plant.approve_many([Pick(id=name)], total=(), **again)
    assert (done.approved, done.answers[0].code) == (0, RefusalCode.STALE)
    assert "taken back" in done.answers[0].because
    assert plant.proposal(name).row.state == "waiting"
