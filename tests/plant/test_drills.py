"""Drills: every fallback is seen to work on a copy, and the plant itself stays as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chargehand.optimization.fallback import CONDITIONS
from chargehand.plant import drilling, floor_sheet, installed
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.plant.conftest import AS_OF, Teller, used

DECISION = "mro_replenishment"


@pytest.fixture
def forecast(plant):
    """A plant with a year of use, so that there is a model to take away."""
    Teller(plant)(
        *(used(month, month % 3, year) for year in (2024, 2025) for month in range(1, 13))
    )
    return plant


def contents(plant):
    with plant.store.snapshot() as sql:
        return {
            table: [tuple(row) for row in sql.execute(f"SELECT * FROM {table}").fetchall()]
            for table in ("proposal", "orders", "estimate", "usage", "balance", "snapshot")
        }


@pytest.mark.engines("both")
def test_every_condition_is_drilled_and_works(forecast):
    report = forecast.drill(decision=DECISION, by="ada")
    assert report.works, [line for line in report.lines if not line.works]
    assert {line.condition for line in report.lines} == {*CONDITIONS, drilling.FAILING}
    lines = {line.condition: line for line in report.lines}
    for condition in ("model_missing", "source_stale"):
        assert lines[condition].proposed == lines[condition].fallback > 0
    assert lines[drilling.FAILING].failed > 0


@pytest.mark.engines("both")
def test_the_plant_itself_is_not_touched_but_knows_of_it(forecast):
    assert forecast.last_drill() is None
    before = contents(forecast)
    report = forecast.drill(by="ada")
    assert contents(forecast) == before
    known = forecast.last_drill()
    assert (known.works, known.drilled) == (True, len(report.lines))
    assert forecast.trust().last_drill == known
    assert forecast.verify().holds


def test_a_decision_that_hides_what_it_lacks_is_found(forecast, monkeypatch):
    honest = installed.load(DECISION)

    def sure(question):
        answer = honest.propose(question)
        return answer if isinstance(answer, Refusal) else replace(answer, basis="model")

    posing = replace(honest, propose=sure, fallbacks=())
    monkeypatch.setattr(drilling.installed, "load", lambda _name: posing)
    report = forecast.drill(decision=DECISION, by="ada")
    assert not report.works
    faulty = {line.condition: line.note for line in report.lines if not line.works}
    assert "says so nowhere" in faulty["model_missing"]
    assert "declares nothing" in faulty["drifting"]
    assert not forecast.last_drill().works


def test_an_unknown_decision_cannot_be_drilled(plant):
    answer = plant.drill(decision="guesswork")
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.UNKNOWN_DECISION


def test_the_floor_has_its_tasks_on_a_sheet_when_the_plant_is_closed(plant):
    done = plant.approve(plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id, by="ada")
    floor_sheet.keep_sheet(plant)
    folder = plant.folder
    plant.close()
    lines = (folder / floor_sheet.FILE).read_text("utf-8").splitlines()
    assert lines[0] == ",".join(floor_sheet.COLUMNS)
    assert [line.split(",")[0] for line in lines[1:]] == list(done.orders)


def test_a_task_that_is_done_leaves_the_sheet(plant):
    done = plant.approve(plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id, by="ada")
    floor_sheet.keep_sheet(plant)
    for key in done.orders:
        plant.confirm(key, by="ben")
    floor_sheet.keep_sheet(plant)
    assert (plant.folder / floor_sheet.FILE).read_text("utf-8").count("\n") == 1
