"""The description is true: whatever is sent, the answer is one that it documents."""

from __future__ import annotations

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from chargehand.api.app import build_app
from chargehand.api.envelopes import envelopes
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from tests.api.conftest import MASTER, PLANNER, POLICY, STOCK
from tests.api.test_doors import ROUTES

EXAMPLES = 12


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plant") / "plant"
    create_plant(folder, enterprise="Kent", policy_text=POLICY)
    plant = Plant.open(folder)
    plant.take(envelopes(json.dumps(MASTER + STOCK).encode()))
    plant.decide()
    yield plant, build_app(plant)
    plant.close()


@pytest.fixture(scope="module")
def headers(served):
    return {"Authorization": f"Bearer {served[0].issue_key(PLANNER, label='schema')}"}


@pytest.fixture(scope="module")
def description(served):
    return schemathesis.openapi.from_asgi("/openapi.json", served[1])


BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
SPARED = [positive_data_acceptance]
"""Whether a cursor, a key or a version fits is the plant's knowledge, not the schema's."""
SPARED_OF_SIGNALS = [*SPARED, negative_data_rejection]
"""Signals are answered one by one: what breaks the schema is kept as unreadable, with 200."""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_answer_is_documented(description, headers, method, path, mode):
    operation = description[path][method]
    if mode is GenerationMode.NEGATIVE and not operation.body and not takes_parameters(operation):
        return
    spared = SPARED_OF_SIGNALS if path == "/v1/signals" else SPARED

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(headers=headers, excluded_checks=spared)

    ask()


def takes_parameters(operation):
    return any(True for _ in operation.iter_parameters())
