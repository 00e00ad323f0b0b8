"""Decisions are found by file name, and those of other packages by entry point."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from chargehand.decisions import catalogue, mro_replenishment
from chargehand.decisions.catalogue import DecisionFault
from chargehand.decisions.decision import Decision


def brought(monkeypatch, **modules):
    """Let a package bring decisions, each a module by entry-point name."""
    points = []
    for name, module in modules.items():
        if module is not None:
            monkeypatch.setitem(sys.modules, f"plugin_{name}", module)
        points.append(EntryPoint(name=name, value=f"plugin_{name}", group=catalogue.GROUP))
    monkeypatch.setattr(catalogue, "entry_points", lambda group: points)


def module(name, decision=None, docstring="Move pallets."):
    made = ModuleType(f"plugin_{name}", docstring)
    if decision is not None:
        made.DECISION = decision
    return made


def named(name):
    own = mro_replenishment.DECISION
    fields = {f: getattr(own, f) for f in own.__dataclass_fields__}
    return Decision(**{**fields, "name": name})


def test_finds_our_own_by_file_name():
    assert {"mro_replenishment", "part_reservation", "reorder_parameters"} <= set(catalogue.names())
    assert not {"decision", "catalogue"} & set(catalogue.names())
    assert catalogue.load("mro_replenishment") is mro_replenishment.DECISION


def test_says_what_each_is_for():
    assert catalogue.purpose("mro_replenishment") == (
        "Keep spare parts where they are needed: refill the pick face, send from another site, or"
        " buy."
    )


def test_another_package_brings_a_decision(monkeypatch):
    brought(monkeypatch, pallets=module("pallets", named("pallets")))
    assert "pallets" in catalogue.names()
    assert catalogue.load("pallets").name == "pallets"
    assert catalogue.purpose("pallets") == "Move pallets."
    assert catalogue.faults() == {}
    assert "pallets" in [decision.name for decision in catalogue.loaded()]


@pytest.mark.parametrize(
    ("brings", "why"),
    [
        (None, "cannot be imported"),
        (module("pallets"), "has no DECISION"),
        (module("pallets", named("boxes")), "calls itself boxes"),
    ],
)
def test_a_broken_one_is_reported_and_stops_nobody(monkeypatch, brings, why):
    brought(monkeypatch, pallets=brings)
    assert why in catalogue.faults()["pallets"]
    assert "mro_replenishment" in [decision.name for decision in catalogue.loaded()]
    with pytest.raises(DecisionFault, match="pallets"):
        catalogue.load("pallets")


def test_another_package_cannot_take_the_name_of_ours(monkeypatch):
    brought(monkeypatch, mro_replenishment=module("x", named("mro_replenishment")))
    assert catalogue.load("mro_replenishment") is mro_replenishment.DECISION


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(DecisionFault, match="mro_replenishment"):
        catalogue.load("astrology")
