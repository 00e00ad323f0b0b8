"""A split is taken back only while what it made is there, and what stayed of the lot too."""

from __future__ import annotations

import pytest

from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.line import HOUSING, LINE, Line, made, report, used


@pytest.fixture
def line(make_plant) -> Line:
    return Line(make_plant())


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize("lot", ["H1", "H2"])
def test_a_split_whose_parts_were_used_stays(line, lot):
    line.receive(HOUSING, "H1", 5)
    parts = made(HOUSING, "H1", 2, LINE), made(HOUSING, "H2", 3, LINE)
    key = line.told(report(used(HOUSING, "H1", 5), *parts, step="split"))
    line.told(report(used(HOUSING, lot, 2), step="scrap", order="O2"))
    refusal = line.refusal(report(corrects=key))
    assert refusal.code is RefusalCode.INSUFFICIENT_STOCK
    assert sum(line.on_hand(HOUSING).values()) == 3
