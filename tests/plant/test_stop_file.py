"""A stop file holds what policy would clear or send, before the database knows of it."""

from __future__ import annotations

from chargehand.plant import stop_file
from tests.plant.test_breakers import automated, connected, refill, state

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
