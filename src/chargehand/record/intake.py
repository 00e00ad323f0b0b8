"""What each signal does to the record.

The journal entry of the signal itself, as it came, is written by the caller before. A refusal may
come after part of it was written: the caller takes that back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chargehand.record import handling, holding, movements, producing, reconciling, reserving
from chargehand.record.books import Books, Supply, supply_key
from chargehand.record.ledger import (
    ADJUSTMENT,
    CONSUMED,
    SUPPLIER,
    Account,
    BalanceKey,
    is_outside,
    storage,
    transfer,
)
from chargehand.record.told import Told, cause_of
from chargehand.signals import kinds, stock_kinds
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import HandlingUnitId, LocationId, SiteId
from chargehand.vocabulary.instant import start_of
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal

LATE_AFTER = timedelta(days=1)


def master_key(body: kinds.MasterBody) -> tuple[str, str, str]:
    """Kind, key and site under which a definition is kept."""
    match body:
        case kinds.MaterialDefined():
            return "material", body.definition.material, ""
        case kinds.SupplierDefined():
            return "supplier", body.definition.supplier, ""
        case kinds.SupplierItemDefined():
            item = body.definition
            return "supplier_item", f"{item.material}|{item.supplier}", ""
        case kinds.LocationDefined():
            place = body.definition
            return "location", f"{place.site}|{place.location}", place.site
        case kinds.AssetDefined():
            return "asset", f"{body.definition.site}|{body.definition.asset}", body.definition.site
        case kinds.StockingDefined():
            level = body.definition
            return "stocking", f"{level.site}|{level.material}", level.site
        case kinds.MaintenanceOrderReported():
            order = body.definition
            return "maintenance_order", f"{order.site}|{order.order}", order.site
        case stock_kinds.LotDefined():
            return "lot", f"{body.definition.material}|{body.definition.lot}", ""


def apply(told: Told, books: Books) -> Refusal | None:
    """Write what a checked signal does to the record."""
    effect = EFFECTS.get(type(told.signal.body))
    return None if effect is None else effect(told, told.signal.body, books)


def _define(told: Told, body: Any, books: Books) -> None:
    kind, key, site = master_key(body)
    books.define(kind, key, site, wire.write(body.definition), told.entry)
    if isinstance(body, kinds.MaintenanceOrderReported):
        books.trigger(body.definition.site, body.definition.order)
        for part in body.definition.parts:
            books.trigger(body.definition.site, part.material)


def _counted(told: Told, body: kinds.StockCounted, books: Books) -> Refusal | None:
    key = _key(storage(body.site, body.location), body)
    on_hand, _ = books.balance(key)
    difference = body.counted.scaled() - on_hand
    if difference:
        refusal = _post(
            told,
            books,
            "cycle_counting",
            key,
            _key(ADJUSTMENT, body),
            -difference,
            body.counted.unit,
            is_count=True,
        )
        if refusal is not None:
            return refusal
    books.counted(key, told.signal.occurred_at or books.now())
    books.trigger(body.site, body.material)
    return None


def _post(
    told: Told,
    books: Books,
    step: str,
    source: BalanceKey,
    target: BalanceKey,
    scaled: int,
    unit: Unit,
    *,
    is_count: bool = False,
) -> Refusal | None:
    cause = cause_of(told.signal)
    movement = transfer(cause, step, source=source, target=target, scaled=scaled, unit=unit)
    posted = books.post(
        movement, actor=told.actor, cause=cause, occurred_at=told.signal.occurred_at,
        is_count=is_count,
    )  # fmt: skip
    return posted if isinstance(posted, Refusal) else None


def _moved(told: Told, body: kinds.StockMoved, books: Books) -> Refusal | None:
    source = _account(body.site, body.from_location, SUPPLIER)
    target = _account(body.site, body.to_location, CONSUMED)
    step = (
        "receiving" if body.from_location is None
        else "storing" if body.to_location is not None else "consuming"
    )  # fmt: skip
    refusal = _post(
        told,
        books,
        step,
        _key(source, body),
        _key(target, body),
        body.quantity.scaled(),
        body.quantity.unit,
    )
    if refusal is not None:
        return refusal
    if body.to_location is None:
        used_at = told.signal.occurred_at or books.now()
        books.use(
            told.entry,
            body.site,
            body.material,
            used_at.date(),
            body.quantity.scaled(),
            asset=body.asset,
            order=body.order,
        )
    books.trigger(body.site, body.material)
    return None


def _key(
    account: Account, body: kinds.StockCounted | kinds.StockMoved | kinds.GoodsReceived
) -> BalanceKey:
    """The balance that a body speaks of; outside the plant nothing stands in our units."""
    unit = HandlingUnitId("") if is_outside(account) else body.handling_unit
    return BalanceKey(account, body.material, body.lot, serial=body.serial, handling_unit=unit)


def _account(site: SiteId, location: LocationId | None, outside: Account) -> Account:
    return outside if location is None else storage(site, location)


def _used(told: Told, body: kinds.UsageReported, books: Books) -> None:
    books.use(
        told.entry,
        body.site,
        body.material,
        body.used_on,
        body.quantity.scaled(),
        asset=body.asset,
        order=body.order,
    )


def _placed(told: Told, body: kinds.SupplyPlaced, books: Books) -> None:
    """Let a line of a purchase order stand as told, instead of the requisition that it answers.

    The first purchase order answers the requisition whole, whatever its quantity: what purchasing
    has not ordered is not on its way, and the next hearing asks for it again.
    """
    key = supply_key(body.purchase_order, body.site, body.material)
    before = books.supply(key)
    drafted = books.supply(body.order_key) if body.order_key else None
    if drafted is not None and drafted.state == "requested":
        books.put_supply(replace(drafted, state="cancelled"), told.entry)
    scaled, received = body.quantity.scaled(), before.received if before else 0
    books.put_supply(
        Supply(
            key=key,
            site=body.site,
            material=body.material,
            state="received" if received >= scaled else "ordered",
            scaled=scaled,
            received=received,
            supplier=body.supplier,
            promised_on=body.promised_on,
            order_key=body.order_key,
            for_order=drafted.for_order if drafted else None,
            decision=drafted.decision if drafted else None,
        ),
        told.entry,
    )
    books.trigger(body.site, body.material)
    if body.promised_on is not None:
        late_at: datetime = start_of(body.promised_on).astimezone(UTC) + LATE_AFTER
        books.trigger(body.site, body.material, late_at)


def _received(told: Told, body: kinds.GoodsReceived, books: Books) -> Refusal | None:
    refusal = _post(
        told,
        books,
        "receiving",
        _key(SUPPLIER, body),
        _key(storage(body.site, body.location), body),
        body.quantity.scaled(),
        body.quantity.unit,
    )
    if refusal is not None:
        return refusal
    order = body.purchase_order
    supply = books.supply(supply_key(order, body.site, body.material)) if order else None
    if supply is not None:
        received = supply.received + body.quantity.scaled()
        state = "received" if received >= supply.scaled else "ordered"
        books.put_supply(replace(supply, state=state, received=received), told.entry)
    books.trigger(body.site, body.material)
    return None


EFFECTS: dict[type, Callable[[Told, Any, Books], Refusal | None]] = {
    kinds.MaterialDefined: _define,
    kinds.SupplierDefined: _define,
    kinds.SupplierItemDefined: _define,
    kinds.LocationDefined: _define,
    kinds.AssetDefined: _define,
    kinds.StockingDefined: _define,
    kinds.MaintenanceOrderReported: _define,
    stock_kinds.LotDefined: _define,
    kinds.StockCounted: _counted,
    kinds.StockMoved: _moved,
    kinds.UsageReported: _used,
    kinds.SupplyPlaced: _placed,
    kinds.GoodsReceived: _received,
    **movements.EFFECTS,
    **reserving.EFFECTS,
    **holding.EFFECTS,
    **producing.EFFECTS,
    **handling.EFFECTS,
    **reconciling.EFFECTS,
}
"""Effects on the record. Confirmations are execution's; histories only need their entry."""
