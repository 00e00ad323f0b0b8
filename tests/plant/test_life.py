"""A proposal's whole life: proposed, approved, ordered, confirmed, and every "no" on the way."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from chargehand.plant.reading import Done
from chargehand.signals import kinds
from chargehand.signals.signal import Status
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count, policy_text

DECISION = "mro_replenishment"


def stock(plant) -> dict[str, tuple[Decimal, Decimal]]:
    return {row.location: (row.on_hand, row.reserved) for row in plant.stock().rows}


def propose(plant) -> str:
    report = plant.decide(decision=DECISION, as_of=AS_OF)
    assert not isinstance(report, Refusal)
    assert len(report.proposals) == 1, report.refused
    return report.proposals[0].id


def code_of(answer) -> RefusalCode:
    assert isinstance(answer, Refusal), answer
    return answer.code


@pytest.mark.engines("sqlite", "postgres")
def test_from_a_low_pick_face_to_a_confirmed_refill(plant):
    name = propose(plant)
    before = plant.proposal(name)
    assert before.row.state == "waiting"
    assert before.proposal.reasons
    assert before.evidence
    done = plant.approve(name, by="ada")
    assert isinstance(done, Done)
    assert stock(plant)[BULK] == (Decimal(40), Decimal(8))
    task = plant.tasks().rows[0]
    assert task.message["taskType"] == "REPLENISHMENT"
    assert (task.from_location, task.to_location, task.quantity) == (BULK, FACE, Decimal(8))
    assert plant.confirm(task.key, by="ben").status is Status.ACCEPTED
    assert stock(plant) == {BULK: (Decimal(32), Decimal(0)), FACE: (Decimal(10), Decimal(0))}
    after = plant.proposal(name)
    assert after.row.state == "confirmed"
    steps = [step.what for step in after.history]
    assert [step for step in steps if step in {"propose", "clear", "confirm"}] == [
        "propose",
        "clear",
        "confirm",
    ]
    assert plant.verify().holds


@pytest.mark.engines("sqlite", "postgres")
def test_a_short_pick_moves_what_was_there_and_frees_the_rest(plant):
    key = plant.approve(propose(plant), by="ada").orders[0]
    plant.confirm(key, by="ben", quantity=Quantity.pieces(5))
    assert stock(plant) == {BULK: (Decimal(35), Decimal(0)), FACE: (Decimal(7), Decimal(0))}
    assert plant.verify().holds


@pytest.mark.parametrize(("pieces", "code"), [(9, "quantity_invalid"), (-1, "quantity_invalid")])
def test_more_than_ordered_or_less_than_nothing_is_not_confirmed(plant, pieces, code):
    key = plant.approve(propose(plant), by="ada").orders[0]
    receipt = plant.confirm(key, by="ben", quantity=Quantity.pieces(pieces))
    assert receipt.refusal.code == code
    assert stock(plant)[BULK] == (Decimal(40), Decimal(8))


def test_a_declined_task_frees_its_stock_and_closes_the_proposal(plant):
    name = propose(plant)
    key = plant.approve(name, by="ada").orders[0]
    assert plant.decline(key, by="ben", reason="bin is blocked").status is Status.ACCEPTED
    assert stock(plant)[BULK] == (Decimal(40), Decimal(0))
    assert plant.proposal(name).row.state == "declined"
    assert plant.confirm(key, by="ben").refusal.code is RefusalCode.TASK_CLOSED


def test_a_confirmation_sent_twice_moves_stock_once(plant):
    key = plant.approve(propose(plant), by="ada").orders[0]
    receipts = [plant.confirm(key, by="ben", key="scan-1").status for _ in range(2)]
    assert receipts[0] is Status.ACCEPTED
    assert stock(plant)[FACE] == (Decimal(10), Decimal(0))
    assert plant.verify().holds


def test_stock_that_is_promised_cannot_be_taken_by_others(plant):
    plant.approve(propose(plant), by="ada")
    body = kinds.StockMoved(
        site=SITE, material=VALVE, quantity=Quantity.pieces(33), from_location=BULK
    )
    assert Teller(plant)(body)[0].refusal.code is RefusalCode.INSUFFICIENT_STOCK


@pytest.mark.engines("sqlite", "postgres")
def test_stock_that_went_meanwhile_stops_the_approval_whole(plant):
    name = propose(plant)
    Teller(plant)(count(BULK, 3))
    assert code_of(plant.approve(name, by="ada")) is RefusalCode.STALE
    assert plant.proposal(name).row.state == "waiting"
    assert plant.tasks().rows == ()
    assert stock(plant)[BULK] == (Decimal(3), Decimal(0))
    assert plant.verify().holds


def test_who_may_not_approve_does_not(plant):
    name = propose(plant)
    assert code_of(plant.approve(name, by="nobody")) is RefusalCode.UNKNOWN_PERSON
    assert code_of(plant.approve("P-999", by="ada")) is RefusalCode.UNKNOWN_PROPOSAL
    assert code_of(plant.approve("rubbish", by="ada")) is RefusalCode.UNKNOWN_PROPOSAL
    assert code_of(plant.approve(name, by="ada", version=2)) is RefusalCode.STALE
    assert plant.tasks().rows == ()


@pytest.mark.engines("sqlite", "postgres")
def test_an_approval_counts_once_however_many_press(plant):
    name = propose(plant)
    start = threading.Barrier(6)

    def press(n: int) -> bool:
        start.wait()
        return isinstance(plant.approve(name, by=("ada", "ben")[n % 2]), Done)

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(press, range(6))) == 1
    assert len(plant.tasks().rows) == 1
    assert stock(plant)[BULK] == (Decimal(40), Decimal(8))


def test_what_is_observed_is_seen_and_not_done(make_plant):
    plant = make_plant(phase="observe")
    from tests.plant.conftest import master

    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    name = propose(plant)
    assert plant.proposal(name).row.state == "observed"
    assert code_of(plant.approve(name, by="ada")) is RefusalCode.READ_ONLY
    assert plant.tasks().rows == ()


def test_a_changed_proposal_is_ruled_on_again_and_does_what_was_changed(plant):
    name = propose(plant)
    done = plant.change(name, by="ben", changes={"quantity": "3"})
    assert isinstance(done, Done), done
    assert (done.version, done.state) == (2, "waiting")
    assert code_of(plant.approve(name, by="ada", version=1)) is RefusalCode.STALE
    key = plant.approve(name, by="ada", version=2).orders[0]
    assert key == f"{name}.2/0"
    plant.confirm(key, by="ben")
    assert stock(plant)[FACE] == (Decimal(5), Decimal(0))
    assert plant.replay(name).identical
    assert plant.verify().holds


@pytest.mark.parametrize("changes", [{}, {"quantity": "0"}, {"quantity": "1.5"}, {"quantity": "x"},
                                     {"site": "S2"}, {"quantity": "NaN"}])  # fmt: skip
def test_what_cannot_be_changed_is_said(plant, changes):
    name = propose(plant)
    assert code_of(plant.change(name, by="ada", changes=changes)) is RefusalCode.CHANGE_INVALID
    assert plant.proposal(name).row.version == 1


def test_a_rejected_deed_is_not_proposed_again_the_same_week(plant):
    name = propose(plant)
    assert code_of(plant.reject(name, by="ada", reason="because")) is RefusalCode.REASON_MISSING
    assert isinstance(plant.reject(name, by="ada", reason="not_needed"), Done)
    report = plant.decide(decision=DECISION, as_of=AS_OF)
    assert (report.proposals, report.unchanged) == ((), 1)
    assert code_of(plant.approve(name, by="ada")) is RefusalCode.NOT_WAITING


def test_asking_twice_proposes_once(plant):
    propose(plant)
    report = plant.decide(decision=DECISION, as_of=AS_OF)
    assert (report.proposals, report.unchanged, report.superseded) == ((), 1, 0)


def test_new_facts_replace_a_waiting_proposal_or_withdraw_it(plant):
    first = propose(plant)
    Teller(plant)(count(FACE, 1))
    second = propose(plant)
    assert plant.proposal(first).row.state == "superseded"
    Teller(plant)(count(FACE, 9))
    plant.decide(decision=DECISION, as_of=AS_OF)
    assert plant.proposal(second).row.state == "superseded"
    assert plant.inbox().rows == ()


def test_signals_ask_for_hearings_by_themselves(plant):
    plant.work(until_idle=True)
    waiting = {row.decision for row in plant.inbox().rows}
    assert DECISION in waiting


def test_a_policy_that_went_back_to_observing_stops_what_waits(plant):
    name = propose(plant)
    activated = plant.activate_policy(policy_text(version=2, phase="observe"), by="ada")
    assert isinstance(activated, Done), activated
    assert code_of(plant.approve(name, by="ada")) is RefusalCode.READ_ONLY


def test_only_administrators_change_the_policy_and_only_forwards(plant):
    text = policy_text(version=2)
    assert code_of(plant.activate_policy(text, by="ben")) is RefusalCode.NOT_AUTHORIZED
    assert code_of(plant.activate_policy(policy_text(), by="ada")) is RefusalCode.POLICY_INVALID
    assert isinstance(plant.activate_policy("version = 'x'", by="ada"), list)
    assert plant.policy_text()[0] == 1


def test_a_buyer_turns_a_requisition_into_supply_and_goods_complete_it(plant):
    tell = Teller(plant)
    tell(count(BULK, 0), count(FACE, 1))
    name = propose(plant)
    detail = plant.proposal(name)
    order = plant.approve(name, by="ada", justification="line L1 would stop without it").orders[-1]
    with plant.view() as view:
        assert [one.state for one in view.supply(SITE)[VALVE]] == ["requested"]
    quantity = detail.proposal.actions[-1].quantity
    tell(kinds.SupplyPlaced(purchase_order="PO9", site=SITE, material=VALVE, quantity=quantity,
                            order_key=order))  # fmt: skip
    with plant.view() as view:
        assert [(one.key, one.state) for one in view.supply(SITE)[VALVE]] == [("PO9", "ordered")]
    assert plant.proposal(name).row.state == "confirmed"
    assert plant.verify().holds
