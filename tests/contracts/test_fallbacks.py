"""Every kind of decision says what it does when what it relies on fails it, and does so."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chargehand.decisions import catalogue
from chargehand.decisions.decision import Proposal, answered, hear
from chargehand.optimization.fallback import CONDITIONS, MODEL_AGE_MAX, SOURCE_AGE_MAX
from chargehand.testing.record import FakeRecord
from chargehand.vocabulary import wire
from tests.contracts.rich_plant import rich_plant

LONG = timedelta(days=1)


@dataclass(kw_only=True)
class AgedRecord(FakeRecord):
    """A record that knows how old what it holds is."""

    heard: datetime | None = None
    until: date | None = None

    def heard_at(self, _site: str) -> datetime | None:
        return self.heard

    def demand_until(self, _site: str) -> date | None:
        return self.until


def aged(**ages: Any) -> AgedRecord:
    plant = rich_plant()
    known = {one.name: getattr(plant, one.name) for one in fields(plant) if one.init}
    fresh = {"heard": plant.as_of, "until": plant.as_of.date()}
    return AgedRecord(**known, **(fresh | ages))


@pytest.fixture(params=catalogue.names())
def decision(request):
    return catalogue.load(request.param)


def heard(decision, plant):
    return [one for one in hear(decision, plant) if isinstance(one.answer, Proposal)]


def rests_on_a_forecast(answer):
    return getattr(answer.question, "forecast", None) is not None


def test_every_condition_is_declared_once_and_in_words(decision):
    assert [one.when for one in decision.fallbacks] == list(CONDITIONS)
    for one in decision.fallbacks:
        assert one.then.endswith(".")
        assert one.shown_as


def test_fresh_inputs_are_not_doubted(decision):
    usual, known = heard(decision, rich_plant()), heard(decision, aged())
    assert usual
    assert [one.answer.basis for one in known] == [one.answer.basis for one in usual]
    assert not any(one.question.doubt for one in known)


def test_a_stale_source_makes_every_answer_a_fallback(decision):
    plant = aged(heard=rich_plant().as_of - SOURCE_AGE_MAX - LONG)
    answers = heard(decision, plant)
    assert answers
    for one in answers:
        assert one.answer.basis == "fallback"
        assert "its source is stale" in one.answer.basis_note


def test_a_source_that_is_just_fresh_enough_is_trusted(decision):
    plant = aged(heard=rich_plant().as_of - SOURCE_AGE_MAX)
    assert not any(one.question.doubt for one in heard(decision, plant))


def test_a_stale_model_makes_what_rests_on_it_a_fallback(decision):
    plant = aged(until=(rich_plant().as_of - MODEL_AGE_MAX - LONG).date())
    for one in heard(decision, plant):
        doubted = one.answer.basis == "fallback" and "it is stale" in one.answer.basis_note
        assert doubted == rests_on_a_forecast(one)


def test_a_drifting_model_makes_what_rests_on_it_a_fallback(decision):
    plant = aged()
    last_month = (plant.as_of - timedelta(days=30)).date()
    surge = [
        (site, material, last_month, 500)
        for site, material, _ in plant.forecasts
        if material in {one.material for one in plant.definitions}
    ]
    for one in heard(decision, replace(plant, usage=(*plant.usage, *surge))):
        assert ("it drifts" in one.answer.basis_note) == rests_on_a_forecast(one)
        assert one.answer.basis == "fallback" or not rests_on_a_forecast(one)


def test_a_doubted_answer_can_be_derived_again(decision):
    plant = aged(heard=rich_plant().as_of - SOURCE_AGE_MAX - LONG)
    for one in heard(decision, plant):
        question = wire.read(decision.question, wire.write(one.question))
        assert wire.write(answered(decision, question)) == wire.write(one.answer)


def test_a_question_recorded_before_there_were_doubts_can_still_be_read(decision):
    for one in heard(decision, rich_plant()):
        text = wire.write(one.question).replace('"doubt":"",', "").replace(',"doubt":""', "")
        assert "doubt" not in text
        assert wire.read(decision.question, text) == one.question


def test_without_models_nothing_rests_on_one(decision):
    plant = replace(aged(), forecasts=())
    for one in heard(decision, plant):
        assert not rests_on_a_forecast(one)
        if hasattr(one.question, "forecast"):
            assert one.answer.basis == "fallback"
