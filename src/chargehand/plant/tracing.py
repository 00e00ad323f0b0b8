"""Lots as people ask for them: one lot, its trace as a tree, and the recall of all affected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chargehand.plant.reading_lots import (
    LotDetail,
    LotFlow,
    LotPlace,
    TraceNode,
    TraceReport,
)
from chargehand.record.lineage import LEVELS_MAX, Edge, LotKey, Trace, trace
from chargehand.storage.genealogy import SqlLineage
from chargehand.storage.session import Row, Session
from chargehand.storage.units import outermost
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LotId, MaterialId
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode


@dataclass(slots=True)
class Names:
    """Descriptions and units of materials, looked up once each."""

    sql: Session
    known: dict[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, material: str) -> tuple[str, str]:
        """Description and unit; empty where the material is not known."""
        if material not in self.known:
            row = self.sql.execute(
                "SELECT body FROM master WHERE kind = 'material' AND key = ?", (material,)
            ).fetchone()
            definition = None if row is None else wire.read(MaterialDefinition, row["body"])
            self.known[material] = (
                ("", "") if definition is None else (definition.description, definition.unit.value)
            )
        return self.known[material]


def lot_detail(sql: Session, material: str, lot: str) -> LotDetail | Refusal:
    """One lot: what it is, where it stands, where it came from and went."""
    rows = sql.execute(
        "SELECT * FROM balance WHERE lot = ? AND lot <> '' AND material = ?"
        " ORDER BY account, serial, handling_unit, disposition",
        (lot, material),
    ).fetchall()
    row = sql.execute(
        "SELECT body FROM master WHERE kind = 'lot' AND key = ?", (f"{material}|{lot}",)
    ).fetchone()
    told = None if row is None else wire.read(MaterialLot, row["body"])
    if not rows and told is None:
        return unknown_lot(LotKey(MaterialId(material), LotId(lot)))
    what = told or MaterialLot(material=MaterialId(material), lot=LotId(lot))
    description, unit = Names(sql).of(material)
    places = tuple(_place(sql, row) for row in rows if row["site"] and row["scaled"])
    return LotDetail(
        material=material, description=description, lot=lot, unit=unit,
        is_defined=told is not None, status=what.status.value, parent_lot=what.parent_lot or "",
        supplier=what.supplier or "", supplier_lot=what.supplier_lot, country=what.country,
        manufactured_on=what.manufactured_on, expires_on=what.expires_on,
        received_on=what.received_on, on_hand=sum((one.on_hand for one in places), amount(0)),
        flow=_flow(rows), places=places,
    )  # fmt: skip


def _flow(rows: Sequence[Row]) -> LotFlow:
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums["" if row["site"] else row["account"]] += row["scaled"]
    relabeled = sum(sums.values())
    return LotFlow(
        received=amount(-sums["~supplier"]), produced=amount(-sums["~produced"]),
        relabeled=amount(relabeled), counted=amount(-sums["~adjustment"]),
        consumed=amount(sums["~consumed"]), scrapped=amount(sums["~scrapped"]),
        shipped=amount(sums["~customer"]),
    )  # fmt: skip


def held(row: Row) -> int:
    """How much of a balance no one may use (millionths)."""
    if not row["frozen"]:
        return 0
    loose = min(row["released"], row["scaled"]) if row["frozen"] == 1 else 0
    return int(row["scaled"] - loose)


def _place(sql: Session, row: Row) -> LotPlace:
    return LotPlace(
        site=row["site"], location=row["location"], serial=row["serial"],
        handling_unit=row["handling_unit"],
        outermost_unit=outermost(sql.execute, row["handling_unit"]),
        disposition=row["disposition"], on_hand=amount(row["scaled"]),
        reserved=amount(row["reserved"]), held=amount(held(row)),
    )  # fmt: skip


def unknown_lot(key: LotKey) -> Refusal:
    """The refusal for a lot that the plant has never heard of."""
    what = f"lot {key.lot}" if key.lot else f"serial {key.serial}"
    because = f"nothing is known of {what} of {key.material}: read its number again"
    return Refusal(code=RefusalCode.UNKNOWN_LOT, because=because)


def is_known(sql: Session, key: LotKey) -> bool:
    """Whether the plant has ever heard of what is to be traced."""
    if not key.is_tracked:
        return False
    if key.lot:
        found = sql.execute(
            "SELECT 1 FROM master WHERE kind = 'lot' AND key = ? UNION ALL"
            " SELECT 1 FROM balance WHERE lot = ? AND lot <> '' AND material = ? LIMIT 1",
            (f"{key.material}|{key.lot}", key.lot, key.material),
        ).fetchone()
    else:
        found = sql.execute(
            "SELECT 1 FROM balance WHERE serial = ? AND serial <> '' AND material = ? LIMIT 1",
            (key.serial, key.material),
        ).fetchone()
    links = SqlLineage(sql)
    return found is not None or any(links.of_made([key])) or any(links.of_used([key]))


def trace_report(
    sql: Session, key: LotKey, *, forward: bool, levels: int = LEVELS_MAX
) -> TraceReport | Refusal:
    """Follow a lot, and show what was found as a tree."""
    if not is_known(sql, key):
        return unknown_lot(key)
    found = trace(key, SqlLineage(sql), forward=forward, levels=levels)
    return TraceReport(
        direction="forward" if forward else "backward", lots=len(found.levels) - 1,
        is_cut=found.is_cut, root=_Tree(found, Names(sql)).root(),
    )  # fmt: skip


class _Tree:
    """Makes a tree of a trace: each lot is shown with what follows where it was reached first."""

    def __init__(self, found: Trace, names: Names) -> None:
        self._trace = found
        self._names = names
        self._shown: set[LotKey] = set()
        self._below: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        for edge in found.edges:
            above = edge.used if found.is_forward else edge.made
            self._below[above.material, above.lot].append(edge)

    def root(self) -> TraceNode:
        """The start, with all that follows."""
        return self._node(self._trace.start, None, 0)

    def _node(self, key: LotKey, edge: Edge | None, level: int) -> TraceNode:
        description, unit = self._names.of(key.material)
        is_first = self._trace.levels.get(key) == level and key not in self._shown
        below = self._edges(key)
        children: tuple[TraceNode, ...] = ()
        if is_first:
            self._shown.add(key)
            below.sort(key=lambda one: (one.at, self._far(one)))
            children = tuple(self._node(self._far(one), one, level + 1) for one in below)
        return TraceNode(
            material=key.material, description=description, lot=key.lot, serial=key.serial,
            unit=unit, level=level, is_repeated=not is_first and bool(below), children=children,
            **({} if edge is None else _hung(edge)),
        )  # fmt: skip

    def _far(self, edge: Edge) -> LotKey:
        return edge.made if self._trace.is_forward else edge.used

    def _edges(self, key: LotKey) -> list[Edge]:
        near = self._below[key.material, key.lot]
        return [
            edge for edge in near
            if key.meets(edge.used if self._trace.is_forward else edge.made)
        ]  # fmt: skip


def _hung(edge: Edge) -> dict[str, Any]:
    """How a node hangs on the one above it."""
    return {
        "kinds": edge.kinds,
        "orders": edge.orders,
        "used": amount(edge.used_scaled),
        "made": amount(edge.made_scaled),
        "is_by_order": edge.is_by_order,
        "is_backflushed": edge.is_backflushed,
        "at": instant(edge.at),
    }
