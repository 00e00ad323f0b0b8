"""Lots: where one stands, what it went into and came from, and whom a recall concerns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.plant.recalling import recall_csv
from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.pages.stock_filter import typed
from chargehand.web.render import HEADERS, Notice, page, query
from chargehand.web.session import Seen, Visit
from chargehand.web.stock_words import RECALLED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chargehand.plant.reading_lots import LotDetail, RecallLine, RecallReport, TraceReport

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """Which lot a recall is about, as an address names it."""

    material: str
    lot: str
    serial: str
    number: str
    """A supplier's own number instead."""
    supplier: str

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Recalled:
        """Read it from an address."""
        names = ("material", "lot", "serial", "number", "supplier")
        return cls(**{name: typed(asked, name) for name in names})

    @property
    def is_named(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.number or (self.material and (self.lot or self.serial)))

    @property
    def query(self) -> str:
        """The query part of an address of it."""
        return query(
            material=self.material, lot=self.lot, serial=self.serial, number=self.number,
            supplier=self.supplier,
        )  # fmt: skip

    def report(self, seen: Visit) -> RecallReport | Refusal:
        """Ask the plant."""
        if self.number:
            return seen.plant.recall_supplier_lot(self.number, supplier=self.supplier or None)
        return seen.plant.recall(self.material, self.lot, serial=self.serial)


@router.get("/lot")
def lot(request: Request, seen: Seen) -> Response:
    """Show one lot, or one single thing of a material, with its trace tree."""
    asked = request.query_params
    material, number, serial = (typed(asked, name) for name in ("material", "lot", "serial"))
    ways = {
        way: seen.plant.trace(material, number, serial=serial, forward=way == "forward")
        for way in ("forward", "backward")
    }
    detail = seen.plant.lot(material, number) if number else None
    traces = {way: found for way, found in ways.items() if not isinstance(found, Refusal)}
    if len(traces) < len(ways) or isinstance(detail, Refusal):
        because = next(found for found in ways.values() if isinstance(found, Refusal)).because
        told = Notice(kind="problem", text=words.sentence(because))
        return page(seen, "screens/missing.html", here="/stock", status=404, notice=told)
    way = asked.get("direction", "")
    if way not in traces:
        way = "forward" if traces["forward"].lots or not traces["backward"].lots else "backward"
    return _lot_page(seen, detail, traces, way, material=material, serial=serial)


def _lot_page(
    seen: Visit,
    detail: LotDetail | None,
    traces: Mapping[str, TraceReport],
    way: str,
    *,
    material: str,
    serial: str,
) -> Response:
    lot = detail.lot if detail is not None else ""
    named = {"material": material, "lot": lot, "serial": serial}
    return page(
        seen,
        "screens/lot.html",
        here="/stock",
        d=detail,
        material=material,
        serial=serial,
        traces=traces,
        way=way,
        tree=traces[way],
        query_of={one: query(**named, direction=one) for one in traces},
        own=query(**named),
    )


@router.get("/recall")
def recall(request: Request, seen: Seen) -> Response:
    """Name every affected unit of a lot: made to be printed and handed out."""
    asked = Recalled.read(request.query_params)
    report = asked.report(seen) if asked.is_named else None
    told = None
    if isinstance(report, Refusal):
        told = Notice(kind="problem", text=words.sentence(report.because))
    found = None if isinstance(report, Refusal) else report
    return page(
        seen,
        "screens/recall.html",
        here="/stock",
        status=404 if told else 200,
        notice=told,
        asked=asked,
        report=found,
        groups=_groups(found) if found is not None else {},
        free=_not_held(found) if found is not None else (),
    )


@router.get("/recall.csv")
def recall_file(request: Request, seen: Seen) -> Response:
    """Write the lines of a recall into a file."""
    asked = Recalled.read(request.query_params)
    report = asked.report(seen)
    if isinstance(report, Refusal):
        told = Notice(kind="problem", text=words.sentence(report.because))
        return page(seen, "screens/missing.html", here="/stock", status=404, notice=told)
    headers = {
        "Content-Disposition": 'attachment; filename="recall.csv"',
        "Cache-Control": HEADERS["Cache-Control"],
    }
    return Response(recall_csv(report), media_type="text/csv; charset=utf-8", headers=headers)


def _groups(report: RecallReport) -> dict[str, list[RecallLine]]:
    """The lines by what became of the stock, in the order in which somebody has to act."""
    found: dict[str, list[RecallLine]] = defaultdict(list)
    for line in report.lines:
        found[line.state].append(line)
    return {state: found[state] for state in (*RECALLED, *found) if found.get(state)}


def _not_held(report: RecallReport) -> tuple[tuple[str, str, str], ...]:
    """Material, lot and site of what still stands here and anybody may use."""
    lines = [one for one in report.lines if one.state == "stands" and one.held < one.quantity]
    return tuple(dict.fromkeys((one.material, one.lot, one.site) for one in lines))
