"""Lots: where one stands, what it went into and came from, who must be told; units and orders."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from chargehand.api.access import Act, Filter, KeyInPath, ThePlant, Where, needs, storable
from chargehand.api.paging import once_each
from chargehand.api.problems import refused
from chargehand.api.site_scope import of_lot, of_unit
from chargehand.plant.reading_lots import (
    BufferLine,
    LotDetail,
    OrderDetail,
    RecallReport,
    TraceReport,
    UnitDetail,
)
from chargehand.plant.recalling import recall_csv
from chargehand.record.lineage import LEVELS_MAX
from chargehand.vocabulary.refusal import Refusal

router = APIRouter(tags=["lots"])

Found = TypeVar("Found")
NO_LOT = "-"
"""Stands for no lot, in the address of a material whose single things have serials only."""
LotInPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=200,
        description=f"number of the lot; {NO_LOT} where the material has serials only",
    ),
    AfterValidator(storable),
]
CSV = {"content": {"text/csv": {"schema": {"type": "string"}}}}


class LotQuestion(BaseModel):
    """Which single thing of a lot is asked for."""

    model_config = ConfigDict(extra="forbid")

    serial: Filter = Field(default=None, description="only this single thing of the lot")


class TraceQuestion(LotQuestion):
    """Which way a lot is followed."""

    direction: Literal["forward", "backward"] = Field(
        default="forward", description="forward: what it went into; backward: what it came from"
    )
    levels: int = Field(default=LEVELS_MAX, ge=1, le=LEVELS_MAX, description="steps at most")


class RecallQuestion(LotQuestion):
    """In which form a recall is wanted."""

    format: Literal["json", "csv"] = "json"


class SupplierLotQuestion(BaseModel):
    """Whose lot is recalled, and in which form."""

    model_config = ConfigDict(extra="forbid")

    supplier: Filter = Field(default=None, description="whose number it is; else any supplier's")
    format: Literal["json", "csv"] = "json"


class OrderQuestion(BaseModel):
    """At which site an order is carried out."""

    model_config = ConfigDict(extra="forbid")

    site: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(storable)]


class BufferQuestion(BaseModel):
    """Whose buffers are asked for."""

    model_config = ConfigDict(extra="forbid")

    site: Filter = None


@router.get("/lots/{material}/{lot:path}/trace", responses={404: {}})
@needs(Act.READ, site=Where.EVERYWHERE)
def trace(
    plant: ThePlant,
    request: Request,
    material: KeyInPath,
    lot: LotInPath,
    asked: Annotated[TraceQuestion, Query()],
) -> TraceReport:
    """Follow a lot to all that it went into, or back to all that it came from."""
    once_each(request)
    return _known(
        plant.trace(
            material, _lot(lot), serial=asked.serial or "",
            forward=asked.direction == "forward", levels=asked.levels,
        )
    )  # fmt: skip


@router.get(
    "/lots/{material}/{lot:path}/recall", response_model=RecallReport,
    responses={200: CSV, 404: {}},
)  # fmt: skip
@needs(Act.READ, site=Where.EVERYWHERE)
def recall(
    plant: ThePlant,
    request: Request,
    material: KeyInPath,
    lot: LotInPath,
    asked: Annotated[RecallQuestion, Query()],
) -> RecallReport | Response:
    """Name every affected unit: where it stands, what it went into, to whom it has gone."""
    once_each(request)
    found = _known(plant.recall(material, _lot(lot), serial=asked.serial or ""))
    return _in_form(found, asked.format)


@router.get("/lots/{material}/{lot:path}", responses={404: {}})
@needs(Act.READ, site=of_lot)
def lot_detail(plant: ThePlant, material: KeyInPath, lot: LotInPath) -> LotDetail:
    """Show one lot: what it is, where it stands, how it came in and went out."""
    return _known(plant.lot(material, lot))


@router.get(
    "/supplier-lots/{number}/recall", response_model=RecallReport, responses={200: CSV, 404: {}}
)
@needs(Act.READ, site=Where.EVERYWHERE)
def recall_supplier_lot(
    plant: ThePlant,
    request: Request,
    number: KeyInPath,
    asked: Annotated[SupplierLotQuestion, Query()],
) -> RecallReport | Response:
    """Name every affected unit of a supplier's lot, by the supplier's own number."""
    once_each(request)
    return _in_form(
        _known(plant.recall_supplier_lot(number, supplier=asked.supplier)), asked.format
    )


@router.get("/handling-units/{unit}", responses={404: {}})
@needs(Act.READ, site=of_unit)
def handling_unit(plant: ThePlant, unit: KeyInPath) -> UnitDetail:
    """Show a handling unit with the units and the stock in it."""
    return _known(plant.handling_unit(unit))


@router.get("/orders/{order}/consumption", responses={404: {}})
@needs(Act.READ)
def order_consumption(
    plant: ThePlant, request: Request, order: KeyInPath, asked: Annotated[OrderQuestion, Query()]
) -> OrderDetail:
    """Reconcile what an order was brought with what it used; follow what it made."""
    once_each(request)
    return _known(plant.order(asked.site, order))


@router.get("/buffers")
@needs(Act.READ)
def buffers(
    plant: ThePlant, request: Request, asked: Annotated[BufferQuestion, Query()]
) -> list[BufferLine]:
    """List what stands in WIP buffers, by the order that made it."""
    once_each(request)
    return list(plant.buffers(site=asked.site))


def _lot(lot: str) -> str:
    return "" if lot == NO_LOT else lot


def _known(found: Found | Refusal) -> Found:
    if isinstance(found, Refusal):
        raise refused(found)
    return found


def _in_form(found: RecallReport, form: str) -> RecallReport | Response:
    if form == "json":
        return found
    name = {"Content-Disposition": 'attachment; filename="recall.csv"'}
    return Response(recall_csv(found), media_type="text/csv; charset=utf-8", headers=name)
