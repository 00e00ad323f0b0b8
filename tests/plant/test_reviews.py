"""The weekly exception review: what is in a pack, who answers, and what lapses when nobody does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chargehand.governance.phase import Phase
from chargehand.governance.reviewing import last_boundary
from chargehand.plant import reviewing
from chargehand.plant.measuring import measure_due
from chargehand.plant.reading import Done
from chargehand.plant.standing import demotions
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, Teller, count, master, policy_text
from tests.plant.governing import Later

RULE = """
[[reviews]]
sites = ["*"]
roles = ["planner"]
every_days = 7
due_days = 3
sample = 5
"""
NEXT = last_boundary(datetime.now(UTC), 7) + timedelta(days=7)
"""The end of the period in which the tests run."""


@pytest.fixture
def at(monkeypatch):
    """Lets a plant believe that it is later."""

    def later(plant, moment):
        monkeypatch.setattr(plant.store, "_clock", lambda: moment)
        done = reviewing.tend_reviews(plant.store)
        while done:
            done = reviewing.tend_reviews(plant.store)

    return later


@pytest.fixture
def watched(make_plant):
    """A plant that decides by itself, with a weekly review of it."""
    plant = make_plant(phase="automate", name="watched")
    reviewed(plant, phase="automate")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    plant.decide(as_of=AS_OF)
    plant.stop_automation(by="cleo", reason="forklift in the aisle")
    plant.close_breaker("*", "*", "*", by="ada", reason="the aisle is free again")
    return plant


def reviewed(plant, **terms):
    """Let a policy hold that asks for reviews."""
    done = plant.activate_policy(policy_text(version=2, **terms) + RULE, by="ada")
    assert isinstance(done, Done), done


def only(plant):
    (row,) = plant.reviews().rows
    return plant.review(row.number)


def answered(plant, verdict="fine", by="ben"):
    found = only(plant)
    done = None
    for case in found.cases:
        done = plant.answer_review(found.row.number, case.subject, verdict, by=by)
        assert isinstance(done, Done), done
    return done


def lapsed(plant):
    found = plant.store.write(lambda docket: demotions(docket.sql))
    return [(one.site, one.phase) for one in found if one.cause == "review_overdue"]


@pytest.mark.engines("both")
def test_a_pack_opens_when_its_period_has_ended(watched, at):
    at(watched, NEXT - timedelta(seconds=1))
    assert not watched.reviews().rows
    at(watched, NEXT)
    found = only(watched)
    assert (found.row.site, found.row.state) == (SITE, "open")
    assert found.row.period_to == NEXT
    kinds = {case.kind for case in found.cases}
    assert "breaker" in kinds, "the stop"
    assert {"near_miss", "sample"} & kinds, "what was cleared"
    assert watched.verify().holds


def test_nobody_picks_what_is_in_it_and_anybody_can_draw_it_again(watched, at):
    at(watched, NEXT)
    found = only(watched)
    again = watched.review_drawn_again(found.row.number)
    assert [case.subject for case in again] == [case.subject for case in found.cases]
    leaves = watched.verify().entries
    assert found.size <= leaves


def test_the_texts_name_no_approver(watched, at):
    at(watched, NEXT)
    names = {"ada", "ben", "Ada", "Ben"}
    for case in only(watched).cases:
        if case.kind != "breaker":  # a stop says who stopped
            assert not names & set(case.text.replace(":", " ").split())


@pytest.mark.engines("both")
def test_it_is_completed_by_answering_every_case(watched, at):
    at(watched, NEXT)
    done = answered(watched)
    assert done.state == "completed"
    row = only(watched).row
    assert (row.state, row.answered) == ("completed", row.cases)
    assert row.completed_at == NEXT
    assert watched.verify().holds


def test_a_later_answer_stands_in_place_of_the_one_before(watched, at):
    at(watched, NEXT)
    found = only(watched)
    case = found.cases[0].subject
    for verdict in ("unclear", "wrong"):
        watched.answer_review(found.row.number, case, verdict, by="ben", text="seen on the floor")
    case_now = only(watched).cases[0]
    assert (case_now.verdict, case_now.said) == ("wrong", "seen on the floor")
    assert only(watched).row.answered == 1


def test_what_was_said_can_be_erased(watched, at):
    at(watched, NEXT)
    found = only(watched)
    case = found.cases[0].subject
    watched.answer_review(found.row.number, case, "fine", by="ben", text="Joe told me")
    assert "Joe told me" not in repr(watched.store.write(journalled))
    from chargehand.plant.privacy import erase

    erase(watched.store, person="ben", by="ada")
    assert only(watched).cases[0].said == "(erased)"
    assert watched.verify().holds


def journalled(docket):
    return [tuple(row) for row in docket.sql("SELECT body FROM journal").fetchall()]


@pytest.mark.parametrize(
    ("case", "verdict", "by", "code"),
    [
        (None, "fine", "cleo", RefusalCode.NOT_AUTHORIZED),
        (None, "fine", "nobody", RefusalCode.NOT_AUTHORIZED),
        (None, "great", "ben", RefusalCode.REVIEW_INVALID),
        ("sample:P-999", "fine", "ben", RefusalCode.UNKNOWN_REVIEW),
    ],
)
def test_who_may_not_review_or_answers_amiss_is_refused(watched, at, case, verdict, by, code):
    at(watched, NEXT)
    found = only(watched)
    answer = watched.answer_review(found.row.number, case or found.cases[0].subject, verdict, by=by)
    assert isinstance(answer, Refusal)
    assert answer.code is code
    assert only(watched).row.answered == 0


def test_a_completed_review_stays_as_it_is(watched, at):
    at(watched, NEXT)
    answered(watched)
    found = only(watched)
    answer = watched.answer_review(found.row.number, found.cases[0].subject, "wrong", by="ben")
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.REVIEW_INVALID


@pytest.mark.engines("both")
def test_automation_lapses_when_it_is_overdue_and_comes_back_when_it_is_completed(watched, at):
    at(watched, NEXT)
    at(watched, NEXT + timedelta(days=3) - timedelta(seconds=1))
    assert lapsed(watched) == []
    at(watched, NEXT + timedelta(days=3))
    assert lapsed(watched) == [(SITE, Phase.ASSIST)]
    assert only(watched).row.state == "overdue"
    assert watched.verify().holds
    answered(watched)
    assert lapsed(watched) == []
    assert watched.verify().holds


def test_what_is_proposed_while_it_is_overdue_waits_for_a_person(watched, at):
    at(watched, NEXT)
    at(watched, NEXT + timedelta(days=3))
    for task in watched.tasks().rows:
        watched.confirm(task.key, by="ben")
    Teller(watched)(count(FACE, 1))
    waiting = watched.decide(decision="mro_replenishment", as_of=AS_OF)
    assert waiting.cleared == 0
    assert waiting.proposals


def test_a_row_that_was_edited_does_not_stand_for_a_review(watched, at):
    at(watched, NEXT)
    with behind_the_back(watched.folder) as sql:
        sql.execute("UPDATE review SET state = 'completed', completed_by = 'ben'")
    at(watched, NEXT + timedelta(days=3))
    assert lapsed(watched) == [(SITE, Phase.ASSIST)]
    assert not watched.verify().holds


def test_after_a_pause_one_pack_is_for_all_the_time(watched, at):
    at(watched, NEXT)
    at(watched, NEXT + timedelta(days=24))
    second, first = watched.reviews().rows
    assert (second.period_from, second.period_to) == (first.period_to, NEXT + timedelta(days=21))
    assert second.due_at == NEXT + timedelta(days=27), "from when it was opened"


def test_a_period_without_anything_to_look_at_is_complete(make_plant, at):
    plant = make_plant(phase="automate", name="quiet")
    reviewed(plant, phase="automate")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 9))
    at(plant, NEXT)
    row = only(plant).row
    assert (row.cases, row.state) == (0, "completed")
    at(plant, NEXT + timedelta(days=4))
    assert lapsed(plant) == []


def test_people_are_told_when_it_opens_and_before_it_is_overdue(watched, at):
    at(watched, NEXT)
    at(watched, NEXT + timedelta(days=2))
    at(watched, NEXT + timedelta(days=2, hours=1))
    with watched.store.snapshot() as sql:
        rows = sql.execute("SELECT text FROM notice WHERE topic = 'review' ORDER BY number")
        texts = [row["text"] for row in rows]
    assert len(texts) == 2
    assert "to be reviewed by" in texts[0]
    assert "is overdue from" in texts[1]


def test_overrides_and_luck_are_in_it(plant, at):
    reviewed(plant)
    proposed = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals
    plant.reject(proposed[0].id, by="ada", reason="not_needed")
    assert measure_due(plant.store, AS_OF.replace(year=2027))
    at(plant, NEXT)
    (case,) = only(plant).cases
    assert (case.kind, case.proposal) == ("override", proposed[0].id)
    assert "People rejected it" in case.text


def test_without_a_rule_nothing_opens(plant, at):
    at(plant, NEXT + timedelta(days=30))
    assert not plant.reviews().rows


def waved(plant, monkeypatch, *, undone=True):
    """Something approved within two seconds, and taken back where asked."""
    later = Later(plant, monkeypatch)
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    plant.looked_at(name, by="ada")
    later.passes(seconds=2)
    assert isinstance(plant.approve(name, by="ada"), Done)
    if undone:
        assert isinstance(plant.undo(name, by="ben", because="wrong bin, look again"), Done)
    return name


def still_noted(plant):
    with plant.store.snapshot() as sql:
        return [f"P-{row[0]}" for row in sql.execute("SELECT proposal FROM waved_through")]


@pytest.mark.engines("both")
def test_what_was_waved_through_and_went_wrong_is_told_once_and_no_longer_noted(
    plant, at, monkeypatch
):
    reviewed(plant, phase="assist")
    name = waved(plant, monkeypatch)
    assert still_noted(plant) == [name]
    at(plant, NEXT)
    found = only(plant)
    assert [case.proposal for case in found.cases if case.kind == "waved_through"] == [name]
    assert not still_noted(plant)
    again = plant.review_drawn_again(found.row.number)
    assert [case.subject for case in again] == [case.subject for case in found.cases]


def test_what_has_not_come_out_yet_stays_noted_for_eight_weeks_at_most(plant, at, monkeypatch):
    reviewed(plant, phase="assist")
    name = waved(plant, monkeypatch, undone=False)
    at(plant, NEXT)
    assert still_noted(plant) == [name]
    at(plant, NEXT + timedelta(weeks=9))
    assert not still_noted(plant)


def test_where_nothing_is_reviewed_nothing_is_noted(plant, monkeypatch):
    waved(plant, monkeypatch)
    assert not still_noted(plant)
