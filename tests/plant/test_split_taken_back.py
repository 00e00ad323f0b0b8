"""What is taken back must be there; a refused report says nothing of what its key means later."""

from __future__ import annotations

import pytest

from chargehand.signals.kinds import GoodsReceived
from chargehand.signals.stock_kinds import LegReported, MovementReported
from chargehand.vocabulary.identifier import LotId
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import SITE
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


@pytest.mark.engines("sqlite", "postgres")
def test_the_key_of_a_refused_report_may_name_a_movement_that_can_be_corrected(line):
    """What was refused has left nothing: its key is free, and says nothing of what comes by it."""
    key = "once"
    refused = line.tell(report(used(HOUSING, "H1", 5)), key=key)
    assert refused.refusal is not None
    received = GoodsReceived(
        site=SITE, location=LINE, material=HOUSING, quantity=Quantity.pieces(5), lot=LotId("H1")
    )
    assert line.tell(received, key=key).refusal is None
    assert line.plant.verify().faults == ()
    back = tuple(
        LegReported(
            material=HOUSING, quantity=Quantity.pieces(sign * 2), location=where,
            outside="supplier", lot=LotId("H1"),
        )
        for sign, where in ((1, None), (-1, LINE))
    )  # fmt: skip
    corrects = MovementReported(
        site=SITE, business_step="receiving", legs=back, corrects=f"mes/{key}"
    )
    assert line.tell(corrects).refusal is None
    assert line.on_hand(HOUSING) == {LINE: 3}
