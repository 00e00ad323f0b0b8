"""What can be done about something: the actions that a proposal may hold.

Each action names its transaction type, which authority is granted for. ``task_message`` gives the
wire form of tasks; its field names are a contract with warehouse systems.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from chargehand.vocabulary.identifier import (
    LocationId,
    MaterialId,
    OrderId,
    SiteId,
    SupplierId,
    ZoneId,
)
from chargehand.vocabulary.money import ZERO, Money
from chargehand.vocabulary.quantity import Quantity


class TransactionType(StrEnum):
    """Kinds of transaction that authority is granted for."""

    REPLENISHMENT = "replenishment"
    STAGING = "staging"
    TRANSFER = "transfer"
    REQUISITION = "requisition"
    PARAMETER_CHANGE = "parameter_change"
    COUNT = "count"


class Priority(StrEnum):
    """How soon somebody should look."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class ReasonCode(StrEnum):
    """Why a task was made, as warehouse systems see it."""

    AI_PREDICTED_STOCKOUT = "AI_PREDICTED_STOCKOUT"
    STATIC_MINIMUM_REACHED = "STATIC_MINIMUM_REACHED"
    MAINTENANCE_ORDER = "MAINTENANCE_ORDER"
    COUNT_DUE = "COUNT_DUE"


MOVE_TRANSACTIONS = (TransactionType.REPLENISHMENT, TransactionType.STAGING)


def _above_zero(quantity: Quantity) -> None:
    if quantity.amount <= 0:
        raise ValueError(f"an action needs a quantity above 0, not {quantity}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTask:
    """Carry material from one place of a site to another: a refill or a pre-staging."""

    kind: Literal["move_task"] = "move_task"
    transaction: TransactionType
    site: SiteId
    zone: ZoneId
    material: MaterialId
    quantity: Quantity
    from_location: LocationId
    to_location: LocationId
    priority: Priority
    reason: ReasonCode
    predicted_stockout_on: date | None = None
    order: OrderId | None = None
    criticality: float | None = None
    cost: Money = ZERO

    def __post_init__(self) -> None:
        _above_zero(self.quantity)
        if self.transaction not in MOVE_TRANSACTIONS:
            # Authority is granted by transaction: a move must not pass as another kind of act.
            allowed = " or ".join(MOVE_TRANSACTIONS)
            raise ValueError(f"a move is {allowed}, not {self.transaction}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Send material from one site's store to another's."""

    kind: Literal["transfer"] = "transfer"
    site: SiteId
    """The site that receives."""
    zone: ZoneId
    material: MaterialId
    quantity: Quantity
    from_site: SiteId
    from_location: LocationId
    to_location: LocationId
    priority: Priority
    cost: Money = ZERO
    transaction: Literal[TransactionType.TRANSFER] = TransactionType.TRANSFER

    def __post_init__(self) -> None:
        _above_zero(self.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requisition:
    """Ask purchasing to order: a draft until a buyer turns it into a purchase order."""

    kind: Literal["requisition"] = "requisition"
    site: SiteId
    zone: ZoneId
    material: MaterialId
    quantity: Quantity
    supplier: SupplierId | None
    need_by: date | None
    justification: str
    cost: Money
    order: OrderId | None = None
    transaction: Literal[TransactionType.REQUISITION] = TransactionType.REQUISITION

    def __post_init__(self) -> None:
        _above_zero(self.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterChange:
    """Set the reorder point and order-up-to level of a material at a site."""

    kind: Literal["parameter_change"] = "parameter_change"
    site: SiteId
    zone: ZoneId
    material: MaterialId
    reorder_point: Decimal
    order_up_to: Decimal
    reorder_point_before: Decimal | None
    order_up_to_before: Decimal | None
    cost: Money = ZERO
    """Value of the stock that it adds (or, negative, releases)."""
    transaction: Literal[TransactionType.PARAMETER_CHANGE] = TransactionType.PARAMETER_CHANGE

    def __post_init__(self) -> None:
        point, up_to = self.reorder_point, self.order_up_to
        if not (point.is_finite() and up_to.is_finite() and 0 <= point <= up_to):
            raise ValueError(
                "levels are 0 or more and in order, the order-up-to level at or above the reorder"
                f" point, not {point} and {up_to}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTask:
    """Count one material at one place, without being told what the record says."""

    kind: Literal["count_task"] = "count_task"
    site: SiteId
    zone: ZoneId
    material: MaterialId
    location: LocationId
    priority: Priority
    cost: Money = ZERO
    transaction: Literal[TransactionType.COUNT] = TransactionType.COUNT


Action = MoveTask | Transfer | Requisition | ParameterChange | CountTask


def task_message(task: MoveTask) -> dict[str, object]:
    """The wire form of a move task. Field names are a contract; absent facts are left out."""
    metadata = {
        "predictedStockoutDate": task.predicted_stockout_on
        and task.predicted_stockout_on.isoformat(),
        "associatedWorkOrder": task.order,
        "criticalityScore": task.criticality,
    }
    amount = task.quantity.amount
    return {
        "taskType": task.transaction.value.upper(),
        "priority": task.priority.value,
        "itemId": task.material,
        "fromLocation": task.from_location,
        "toLocation": task.to_location,
        "quantity": int(amount) if amount == amount.to_integral_value() else float(amount),
        "reasonCode": task.reason.value,
        "metadata": {name: value for name, value in metadata.items() if value is not None},
    }
