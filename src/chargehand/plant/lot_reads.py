"""What can be asked of a plant about lots, handling units and orders."""

from __future__ import annotations

from chargehand.plant import boundary, finished, recalling, tracing, unit_detail
from chargehand.plant.reading_lots import (
    BufferLine,
    LotDetail,
    OrderDetail,
    RecallReport,
    TraceReport,
    UnitDetail,
)
from chargehand.record.lineage import LEVELS_MAX, LotKey
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import LotId, MaterialId, SerialId
from chargehand.vocabulary.refusal import Refusal


class LotReads:
    """Questions about lots; none of them changes anything."""

    store: Store

    def lot(self, material: str, lot: str) -> LotDetail | Refusal:
        """One lot: what it is, where it stands, where it came from and went."""
        with self.store.snapshot() as sql:
            return tracing.lot_detail(sql, material, lot)

    def trace(
        self,
        material: str,
        lot: str = "",
        *,
        serial: str = "",
        forward: bool = True,
        levels: int = LEVELS_MAX,
    ) -> TraceReport | Refusal:
        """All that a lot, or a single thing, went into (forward) or came from."""
        key = LotKey(MaterialId(material), LotId(lot), SerialId(serial))
        with self.store.snapshot() as sql:
            return tracing.trace_report(sql, key, forward=forward, levels=levels)

    def recall(self, material: str, lot: str = "", *, serial: str = "") -> RecallReport | Refusal:
        """Every affected unit of a lot: where it is, what it went into, whom it went to."""
        key = LotKey(MaterialId(material), LotId(lot), SerialId(serial))
        with self.store.snapshot() as sql:
            return recalling.recall(sql, key)

    def recall_supplier_lot(
        self, number: str, *, supplier: str | None = None
    ) -> RecallReport | Refusal:
        """The same of a supplier's own lot; without a supplier, of any who has such a number."""
        with self.store.snapshot() as sql:
            return recalling.recall_supplier_lot(sql, number, supplier)

    def handling_unit(self, unit: str) -> UnitDetail | Refusal:
        """One handling unit with all that is in it."""
        with self.store.snapshot() as sql:
            return unit_detail.unit_detail(sql, unit)

    def order(self, site: str, order: str) -> OrderDetail | Refusal:
        """An order: its use of material reconciled with the line, its output, its release."""
        with self.store.snapshot() as sql:
            return boundary.order_detail(sql, site, order)

    def buffers(self, *, site: str | None = None) -> tuple[BufferLine, ...]:
        """What stands in WIP buffers, by the order that made it."""
        with self.store.snapshot() as sql:
            return finished.buffers(sql, site)
