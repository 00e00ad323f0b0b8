"""Execution asks before each send: only an action that a ruling cleared, literally, goes out."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chargehand.governance.clauses import Standing
from chargehand.governance.phase import Phase
from chargehand.governance.policy import digest_of, recorded, rule
from chargehand.governance.warrant import RulingRecord, check_order, verify
from chargehand.vocabulary import wire
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import RefusalCode
from chargehand.vocabulary.work import Action, Priority, ReasonCode, TransactionType
from tests.governance.strategies import LAW, NOW, actions, phase_rule, policy, refill, submission

GIVEN = submission(refill(), refill(zone="RAW"))


def test_what_the_policy_cleared_may_be_sent():
    automated = policy(phase_rule(phase=Phase.AUTOMATE))
    given = submission(refill())
    ruling = rule(given, automated, standing=Standing(), now=NOW).ruling
    kept = recorded(7, given, ruling, policy_version=3)
    assert check_order(refill(), "P-12", kept) is None


CLEARED = RulingRecord(
    number=7,
    proposal_id="P-12",
    version=1,
    verdict="cleared",
    cleared_by=("m.weber",),
    policy_version=3,
    action_digest=GIVEN.action_digest,
    action_digests=tuple(digest_of((a,)) for a in GIVEN.proposal.actions),
)


@pytest.mark.parametrize(
    ("ruling", "said"),
    [
        (None, "there is no ruling"),
        (replace(CLEARED, verdict="awaiting"), "did not clear it (awaiting)"),
        (replace(CLEARED, verdict="refused"), "did not clear it (refused)"),
        (replace(CLEARED, cleared_by=()), "did not clear it"),
        (replace(CLEARED, proposal_id="P-13"), "is on P-13, not P-12"),
        (replace(CLEARED, action_digests=()), "not one of those that ruling 7 cleared"),
    ],
)
def test_anything_less_than_a_clearance_is_none(ruling, said):
    refused = check_order(refill(), "P-12", ruling)
    assert refused.code is RefusalCode.NO_RULING
    assert said in refused.because


def test_digest_of_all_is_not_the_digest_of_one():
    assert verify(CLEARED.action_digest, CLEARED).code is RefusalCode.NO_RULING
    assert verify(CLEARED.action_digests[1], CLEARED) is None


OTHER = {
    "transaction": TransactionType.STAGING,
    "site": "WERK9",
    "zone": "Z9",
    "material": "M9",
    "quantity": Quantity(Decimal(4), Unit.SET),
    "from_location": "X-1",
    "to_location": "X-2",
    "priority": Priority.LOW,
    "reason": ReasonCode.COUNT_DUE,
    "predicted_stockout_on": date(2026, 1, 9),
    "order": "WO-1",
    "criticality": 0.5,
    "cost": Money.of("180.01"),
}


@pytest.mark.parametrize("name", [f.name for f in fields(refill()) if f.name != "kind"])
def test_action_changed_in_any_field_is_refused(name):
    changed = replace(refill(), **{name: OTHER[name]})
    assert check_order(changed, "P-12", CLEARED).code is RefusalCode.NO_RULING


@LAW
@given(st.lists(actions(), min_size=1, max_size=3), actions())
def test_only_what_was_cleared_goes_out(cleared, other):
    digests = tuple(digest_of((action,)) for action in cleared)
    ruling = replace(CLEARED, action_digests=digests)
    assert all(check_order(action, "P-12", ruling) is None for action in cleared)
    assume(other not in cleared)
    assert check_order(other, "P-12", ruling) is not None


@LAW
@given(st.lists(actions(), max_size=3))
def test_digest_survives_being_stored(several):
    kept = wire.write(tuple(several), tuple[Action, ...])
    assert digest_of(wire.read(tuple[Action, ...], kept)) == digest_of(several)
    assert digest_of(several) == digest_of(tuple(several))


def test_order_of_actions_counts():
    first, second = GIVEN.proposal.actions
    assert digest_of((first, second)) != digest_of((second, first))
