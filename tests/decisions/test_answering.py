"""A decision of another package may answer anything: only a sound proposal is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from chargehand.decisions.decision import Decision, Proposal, Subject, answered, hear
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId, ZoneId
from chargehand.vocabulary.money import ZERO
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import CountTask, Priority, TransactionType

AT = datetime(2026, 1, 1, tzinfo=UTC)
SUBJECT = Subject(site=SiteId("S1"), zone=ZoneId("MRO"), key="K", label="K")
SOUND = Proposal(
    subject=SUBJECT, headline="Count it.", priority=Priority.LOW, reasons=(), confidence=0.5,
    actions=(CountTask(site=SiteId("S1"), zone=ZoneId("MRO"), material=MaterialId("M"),
                       location=LocationId("B"), priority=Priority.LOW),),
    cost=ZERO, cost_of_inaction=ZERO, inaction="", decide_before=AT, measure_after=AT,
    basis="model", basis_note="",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    on_hand: float = 1.0


def decision(answer, subject=SUBJECT):
    return Decision(
        name="plug", title="Plug", question=Question, transactions=(TransactionType.COUNT,),
        ask=lambda record: [Question()], propose=lambda question: answer,
        measure=lambda *_: Refusal(code=RefusalCode.TOO_EARLY, because=""),
        subject=lambda question: subject, fallback="none",
    )  # fmt: skip


def test_a_sound_answer_is_handed_on():
    assert answered(decision(SOUND), Question()) == SOUND


@pytest.mark.parametrize(
    "answer",
    [
        None,
        replace(SOUND, confidence=float("nan")),
        replace(SOUND, confidence=1.5),
        replace(SOUND, confidence="sure"),
        replace(SOUND, series=((float("inf"),),)),
        replace(SOUND, headline="half a character: \ud800"),
        replace(SOUND, basis="guess"),
        replace(SOUND, subject=None),
        replace(SOUND, actions=None),
        Refusal(code="because", because="not a code"),
    ],
)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_a_faulty_answer_is_a_refusal_that_says_so(answer):
    refusal = answered(decision(answer), Question())
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.DECISION_FAILED
    assert refusal.because.startswith("plug failed: ")


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_a_question_that_cannot_be_kept_gets_no_proposal():
    refusal = answered(decision(SOUND), Question(on_hand=float("nan")))
    assert isinstance(refusal, Refusal)


class Record:
    def take_evidence(self):
        return ()


def test_a_subject_that_is_none_is_a_fault_of_the_whole_decision():
    with pytest.raises(TypeError, match="plug names None as a subject"):
        list(hear(decision(SOUND, subject=None), Record()))
