"""Stopping is for everybody, resuming for few; each is one command."""

from __future__ import annotations

from chargehand.cli.context import NOT_ALLOWED, OK


def test_stop_and_resume(cli, plant):
    stopped = cli(
        "stop", "--reason", "forklift in the aisle", "--as", "p.icker", "--json", "--plant", plant
    )
    assert (stopped.code, stopped.json["state"]) == (OK, "stopped")
    again = ("resume", "--reason", "it has gone again", "--plant", plant)
    assert cli(*again, "--as", "p.icker").code == NOT_ALLOWED
    assert cli(*again, "--as", "m.weber").code == OK
    nothing = cli(*again, "--as", "m.weber")
    assert nothing.code != OK
    assert "no breaker is open" in nothing.err + nothing.out
