"""The description is true: whatever is sent, by whomever, the answer is one that it documents."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from chargehand.api.app import build_app
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from tests.api.test_doors import ROUTES
from tests.api.two_sites import BOSS, CLERK, POLICY, fill, key_of

EXAMPLES = {BOSS: 8, CLERK: 4}
"""Cases for each route and mode: of who may do everything, and of who may do it at one site."""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plant") / "plant"
    create_plant(folder, enterprise="Kent", policy_text=POLICY)
    with pytest.MonkeyPatch.context() as patch:  # schemathesis asks without a key as well
        patch.setenv("CHARGEHAND__SERVER__FAILURES_PER_MINUTE", "100000")
        patch.setenv("CHARGEHAND__SERVER__REQUESTS_PER_MINUTE", "100000")
        plant = Plant.open(folder)
    fill(plant)
    yield plant, build_app(plant)
    plant.close()


@pytest.fixture(scope="module")
def keys(served):
    return {person: key_of(served[0], person) for person in EXAMPLES}


@pytest.fixture(scope="module")
def description(served):
    return schemathesis.openapi.from_asgi("/openapi.json", served[1])


BOUNDED = settings(
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
@pytest.mark.parametrize("person", EXAMPLES)
def test_every_answer_is_documented(description, keys, method, path, mode, person):
    operation = description[path][method]
    if mode is GenerationMode.NEGATIVE and not operation.body and not takes_parameters(operation):
        return
    spared = SPARED_OF_SIGNALS if path == "/v1/signals" else SPARED
    if person != BOSS:  # what is wrong and not theirs either is refused as the latter
        spared = [*spared, negative_data_rejection]
    headers = {"Authorization": f"Bearer {keys[person]}"}

    @settings(BOUNDED, max_examples=EXAMPLES[person])
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(headers=headers, excluded_checks=spared)

    ask()


def takes_parameters(operation):
    return any(True for _ in operation.iter_parameters())
