"""Whether a plant can be used: each check that fails is named."""

from __future__ import annotations

from types import SimpleNamespace


def test_without_a_policy_in_force_the_server_is_not_ready(stranger, plant):
    def remove(docket):
        docket.sql("DELETE FROM journal WHERE kind = 'policy'")

    plant.store.write(remove)
    answer = stranger.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("policy: this plant has no policy")


def test_a_fault_of_the_background_work_is_named_but_not_told(stranger, plant, monkeypatch):
    monkeypatch.setattr(plant, "_worker", SimpleNamespace(fault="secret", wake=lambda: None))
    answer = stranger.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("worker: the background work failed")
    assert "secret" not in answer.text
