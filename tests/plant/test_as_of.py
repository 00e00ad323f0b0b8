"""Nothing is decided or measured for a day that has not come, or whose stock is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chargehand.plant.fault import PlantFault
from chargehand.runtime.clock import now
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.plant.conftest import AS_OF


def test_a_day_to_come_cannot_be_decided_or_measured(plant):
    refused = plant.decide(as_of=now() + timedelta(days=2))
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.TOO_EARLY
    with pytest.raises(PlantFault, match="yet"):
        plant.measure(as_of=now() + timedelta(days=2))
    assert plant.inbox(state="all").rows == ()


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize("looked_back", [False, True])
def test_a_day_before_the_stock_that_is_known_cannot_be_decided(plant, looked_back):
    if looked_back:  # the movements are in the history's segments then
        plant.history.catch_up()
    refused = plant.decide(as_of=AS_OF - timedelta(days=2))
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.STALE
    assert "on 2026-01-10" in refused.because
    assert "decide as of a later day" in refused.because
    assert not isinstance(plant.decide(as_of=AS_OF), Refusal)
