"""What a locked account does not do, on the machine itself either; failed tries lock no act."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chargehand.plant.batching import Pick
from chargehand.plant.policy_request_reads import ChangeRequest
from chargehand.plant.reading import Done
from chargehand.vocabulary.refusal import Refusal
from tests.plant.conftest import AS_OF
from tests.plant.governing import DECISION, WHY, approvals, lay_down
from tests.plant.test_change_requests import text

STOLEN = "the phone was stolen"
ACTS = {
    "approve": lambda plant, name: plant.approve(name, by="ben", justification=WHY),
    "reject": lambda plant, name: plant.reject(name, by="ben", reason="not_needed"),
    "change": lambda plant, name: plant.change(name, by="ben", changes={"quantity": "5"}),
    "delegate": lambda plant, _: plant.delegate(
        by="ben", to="cleo", until=timedelta(days=2), because="on holiday until Monday"
    ),
}


@pytest.fixture
def name(plant):
    """What waits, and can be taken back for a while once it is approved."""
    lay_down(plant, approvals(undo_window='"10 minutes"'))
    return plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id


def locked(plant, who="ben"):
    assert plant.lock_account(who, by="ada", because=STOLEN) is None


@pytest.mark.parametrize("act", ACTS)
def test_a_locked_account_decides_nothing(plant, name, act):
    locked(plant)
    refused = ACTS[act](plant, name)
    assert isinstance(refused, Refusal)
    assert "locked" in refused.because
    assert plant.proposal(name).row.state == "waiting"


def test_nor_does_it_take_back_or_approve_with_others(plant, name):
    assert isinstance(plant.approve(name, by="cleo", justification=WHY), Done)
    locked(plant)
    assert "locked" in plant.undo(name, by="ben", because="wrong bin, look again").because
    assert isinstance(plant.undo(name, by="cleo", because="wrong bin, look again"), Done)
    seen = plant.preview_batch([Pick(id=name)], by="ben", justification=WHY)
    assert (seen.count, "locked" in seen.not_ready[0].because) == (0, True)


def test_nor_does_it_propose_sign_reject_or_withdraw_a_policy(plant):
    assert plant.activate_policy(text(2), by="ada").state == "active"
    request = plant.propose_policy(text(3, title="Third"), by="ada", because=WHY)
    assert isinstance(request, ChangeRequest), request
    locked(plant, "cleo")
    refused = [
        plant.sign_request(request.row.id, by="cleo"),
        plant.reject_request(request.row.id, by="cleo", because=WHY),
        plant.propose_policy(text(3, title="Another"), by="cleo", because=WHY),
    ]
    assert all(isinstance(one, Refusal) and "locked" in one.because for one in refused), refused


def test_nor_does_it_let_automation_go_on(plant):
    plant.stop_automation(by="cleo", reason="forklift in the aisle")
    assert plant.lock_account("cleo", by="ada", because=STOLEN) is None
    refused = plant.close_breaker("*", "*", "*", by="cleo", reason="the aisle is free again")
    assert isinstance(refused, Refusal), refused


def test_somebody_else_who_fails_to_sign_in_stops_nobody_from_deciding(plant, name):
    for _ in range(20):
        plant.sign_in("ben", "not the password of ben")
    assert isinstance(plant.approve(name, by="ben", justification=WHY), Done)
