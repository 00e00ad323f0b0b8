"""Machines and lines, and the maintenance that is planned for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from chargehand.vocabulary.identifier import (
    AssetId,
    LineId,
    MaterialId,
    OrderId,
    SiteId,
    check_name,
    check_site,
)
from chargehand.vocabulary.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicalAsset:
    """A machine (B2MML PhysicalAsset) and the line that stops with it."""

    asset: AssetId
    site: SiteId
    line: LineId | None = None
    description: str = ""
    model: str = ""
    downtime_cost_per_hour: Money | None = None
    parts: tuple[MaterialId, ...] = ()
    """Spare parts that fit it (machine affinity)."""

    def __post_init__(self) -> None:
        check_site(self.site)
        check_name(self.asset, "asset")


class RequestState(StrEnum):
    """State of an order (B2MML RequestState1Type)."""

    FORECAST = "forecast"
    RELEASED = "released"
    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    COMPLETED = "completed"
    ABORTED = "aborted"
    HELD = "held"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    CLOSED = "closed"


OPEN_STATES = frozenset(
    {
        RequestState.FORECAST,
        RequestState.RELEASED,
        RequestState.WAITING,
        RequestState.READY,
        RequestState.RUNNING,
        RequestState.HELD,
        RequestState.SUSPENDED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRequirement:
    """One line of an order's parts list."""

    material: MaterialId
    quantity: Decimal

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise ValueError(f"a parts list needs quantities above 0, not {self.quantity}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceOrder:
    """Maintenance that is planned, under way or done on one machine."""

    order: OrderId
    site: SiteId
    asset: AssetId
    state: RequestState
    due_at: datetime
    kind: str = "preventive"
    parts: tuple[PartRequirement, ...] = ()

    def __post_init__(self) -> None:
        check_site(self.site)
        check_name(self.order, "order")
        if self.due_at.tzinfo is None:
            raise ValueError("due_at must say its offset from UTC")
