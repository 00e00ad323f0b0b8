"""A stop file holds what policy would clear or send, before the database knows of it."""

from __future__ import annotations

import pytest

from chargehand.plant import stop_file
from chargehand.plant.reading import Done
from chargehand.storage.personal import shown
from tests.behind import behind_the_back
from tests.plant.test_breakers import automated, connected, refill, state

WHY = "somebody looked, and it is safe"

__all__ = ["automated"]


def test_a_stop_file_that_comes_between_taking_and_sending_holds_the_order(automated):
    wms = connected(automated)
    refill(automated)
    assert wms.sent == []
    halted = iter([False])  # when the order is taken; from then on the file is there
    automated.store.is_halted = lambda: next(halted, True)
    automated.work()
    assert wms.sent == []


def test_a_stop_file_holds_what_policy_would_clear_until_it_is_noted(automated):
    (automated.folder / stop_file.FILE).touch()
    assert state(automated, refill(automated)) == "waiting"
    automated.work()
    assert [one.cause for one in automated.overview().breakers] == ["stop"]
    assert not stop_file.is_there(automated.folder)
    assert automated.verify().holds


@pytest.mark.engines("sqlite", "postgres")
def test_why_automation_was_stopped_may_be_said_after_it_and_once(automated):
    stop = automated.stop_automation
    assert stop(by="ben", reason="").state == "stopped"
    for by, words in (("ben", "smoke at dock 2"), ("ben", "smoke at dock 2"), ("ada", "I saw it")):
        assert stop(by=by, reason=words).state == "stopped"
    (breaker,) = automated.overview().breakers
    with automated.store.snapshot() as sql:
        told = shown(sql.execute, breaker)
    assert told.because == "stopped by ben: smoke at dock 2; ada says: I saw it"
    assert len(automated.journal(kind="breaker_note").rows) == 2
    assert automated.verify().faults == ()
    assert isinstance(automated.close_breaker("*", "*", "*", by="ada", reason=WHY), Done)
    stop(by="ben", reason="smoke again")
    assert automated.verify().faults == ()
    with behind_the_back(automated.folder) as sql:
        sql.execute("UPDATE breaker SET because = 'nothing' WHERE closed_at IS NULL")
    assert any("because" in fault for fault in automated.verify().faults)
