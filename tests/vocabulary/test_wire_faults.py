"""What is wrong with a value is told of the kind that it says it is, and of no other."""

from __future__ import annotations

import pytest

from chargehand.signals.kinds import Body
from chargehand.vocabulary import wire


def test_one_wrong_field_of_a_tagged_value_is_told_alone():
    told = '{"kind":"stock_moved","site":"S","material":"M","quantity":{"value":"1","unit":"H87"}}'
    with pytest.raises(wire.WireError) as fault:
        wire.read(Body, told)
    assert "amount" in str(fault.value)
    assert "MaterialDefined" not in str(fault.value)


def test_a_kind_that_there_is_not_is_told():
    with pytest.raises(wire.WireError, match="kind"):
        wire.read(Body, '{"kind":"stock_mooved"}')
