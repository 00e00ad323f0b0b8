"""A plant in which every kind of decision has something to propose and something to refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from chargehand.testing.record import FakeRecord
from chargehand.vocabulary.material import Supplier
from chargehand.vocabulary.quantity import Unit
from tests.decisions.stores import (
    ERIKS,
    HALLE,
    NOW,
    SEAL,
    SKF,
    ULM,
    at,
    coming,
    differs,
    lateness,
    lead,
    monthly,
    order,
    part,
    press,
    record,
    sold_by,
    stocked,
)

PLENTY, STATIC, GREASE = "PLENTY-1", "STATIC-2", "GREASE-3"


def rich_plant() -> FakeRecord:
    """Parts that are short, plentiful, static only, sold by weight, and stocked at two sites."""
    face = {"pick_face": "PF-1", "pick_face_min": 2, "pick_face_max": 6, "bulk": "BULK-1"}
    long_ago, lately = NOW - timedelta(days=500), NOW - timedelta(days=2)
    return record(
        definitions=[
            part(),
            part(material=PLENTY),
            part(material=STATIC, criticality=None, unit_cost=None),
            part(material=GREASE, unit=Unit.KILOGRAM),
        ],
        levels=[
            stocked(**face, reorder_point=3, order_up_to=9),
            stocked(material=PLENTY, reorder_point=8, order_up_to=21),
            stocked(material=STATIC, **face, reorder_point=4, order_up_to=12),
            stocked(material=GREASE, reorder_point=Decimal("2.5"), order_up_to=10),
            stocked(site=ULM),
        ],
        balances=[
            at("PF-1", 1, counted_at=lately),
            at("BULK-1", 3, counted_at=long_ago),
            at("BULK-1", 90, material=PLENTY, counted_at=lately),
            at("PF-9", 1, material=STATIC),
            at("DRUM-1", "2.25", material=GREASE, counted_at=lately),
            at("U-1", 4, site=ULM, counted_at=lately),
        ],
        coming=[coming(1)],
        differing=[
            differs(-2, place="BULK-1", hours=72, material=PLENTY),
            differs(3, place="BULK-1"),
        ],
        orders=[
            order("WO-1", needs=6, due=12),
            order("WO-2", parts={PLENTY: 2}, due=15, asset="MILL-1"),
            order("WO-3", parts={"UNKNOWN-9": 1}, due=18, asset="MILL-1"),
        ],
        machines=[press(1200)],
        partners=[
            Supplier(supplier=SKF, name="SKF Distribution", lead_time_days=29),
            Supplier(supplier=ERIKS, name="Eriks"),
        ],
        items=[
            sold_by(order_quantity_min=4, pack_size=2),
            sold_by(ERIKS, 120),
            replace(sold_by(), material=STATIC),
            replace(sold_by(pack_size="0.4"), material=GREASE),
        ],
        forecasts=[
            monthly(3.0, variance=7.0),
            monthly(3.0, material=PLENTY),
            monthly(1.0, site=ULM),
            lead(10, 20, 45),
            lateness(0.3, 6.0),
        ],
        usage=[(HALLE, SEAL, (NOW + timedelta(days=3)).date(), Decimal(5))],
    )
