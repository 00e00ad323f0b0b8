"""One handling unit as people ask for it: with all that is in it."""

from __future__ import annotations

from collections import defaultdict

from chargehand.plant.reading_lots import UnitContent, UnitDetail
from chargehand.plant.tracing import Names, held
from chargehand.record.handling_unit import UnitState
from chargehand.storage.session import Row, Session
from chargehand.storage.units import inside, stock_of, unit_state
from chargehand.vocabulary.quantity import amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def unit_detail(sql: Session, unit: str) -> UnitDetail | Refusal:
    """Where a unit stands, the units in it, and the stock in each."""
    state = unit_state(sql.execute, unit)
    if state is None:
        because = f"nothing is known of handling unit {unit}: read its number again"
        return Refusal(code=RefusalCode.UNKNOWN_HANDLING_UNIT, because=because)
    within = inside(sql.execute, unit)
    below: dict[str, list[UnitState]] = defaultdict(list)
    for one in within:
        below[one.parent or ""].append(one)
    stock: dict[str, list[UnitContent]] = defaultdict(list)
    names = Names(sql)
    for row in stock_of(sql.execute, [unit, *(one.unit for one in within)]):
        stock[row["handling_unit"]].append(_content(row, names))
    return _detail(state, below, stock)


def _detail(
    state: UnitState, below: dict[str, list[UnitState]], stock: dict[str, list[UnitContent]]
) -> UnitDetail:
    return UnitDetail(
        handling_unit=state.unit, kind=state.kind, state=state.state, site=state.site,
        location=state.location, parent=state.parent or "",
        units=tuple(_detail(one, below, stock) for one in below[state.unit]),
        contents=tuple(stock[state.unit]),
    )  # fmt: skip


def _content(row: Row, names: Names) -> UnitContent:
    description, unit = names.of(row["material"])
    return UnitContent(
        handling_unit=row["handling_unit"], material=row["material"], description=description,
        lot=row["lot"], serial=row["serial"], disposition=row["disposition"],
        on_hand=amount(row["scaled"]), reserved=amount(row["reserved"]),
        held=amount(held(row)), unit=unit,
    )  # fmt: skip
