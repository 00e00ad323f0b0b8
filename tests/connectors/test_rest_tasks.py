"""Orders over HTTP to a warehouse system that misbehaves as real ones do."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from chargehand.connectors.order_message import order_message
from chargehand.connectors.rest_tasks import RestTarget, RestTargetSettings
from chargehand.execution.order import Misconfigured, NotAuthorized, Sent, TooLate, Unavailable
from chargehand.testing.target import (
    OrderTargetContract,
    VoidingTargetContract,
    replenishment,
)
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import (
    CountTask,
    ParameterChange,
    Priority,
    Requisition,
    TransactionType,
    Transfer,
)
from tests.fakes.wms import TOKEN, Wms

ORDER = replenishment("P-12.1/0")


@pytest.fixture
def system():
    wms = Wms()
    yield wms
    wms.close()


@pytest.fixture
def settings(system, tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    return RestTargetSettings(
        name="wms",
        url=system.url,
        token_reference=f"file:{tmp_path / 'token'}",
        transactions=(TransactionType.REPLENISHMENT,),
    )


@pytest.fixture
def target(settings):
    return RestTarget(settings)


class TestRestTarget(OrderTargetContract):
    @pytest.fixture
    def system(self, system):
        return system

    @pytest.fixture
    def target(self, target):
        return target


class TestRestTargetThatTakesOrdersBack(OrderTargetContract, VoidingTargetContract):
    @pytest.fixture
    def system(self, system):
        return system

    @pytest.fixture
    def target(self, settings):
        return RestTarget(replace(settings, void_path="?idempotencyKey={key}"))


def test_a_system_that_has_what_it_does_not_take_back_is_set_up_wrongly(settings, system):
    target = RestTarget(replace(settings, void_path="?task={key}"))
    target.send(ORDER)
    with pytest.raises(Misconfigured, match="void_path"):
        target.void(ORDER.key)


def test_without_a_setting_nothing_is_taken_back_and_nobody_asked(target, system):
    assert isinstance(target.void(ORDER.key), TooLate)
    assert system.asked == []


def test_what_cannot_be_read_back_is_not_believed_to_be_gone(settings):
    target = RestTarget(replace(settings, void_path="?task={key}", read_back_path=""))
    assert isinstance(target.void(ORDER.key), TooLate)


def test_a_void_path_must_name_the_key(settings):
    with pytest.raises(ValueError, match="void_path must hold"):
        replace(settings, void_path="/cancel")


class TestRestTargetOfASystemWithoutIdempotency(OrderTargetContract):
    @pytest.fixture
    def system(self, system):
        system.honors_keys = False
        return system

    @pytest.fixture
    def target(self, settings):
        return RestTarget(replace(settings, honors_keys=False))


class TestRestTargetOfASystemThatAnswersConflict(OrderTargetContract):
    @pytest.fixture
    def system(self, system):
        system.answers_conflict = True
        return system

    @pytest.fixture
    def target(self, target):
        return target


class TestRestTargetOfASystemThatIgnoresFilters(OrderTargetContract):
    @pytest.fixture
    def system(self, system):
        system.ignores_filters = True
        return system

    @pytest.fixture
    def target(self, target):
        return target


def test_the_task_is_posted_as_warehouse_systems_expect_it(target, system):
    target.send(ORDER)
    method, path, headers, body = system.asked[-1]
    assert (method, path, headers["Idempotency-Key"]) == ("POST", "/tasks", "P-12.1/0")
    assert json.loads(body) == {
        "taskType": "REPLENISHMENT",
        "priority": "HIGH",
        "itemId": "MRO-VALVE-001",
        "fromLocation": "BULK-RACK-A12",
        "toLocation": "MRO-PICKFACE-05",
        "quantity": 4,
        "reasonCode": "AI_PREDICTED_STOCKOUT",
        "metadata": {
            "predictedStockoutDate": "2024-06-15",
            "associatedWorkOrder": "WO-78432",
            "criticalityScore": 0.92,
        },
    }


def test_only_configured_transactions_are_accepted(target):
    assert not target.accepts(TRANSFER)


def test_a_busy_system_is_tried_later(target, system):
    system.next.append("busy")
    with pytest.raises(Unavailable, match=r"429, asks to wait 7\): .*slow down"):
        target.send(ORDER)
    assert not target.send(ORDER).repeated


def test_an_error_page_of_a_proxy_is_an_outage_in_one_readable_line(target, system):
    system.next.append("page")
    with pytest.raises(Unavailable, match=r"\(502\): 502 Bad gateway nginx$"):
        target.send(ORDER)


@pytest.mark.parametrize("mishap", ["login page", "moved", "missing page", "conflict"])
def test_an_answer_that_is_none_needs_a_person(target, system, mishap):
    system.next.append(mishap)
    with pytest.raises(Misconfigured):
        target.send(ORDER)
    assert not system.tasks


@pytest.mark.parametrize("mishap", ["missing page", "login page"])
def test_a_wrong_address_for_reading_back_is_not_taken_for_no(target, system, mishap):
    system.next.append(mishap)
    with pytest.raises(Misconfigured):
        target.find(ORDER.key)


def test_a_refused_order_says_what_the_system_says(target, system):
    system.understand_nothing()
    with pytest.raises(Misconfigured, match="unknown item MRO-VALVE-001"):
        target.send(ORDER)


@pytest.mark.parametrize("mishap", ["drop", "half", "slow"])
def test_an_order_whose_reply_is_lost_is_read_back(settings, system, mishap):
    target = RestTarget(replace(settings, timeout_s=0.3))
    system.next.append(mishap)
    with pytest.raises(Unavailable):
        target.send(ORDER)
    assert system.taken.wait(timeout=30)
    assert RestTarget(settings).find(ORDER.key) == Sent(reference="T1", repeated=True)


def test_an_empty_answer_is_named_by_its_address(target, system):
    system.next.append("empty")
    assert target.send(ORDER) == Sent(reference="T1")


def test_read_back_that_cannot_be_told_apart_needs_a_person(target, system):
    target.send(ORDER)
    target.send(replenishment("P-2.1/0"))
    system.ignores_filters, system.names_keys = True, False
    with pytest.raises(Misconfigured, match="2 orders and no idempotencyKey"):
        target.find("P-3.1/0")


def test_nobody_listening_is_an_outage(settings):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unavailable):
        RestTarget(replace(settings, url=f"http://127.0.0.1:{port}/tasks")).send(ORDER)


def test_a_renewed_token_is_used_without_a_restart(target, system, tmp_path):
    system.token = "renewed"
    with pytest.raises(NotAuthorized, match="401"):
        target.send(ORDER)
    (tmp_path / "token").write_text("renewed")
    assert target.send(ORDER).reference == "T1"


def test_a_token_may_come_from_the_environment(settings, monkeypatch):
    target = RestTarget(replace(settings, token_reference="env:WMS_TOKEN"))
    with pytest.raises(Misconfigured, match="env:WMS_TOKEN"):
        target.send(ORDER)
    monkeypatch.setenv("WMS_TOKEN", TOKEN)
    assert target.send(ORDER).reference == "T1"


def test_a_conflict_counts_as_repeated_where_nothing_can_be_read_back(settings, system):
    target = RestTarget(replace(settings, read_back_path=""))
    system.answers_conflict = True
    target.send(ORDER)
    assert target.send(ORDER).repeated
    assert target.find(ORDER.key) is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"url": "wms.example/tasks"}, "http"),
        ({"token_reference": "secret"}, "env:NAME or file:/path"),
        ({"read_back_path": "/by-key"}, "{key}"),
        ({"honors_keys": False, "read_back_path": ""}, "needs a read_back_path"),
        ({"timeout_s": 0}, "above 0"),
    ],
)
def test_wrong_settings_are_named(settings, wrong, says):
    with pytest.raises(ValueError, match=says):
        replace(settings, **wrong)


TRANSFER = Transfer(
    site="KENT",
    zone="MRO",
    material="SEAL-7",
    quantity=Quantity.parse("2.5 MTR"),
    from_site="YORK",
    from_location="A-1",
    to_location="B-2",
    priority=Priority.MEDIUM,
)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            TRANSFER,
            {
                "taskType": "TRANSFER", "priority": "MEDIUM", "itemId": "SEAL-7",
                "fromSite": "YORK", "fromLocation": "A-1", "toSite": "KENT", "toLocation": "B-2",
                "quantity": 2.5, "unit": "MTR",
            },
        ),
        (
            Requisition(
                site="KENT", zone="MRO", material="SEAL-7", quantity=Quantity.pieces(6),
                supplier=None, need_by=date(2026, 2, 1), justification="Reorder point reached.",
                cost=Money.of("75"),
            ),
            {
                "documentType": "REQUISITION", "itemId": "SEAL-7", "siteId": "KENT",
                "quantity": 6, "unit": "H87", "needByDate": "2026-02-01",
                "justification": "Reorder point reached.",
                "estimatedCost": {"amount": "75.00", "currency": "EUR"},
            },
        ),
        (
            ParameterChange(
                site="KENT", zone="MRO", material="SEAL-7", reorder_point=Decimal(3),
                order_up_to=Decimal(8), reorder_point_before=None, order_up_to_before=Decimal(5),
            ),
            {
                "documentType": "PARAMETER_CHANGE", "itemId": "SEAL-7", "siteId": "KENT",
                "reorderPoint": 3, "orderUpTo": 8, "orderUpToBefore": 5,
            },
        ),
        (
            CountTask(
                site="KENT", zone="MRO", material="SEAL-7", location="A-1", priority=Priority.LOW
            ),
            {
                "taskType": "COUNT", "priority": "LOW", "itemId": "SEAL-7", "siteId": "KENT",
                "location": "A-1",
            },
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)  # fmt: skip
def test_wire_form_of_other_orders(action, message):
    assert order_message(action) == message
