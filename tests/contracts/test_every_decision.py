"""The contract of every kind of decision: a new file is tested without being named."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from datetime import timedelta
from pathlib import Path

import pytest

from chargehand.decisions import catalogue
from chargehand.decisions.decision import Hindsight, Proposal, hear
from chargehand.testing.record import FakeRecord
from chargehand.vocabulary import wire
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.contracts.rich_plant import rich_plant
from tests.decisions.stores import NOW

LINES_MAX = 250


@pytest.fixture(params=catalogue.names())
def decision(request):
    return catalogue.load(request.param)


@pytest.fixture
def file(decision):
    return Path(inspect.getsourcefile(decision.propose))


@pytest.fixture
def plant():
    return rich_plant()


@pytest.fixture
def heard(decision, plant):
    return list(hear(decision, plant))


@pytest.fixture
def proposals(heard):
    return [one.answer for one in heard if isinstance(one.answer, Proposal)]


def test_is_named_after_its_file(decision, file):
    assert decision.name == file.stem


def test_says_what_it_is_for(decision, file):
    first_line = ast.get_docstring(ast.parse(file.read_text())).partition("\n")[0]
    assert first_line.endswith(".")
    assert catalogue.purpose(decision.name) == first_line
    assert decision.title
    assert decision.fallback.endswith(".")


def test_is_small_enough_to_read_in_one_sitting(file):
    assert file.read_text().count("\n") <= LINES_MAX


def test_question_is_frozen(decision):
    (question,) = inspect.signature(decision.propose, eval_str=True).parameters.values()
    assert question.annotation is decision.question
    assert question.annotation.__dataclass_params__.frozen


def test_proposes_and_refuses(heard, proposals):
    assert proposals
    assert [one for one in heard if isinstance(one.answer, Refusal)]


def test_does_not_fail(heard):
    codes = {one.answer.code for one in heard if isinstance(one.answer, Refusal)}
    assert RefusalCode.DECISION_FAILED not in codes


def test_same_question_same_answer_after_being_written_down(decision, heard):
    for one in heard:
        again = wire.read(decision.question, wire.write(one.question))
        assert again == one.question
        assert wire.write(decision.propose(again)) == wire.write(one.answer)


def test_same_record_same_questions(decision, plant, heard):
    assert [one.question for one in hear(decision, plant)] == [one.question for one in heard]


def test_every_answer_has_evidence(heard):
    assert all(one.evidence for one in heard)


def test_evidence_is_its_own(heard):
    """No answer claims to rest on what only another one was read from."""
    everything = {reference for one in heard for reference in one.evidence}
    assert all(set(one.evidence) < everything for one in heard)


def test_one_answer_for_each_subject(heard):
    keys = [(one.subject.site, one.subject.key) for one in heard]
    assert len(keys) == len(set(keys))
    assert all(one.subject.label for one in heard)


def test_refusals_say_why(heard):
    for one in heard:
        if isinstance(one.answer, Refusal):
            assert len(one.answer.because) > 20


def test_proposals_speak_to_their_approver(proposals):
    for proposal in proposals:
        sentences = (*proposal.reasons, proposal.headline, proposal.inaction)
        sentences += (*proposal.would_flip, *(a.why_not for a in proposal.alternatives))
        assert all(sentence.endswith(".") for sentence in sentences), sentences
        assert all(sentence[0].isupper() or sentence[0].isdigit() for sentence in sentences)
        assert proposal.basis_note.endswith(".")
        assert proposal.reasons
        assert len(proposal.alternatives) >= 2
        assert proposal.would_flip
        assert proposal.changes


def test_proposals_can_be_ruled_on(decision, proposals):
    for proposal in proposals:
        assert proposal.actions
        assert {action.transaction for action in proposal.actions} <= set(decision.transactions)
        assert {action.site for action in proposal.actions} == {proposal.subject.site}
        assert 0 <= proposal.confidence <= 1
        total = sum(action.cost.amount for action in proposal.actions)
        assert proposal.cost.amount == total
        assert NOW + timedelta(hours=1) <= proposal.decide_before


def test_changeable_fields_exist(decision, proposals):
    for proposal in proposals:
        fields = {field.name for field in dataclasses.fields(proposal.actions[0])}
        assert set(decision.changeable) <= fields


def test_hindsight_waits_and_then_judges(decision, plant, proposals):
    for proposal in proposals:
        early = decision.measure(proposal, NOW, plant)
        assert isinstance(early, Refusal)
        assert early.code is RefusalCode.TOO_EARLY
        later = dataclasses.replace(plant, as_of=proposal.measure_after)
        hindsight = decision.measure(proposal, NOW, later)
        if isinstance(hindsight, Hindsight):
            assert hindsight.worth.currency == proposal.cost.currency
        else:
            assert hindsight.transient


def test_an_empty_plant_is_no_trouble(decision):
    assert list(hear(decision, FakeRecord())) == []
