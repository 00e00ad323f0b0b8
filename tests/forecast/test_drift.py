"""The drift alarm: quiet on what it is made for, loud where the demand has changed."""

from __future__ import annotations

import numpy as np
import pytest

from chargehand.forecast.drift import BEFORE_MIN, LATE, drifting

RATES = [0.2, 1.0, 5.0]


@pytest.mark.parametrize("rate", RATES)
def test_few_false_alarms_on_steady_demand(rate):
    steady = np.random.default_rng(7).poisson(rate, (4000, 36))
    assert drifting(steady).mean() < 0.02


@pytest.mark.parametrize(("rate", "factor", "share"), [(1.0, 5, 0.9), (5.0, 3, 0.95)])
def test_most_changes_are_seen(rate, factor, share):
    chance = np.random.default_rng(7)
    changed = chance.poisson(rate, (1000, 36))
    changed[:, -LATE:] = chance.poisson(rate * factor, (1000, LATE))
    assert drifting(changed).mean() > share


def test_what_is_too_young_or_was_never_used_has_no_alarm():
    young = np.full((1, 36), np.nan)
    young[0, -BEFORE_MIN:] = 9
    unused = np.zeros((1, 36))
    unused[0, -1] = 9
    assert not drifting(np.vstack([young, unused])).any()
    assert not drifting(np.full((2, BEFORE_MIN), 3)).any()
