"""Holds over HTTP: placed, shown with what they froze, released by who may, once per key."""

from __future__ import annotations

import pytest

from tests.api.conftest import PLANNER, POLICY, SUPERVISOR

HOLDS = """
[[holds]]
roles = ["supervisor"]
sites = ["KENT"]
"""
SIGNED = "I have seen the report"


@pytest.fixture
def clients(plant, client_of):
    text = POLICY.replace("version = 1", "version = 2") + HOLDS
    assert plant.activate_policy(text, by=PLANNER).state == "active"
    return client_of(PLANNER), client_of(SUPERVISOR)
