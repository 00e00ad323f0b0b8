"""The most specific phase rule counts; where nothing is said, a decision observes."""

from __future__ import annotations

import pytest

from chargehand.governance.phase import Phase, governing
from chargehand.governance.submission import Place
from tests.governance.strategies import phase_rule, policy

RULES = (
    phase_rule(phase="observe"),
    phase_rule("mro_replenishment", phase="assist"),
    phase_rule("mro_replenishment", "HALLE3", "MRO", phase="automate"),
    phase_rule("mro_replenishment", "HALLE3", "RAW", phase="observe"),
    phase_rule("cycle_count", zone="MRO", phase="assist"),
    phase_rule(site="WERK2", zone="TOOLS", phase="assist"),
)


@pytest.mark.parametrize(
    ("decision", "site", "zone", "phase"),
    [
        ("mro_replenishment", "HALLE3", "MRO", "automate"),
        ("mro_replenishment", "HALLE3", "RAW", "observe"),
        ("mro_replenishment", "HALLE3", "TOOLS", "assist"),
        ("mro_replenishment", "WERK2", "MRO", "assist"),
        ("mro_replenishment", "HALLE3", None, "observe"),
        ("mro_replenishment", "WERK2", None, "assist"),
        ("cycle_count", "WERK2", "MRO", "assist"),
        ("cycle_count", "WERK2", None, "observe"),
        ("cycle_count", "WERK2", "RAW", "observe"),
        ("kitting", "WERK2", "TOOLS", "assist"),
        ("kitting", "HALLE3", "TOOLS", "observe"),
        ("*", "*", "*", "observe"),
    ],
)
def test_most_specific_rule_wins(decision, site, zone, phase):
    assert policy(*RULES).phase(decision, site, zone) == phase
    assert policy(*reversed(RULES)).phase(decision, site, zone) == phase


def test_without_rules_everything_is_observed():
    assert policy(phase_rule("kitting", phase="automate")).phase("putaway", "A", "B") == "observe"


def test_equally_specific_rules_all_count_and_the_lowest_decides():
    tie = (phase_rule("kitting", phase="automate"), phase_rule(site="WERK2", phase="assist"))
    assert set(governing(tie, "kitting", Place("WERK2", "MRO"))) == set(tie)
    assert policy(*tie).phase("kitting", "WERK2", "MRO") is Phase.ASSIST
