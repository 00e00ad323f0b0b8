"""What a site was like before anything was switched on: noted once, compared with today."""

from __future__ import annotations

import pytest

from chargehand.plant.baselines import take_missing
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, Teller, count


@pytest.mark.engines("both")
def test_it_is_noted_once_and_stays_as_it_was(plant):
    assert take_missing(plant.store) == 0, "nothing was heard yet: the import may be under way"
    plant.decide(as_of=AS_OF)
    Teller(plant)(count(FACE, 0))
    assert take_missing(plant.store) == 1
    Teller(plant)(count(BULK, 0), count(FACE, 5))
    assert take_missing(plant.store) == 0
    (found,) = plant.baselines()
    before, now = found.before, found.now
    assert (before.site, before.parts, before.faces, before.faces_empty) == (SITE, 1, 1, 1)
    assert (before.out, before.below, dict(before.values)) == (0, 0, {"EUR": "1200.00"})
    assert (now.faces_empty, now.below, dict(now.values)) == (0, 1, {"EUR": "150.00"})
    assert before.places == 1
    assert before.never_counted == 0
    assert plant.verify().holds
