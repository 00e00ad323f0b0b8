"""What came of proposals, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from chargehand.cli.outcomes import _names, _shown
from chargehand.plant.reading import Page


@dataclass(frozen=True)
class Line:
    """What came of something."""

    because: str


def test_what_was_measured_is_named_after_its_proposal():
    lines = [Line("same"), Line("other"), Line("same"), Line("gone")]
    rows = [
        SimpleNamespace(proposal=SimpleNamespace(id=f"P-{number}"), outcome=line)
        for number, line in enumerate(lines[:3], start=1)
    ]
    plant = SimpleNamespace(outcomes=lambda **_window: Page(rows=tuple(rows), next=None))
    assert _names(plant, lines) == ["P-1", "P-2", "P-3", "-"]


def test_right_and_wrong_are_words():
    assert (_shown(True), _shown(False)) == ("right", "wrong")
