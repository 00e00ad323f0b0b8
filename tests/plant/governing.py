"""Policies of the small plant with more to say about approvals, and a clock that can be set."""

from __future__ import annotations

from datetime import timedelta

from chargehand.plant import policies
from chargehand.runtime import clock
from tests.plant.conftest import policy_text

DECISION = "mro_replenishment"
WHY = "the store runs empty"


def lay_down(plant, *more, version=2, phase="assist"):
    """Let a policy text with more sections hold, as an installation would bring it."""
    text = policy_text(version=version, phase=phase) + "\n".join(more)
    mistakes = policies.first(plant.store, text)
    assert not mistakes, [str(one) for one in mistakes]
    return plant


def approvals(**keys):
    """One more ``[[approvals]]`` entry for everything."""
    said = "".join(f"{name} = {value}\n" for name, value in keys.items())
    return f'\n[[approvals]]\ndecisions = ["*"]\ntransactions = ["*"]\n{said}'


class Later:
    """A clock that stands still until it is put forward."""

    def __init__(self, plant, monkeypatch):
        self.at = clock.now()
        monkeypatch.setattr(plant.store, "_clock", lambda: self.at)
        monkeypatch.setattr(clock, "now", lambda: self.at)

    def passes(self, **time):
        """Let time pass."""
        self.at += timedelta(**time)
