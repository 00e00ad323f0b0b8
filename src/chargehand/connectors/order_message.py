"""The wire form of orders for warehouse and purchasing systems, one JSON object per kind of action.

Move tasks have the form of `task_message`, which is a contract; the others follow its manner.
Absent facts are left out; sums of money are ``{"amount": "12.50", "currency": "EUR"}``.
"""

from __future__ import annotations

from decimal import Decimal

from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import (
    Action,
    CountTask,
    MoveTask,
    ParameterChange,
    Requisition,
    Transfer,
    task_message,
)


def order_message(action: Action) -> dict[str, object]:
    """Return an action as JSON's own types, as other systems get it."""
    match action:
        case MoveTask():
            return task_message(action)
        case Transfer():
            return _transfer(action)
        case Requisition():
            return _requisition(action)
        case ParameterChange():
            return _parameter_change(action)
        case CountTask():
            return {
                "taskType": action.transaction.value.upper(),
                "priority": action.priority.value,
                "itemId": action.material,
                "siteId": action.site,
                "location": action.location,
            }


def _transfer(transfer: Transfer) -> dict[str, object]:
    return {
        "taskType": transfer.transaction.value.upper(),
        "priority": transfer.priority.value,
        "itemId": transfer.material,
        "fromSite": transfer.from_site,
        "fromLocation": transfer.from_location,
        "toSite": transfer.site,
        "toLocation": transfer.to_location,
        **_quantity(transfer.quantity),
    }


def _requisition(requisition: Requisition) -> dict[str, object]:
    need_by = requisition.need_by
    facts: dict[str, object | None] = {
        "documentType": requisition.transaction.value.upper(),
        "itemId": requisition.material,
        "siteId": requisition.site,
        **_quantity(requisition.quantity),
        "supplierId": requisition.supplier,
        "needByDate": need_by.isoformat() if need_by else None,
        "justification": requisition.justification,
        "estimatedCost": _money(requisition.cost),
        "associatedWorkOrder": requisition.order,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _parameter_change(change: ParameterChange) -> dict[str, object]:
    facts: dict[str, object | None] = {
        "documentType": change.transaction.value.upper(),
        "itemId": change.material,
        "siteId": change.site,
        "reorderPoint": _number(change.reorder_point),
        "orderUpTo": _number(change.order_up_to),
        "reorderPointBefore": _number(change.reorder_point_before),
        "orderUpToBefore": _number(change.order_up_to_before),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _quantity(quantity: Quantity) -> dict[str, object]:
    return {"quantity": _number(quantity.amount), "unit": quantity.unit.value}


def _number(amount: Decimal | None) -> int | float | None:
    """Write an amount as a JSON number, as `task_message` does."""
    if amount is None:
        return None
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _money(money: Money) -> dict[str, str]:
    return {"amount": str(money.amount), "currency": money.currency}
