"""Plants in plain text, each with what should be proposed or refused in it.

A planner can read one, change a figure, and see what changes.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from chargehand.decisions import catalogue
from chargehand.decisions.decision import Proposal, hear
from chargehand.forecast.demand import DemandForecast
from chargehand.record.view import StockAt
from chargehand.testing.record import FakeRecord
from chargehand.vocabulary import wire
from chargehand.vocabulary.distribution import CountDistribution
from chargehand.vocabulary.equipment import MaintenanceOrder, PhysicalAsset
from chargehand.vocabulary.material import MaterialDefinition, StockingParameters, SupplierItem

PLANTS = sorted(Path(__file__).parent.glob("*.toml"))
SITE = "HALLE3"


def with_money(row):
    """Sums of money are written as ``EUR 12.00``."""
    parts = {key: str(value).split() for key, value in row.items() if str(value)[:4] == "EUR "}
    return row | {key: {"currency": c, "amount": amount} for key, (c, amount) in parts.items()}


def rows(text, name, kind):
    return [wire.read_plain(kind, {"site": SITE} | with_money(row)) for row in text.get(name, ())]


def unplaced(text, name, kind):
    """Rows of what has no site of its own."""
    return [wire.read_plain(kind, with_money(row)) for row in text.get(name, ())]


def stock(row):
    given = {"zone": "MRO", "reserved": 0, "incoming": 0} | row
    kind = given.pop("kind", "bulk")
    material = given.pop("material")
    return (SITE, material, wire.read_plain(StockAt, given | {"location_kind": kind}))


def maintenance(row):
    lines = [{"material": m, "quantity": Decimal(q)} for m, q in row["parts"].items()]
    fields = {"site": SITE, "state": "released"} | row | {"parts": lines}
    return wire.read_plain(MaintenanceOrder, fields)


def forecast(row):
    demand = CountDistribution(
        family="negative_binomial", mean=row["mean"], variance=row["variance"], period_days=30
    )
    known = DemandForecast(
        method="static", version="demand-1", segment="lumpy/low", demand=demand,
        periods=36, cost_ratio=0.8, coverage=0.95,
    )  # fmt: skip
    return (SITE, row["material"], known)


def plant_of(text):
    return FakeRecord(
        as_of=datetime(2026, 6, 1, 2, 0, tzinfo=UTC),
        definitions=unplaced(text, "part", MaterialDefinition),
        levels=rows(text, "stocking", StockingParameters),
        balances=[stock(row) for row in text.get("stock", ())],
        orders=[maintenance(row) for row in text.get("order", ())],
        machines=rows(text, "machine", PhysicalAsset),
        items=unplaced(text, "source", SupplierItem),
        forecasts=[forecast(row) for row in text.get("forecast", ())],
    )


@pytest.mark.parametrize("file", PLANTS, ids=lambda file: file.stem)
def test_plant(file):
    text = tomllib.loads(file.read_text(encoding="utf-8"))
    plant = plant_of(text)
    assert text["purpose"]
    assert text["expect"]
    for expected in text["expect"]:
        found = {
            heard.subject.key: heard.answer
            for heard in hear(catalogue.load(expected["decision"]), plant)
        }[expected["subject"]]
        if isinstance(found, Proposal):
            assert found.headline == expected.get("headline"), found
        else:
            assert found.code == expected.get("refusal"), found.because
