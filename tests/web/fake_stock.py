"""The stock side of the plant of plain values: lots, movements, holds and another system's list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from chargehand.plant.export_forms import MEDIA_TYPES
from chargehand.plant.exporting import Export
from chargehand.plant.proving import EntryProof
from chargehand.plant.reading import Page
from chargehand.plant.reading_lots import (
    LotDetail,
    LotFlow,
    LotPlace,
    RecallLine,
    RecallReport,
    TraceNode,
    TraceReport,
)
from chargehand.plant.reading_reconciliation import (
    AttributionLine,
    DifferenceDetail,
    DifferenceRow,
    DifferenceStep,
    ListRow,
    SystemRow,
)
from chargehand.plant.reading_stock import (
    FrozenLine,
    HoldDetail,
    HoldDone,
    HoldRow,
    HoldStep,
    TouchLine,
)
from chargehand.plant.reading_stock_lists import (
    MovementDetail,
    MovementLeg,
    MovementRow,
    StockLine,
)
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
GLUE, GLUE_LOT, PALLET = "GLUE-577", "S-0907", "040123450000902129"
PARTS = (
    ("6205-2RS", "Deep groove bearing 25x52x15", ""),
    ("SK-19", "Seal kit, gearbox input shaft", ""),
    ("MRO-VALVE-001", "Solenoid valve 3/4 inch, 24 V DC", ""),
    (GLUE, "Thread sealant for <B>housings</B>", GLUE_LOT),
)
D = Decimal


def line(n, part, name, lot, *, at_hand="120.5"):
    return StockLine(
        site="KENT", zone="MRO", location=f"BULK-A{n:02}", material=part, description=name, lot=lot,
        serial="", handling_unit=PALLET if lot else "",
        disposition="available" if n else "non_conformant", on_hand=D(at_hand), reserved=D(n),
        held=D(5) if lot else D(0), free=D("115.5"), unit="H87", counted_at=NOW,
    )  # fmt: skip


def leg(location, quantity):
    return MovementLeg(
        account=f"KENT/{location}" if location else "~supplier", site="KENT" if location else "",
        location=location, material=GLUE, lot=GLUE_LOT, serial="", handling_unit="",
        disposition="available", quantity=D(quantity), unit="KGM",
    )  # fmt: skip


def movement_row(entry, corrects=None):
    return MovementRow(
        entry=entry, place=entry, key=f"wms/{entry}", business_step="storing", occurred_at=NOW,
        recorded_at=NOW, actor="wms", cause="wms/receipt", corrects=corrects, under_hold=None,
        legs=(leg("BULK-A03", "6"), leg("", "-6")),
    )  # fmt: skip


def node(material, lot, *children, level=1, **more):
    return TraceNode(
        material=material, description="Pump <i>P40</i>", lot=lot, serial="", unit="H87",
        level=level, children=children, **{
            "kinds": ("production",), "orders": ("WO-5110",), "used": D("0.48"), "made": D(24),
            "at": NOW, **more,
        },
    )  # fmt: skip


class FakeStock:
    """Answers the questions about stock; ``acts`` notes what was done, ``stockless`` empties it."""

    stockless = False

    def stock_rows(self, chosen, *, as_of=None, known_at=None, empty=False, after=None, limit=100):
        self.asked = (chosen, as_of, known_at)
        past = as_of or known_at
        rows = [
            line(n, part, name, lot) for n, (part, name, lot) in enumerate(PARTS)
            if chosen.material in (None, part) and chosen.location in (None, f"BULK-A{n:02}")
            and chosen.lot in (None, lot) and chosen.site in (None, "KENT")
            and chosen.handling_unit in (None, PALLET if lot else "") and chosen.serial is None
            and chosen.held in (None, bool(lot)) and not self.stockless
        ]  # fmt: skip
        if past:
            gone = {"reserved": None, "held": None, "free": None, "counted_at": None}
            rows = [replace(row, on_hand=D(3), **gone) for row in rows]
        return Page(rows=tuple(rows))

    def movements(self, chosen, *, after=None, limit=100):
        known = chosen.material in (None, GLUE) and not self.stockless
        return Page(rows=(movement_row(7, "wms/6"), movement_row(6)) if known else ())

    def movement(self, entry):
        if entry not in (6, 7):
            return None
        row = movement_row(entry, "wms/6" if entry == 7 else None)
        return MovementDetail(
            row=row, leaf="ab" * 32, tree_size=10,
            corrected_by=(movement_row(7, "wms/6"),) if entry == 6 else (), cause_entry=5,
        )  # fmt: skip

    def checkpoint(self, *, size=None):
        return None

    def prove(self, what):
        if int(what) > 9:
            return Refusal(code=RefusalCode.UNKNOWN_ENTRY, because=f"there is no entry {what}")
        return EntryProof(
            number=int(what), index=int(what), kind="movement", key="k", line="{}\n",
            proof="c2sp.org/tlog-proof@v1\n", size=10, public_key="plant+key",
        )  # fmt: skip

    def export(self, what, form, chosen, *, by, as_of=None, known_at=None):
        self.asked = (chosen, as_of, known_at)
        return Export(
            name=f"{what}.{form}", media_type=MEDIA_TYPES[form], chunks=iter([b"material\n"])
        )

    # lots

    def lot(self, material, lot):
        if (material, lot) != (GLUE, GLUE_LOT):
            return Refusal(code=RefusalCode.UNKNOWN_LOT, because=f"nothing is known of lot {lot}")
        place = LotPlace(
            site="KENT", location="BULK-A03", serial="", handling_unit=PALLET,
            outermost_unit=PALLET, disposition="available", on_hand=D("5.52"), reserved=D(0),
            held=D("5.52"),
        )  # fmt: skip
        zero = D(0)
        flow = LotFlow(
            received=D(6), produced=zero, relabeled=zero, counted=zero, consumed=D("0.48"),
            scrapped=zero, shipped=zero,
        )  # fmt: skip
        return LotDetail(
            material=material, description="Thread sealant", lot=lot, unit="KGM", is_defined=True,
            status="available", parent_lot="", supplier="SUP-EMDEN", supplier_lot="E577-0907",
            country="DE", manufactured_on=date(2026, 10, 1), expires_on=date(2026, 11, 1),
            received_on=date(2026, 11, 8), on_hand=D("5.52"), flow=flow, places=(place,),
        )  # fmt: skip

    def trace(self, material, lot="", *, serial="", forward=True, levels=32):
        if (material, lot) != (GLUE, GLUE_LOT) and serial != "SN-1":
            return Refusal(code=RefusalCode.UNKNOWN_LOT, because=f"nothing is known of lot {lot}")
        deep = node("SET-P40", "ST-7001", level=3, is_repeated=True)
        pump = node("PUMP-P40", "PU-4401", node("PUMP-P40", "PU-4409", deep, level=2))
        supplied = node("~SUP-EMDEN", "E577-0907", kinds=("supplied",), orders=())
        root = TraceNode(
            material=material, description="Thread sealant", lot=lot, serial="", unit="KGM",
            level=0, children=(pump,) if forward else (supplied,),
        )  # fmt: skip
        way = "forward" if forward else "backward"
        return TraceReport(direction=way, lots=3 if forward else 1, is_cut=False, root=root)

    def recall(self, material, lot="", *, serial=""):
        if (material, lot) != (GLUE, GLUE_LOT):
            return Refusal(code=RefusalCode.UNKNOWN_LOT, because=f"nothing is known of lot {lot}")
        base = {"description": "Pump", "serial": "", "unit": "H87"}
        lines = (
            RecallLine(material=GLUE, lot=GLUE_LOT, level=0, state="used", quantity=D("0.48"),
                       into_material="PUMP-P40", into_lot="PU-4401", order="WO-5110", at=NOW,
                       **base),
            RecallLine(material=GLUE, lot=GLUE_LOT, level=0, state="stands", quantity=D(5),
                       site="KENT", location="BULK-A03", held=D(5), **base),
            RecallLine(material="PUMP-P40", lot="PU-4401", level=1, state="stands", quantity=D(4),
                       site="KENT", location="WIP-1", **base),
            RecallLine(material="SET-P40", lot="ST-7001", level=2, state="shipped", quantity=D(12),
                       document="LS-90211", handling_unit=PALLET, at=NOW, **base),
        )  # fmt: skip
        return RecallReport(
            start=f"lot {lot} of {material}", lots=3, on_hand=2, on_hold=1, shipped=1,
            is_cut=False, lines=lines,
        )  # fmt: skip

    def recall_supplier_lot(self, number, *, supplier=None):
        return self.recall(GLUE, GLUE_LOT if number == "E577-0907" else number)

    # holds

    def hold_row(self, key, state="active"):
        return HoldRow(
            key=key, site="KENT", material=GLUE, lot=GLUE_LOT, serial="", handling_unit="",
            location="", reason="May not cure in the cold", state=state, placed_by="qms",
            placed_at=NOW, review_by=NOW - timedelta(hours=1), is_overdue=state == "active",
            ended_by=None if state == "active" else "m.weber",
            ended_at=None if state == "active" else NOW,
        )  # fmt: skip

    def holds(self, *, state="active", site=None, material=None, after=None, limit=100):
        rows = [self.hold_row("QN/1 a"), self.hold_row("QN-2", "released")]
        kept = (row for row in rows if state in (None, row.state) and not self.stockless)
        return Page(rows=tuple(kept))

    def hold(self, key):
        if key not in ("QN/1 a", "QN-2"):
            return None
        frozen = FrozenLine(
            location="BULK-A03", material=GLUE, lot=GLUE_LOT, serial="", handling_unit=PALLET,
            disposition="available", on_hand=D("5.52"), reserved=D(1), let_go=D(0), holds=1,
            unit="KGM",
        )  # fmt: skip
        touched = (
            TouchLine(kind="balance", key=f"KENT/BULK-A03|{GLUE}|{GLUE_LOT}|||available",
                      was="5.52", became=""),
            TouchLine(kind="proposal", key="P-2", was="waiting", became=""),
        )  # fmt: skip
        step = HoldStep(at=NOW, event="place", by="qms", because="Cold", signature="", entry=5)
        return HoldDetail(
            row=self.hold_row(key, "active" if key == "QN/1 a" else "released"),
            frozen=(frozen,) if key == "QN/1 a" else (), touched=touched, history=(step,),
        )  # fmt: skip

    def place_hold(self, body, *, by, key=None):
        if body.hold == "QN/1 a":
            because = "there is a hold QN/1 a already; take another name"
            return Refusal(code=RefusalCode.KEY_REUSED, because=because)
        self.acts.append(("hold", body, by))
        return HoldDone(hold="QN/1 a", state="active", text="hold placed", touched=())

    def release_hold(self, body, *, by, key=None):
        if len(body.signature) < 10:
            because = "say what you sign, in 10 characters or more"
            return Refusal(code=RefusalCode.SIGNATURE_MISSING, because=because)
        if by != "m.weber":
            return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=f"{by} may not")
        self.acts.append(("release", body, by))
        return HoldDone(hold=body.hold, state="released", text="hold released", touched=())

    # another system's list

    def reconciliation(self):
        if self.stockless:
            return ()
        return (
            SystemRow(
                system="wms", site="KENT", taken_at=NOW, age_hours=2, lines=45, differing=3,
                explained=1, unexplained=2, open=2, tolerated=0, to_correct=1,
                unexplained_value=(Money.of("299.45"),), unvalued=1, lists=3,
            ),
        )  # fmt: skip

    def compared_lists(self, *, system=None, site=None, after=None, limit=100):
        rows = tuple(
            ListRow(id=n, system="wms", site="KENT", taken_at=NOW - timedelta(days=4 - n), lines=45,
                    differing=n, explained=1, unexplained=n - 1, accuracy=1 - (n - 1) / 45)
            for n in (3, 2, 1)
        )  # fmt: skip
        return Page(rows=rows)

    def _difference(self):
        return DifferenceRow(
            id="D-120.3", system="wms", site="KENT", location="BULK-A03", material=GLUE,
            description="Thread <sealant>", lot=GLUE_LOT, disposition="available", ours=D(8),
            theirs=D(5), explained=D(0), unexplained=D(-3), unit="KGM", value=Money.of("55.53"),
            state="open", because="-3 unexplained; perhaps it equals cmms/1", taken_at=NOW, entry=5,
        )  # fmt: skip

    def differences(self, *, state="open", **_wanted):
        return Page(rows=(self._difference(),) if state in (None, "open") else ())

    def difference(self, id):
        if id != "D-120.3":
            return None
        candidate = AttributionLine(
            cause="doubled", amount=D(-3), keys=("cmms/1",), is_candidate=True
        )
        step = DifferenceStep(at=NOW, state="open", because="-3 unexplained", who="wms", entry=5)
        return DifferenceDetail(
            row=self._difference(), since=NOW, attributions=(candidate,), history=(step,)
        )
