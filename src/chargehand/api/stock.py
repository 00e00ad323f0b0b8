"""Stock and movements by any dimension, now and as of any moment, and whole lists as files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import Act, Filter, Sender, ThePlant, Where, needs
from chargehand.api.limits import Moment
from chargehand.api.paging import Listing, Window, listing, once_each
from chargehand.api.problems import ApiProblem, refused
from chargehand.api.site_scope import of_movement
from chargehand.plant.export_forms import MEDIA_TYPES
from chargehand.plant.exporting import Export
from chargehand.plant.history import Chosen
from chargehand.plant.reading_stock_lists import MovementDetail, MovementRow, StockLine
from chargehand.vocabulary.refusal import Refusal

router = APIRouter(tags=["stock"])

ENTRY_MAX = 2**53
"""Largest number that JSON readers hold exactly."""


AsOf = Annotated[
    Moment | None,
    Field(description="what was true then: what happened later is taken back, whenever told"),
]
KnownAt = Annotated[
    Moment | None,
    Field(description="what the record said then: what was recorded later is taken back"),
]
Form = Annotated[Literal["csv", "parquet", "arrow"], Path(description="form of the file")]


class Stock(BaseModel):
    """Which stock is meant; all that is given must fit."""

    model_config = ConfigDict(extra="forbid")

    site: Filter = None
    zone: Filter = None
    location: Filter = None
    material: Filter = None
    lot: Filter = None
    serial: Filter = None
    handling_unit: Filter = None
    disposition: Filter = None

    def chosen(self, *, held: bool | None = None) -> Chosen:
        """Return it in the plant's own terms."""
        names = Stock.model_fields
        return Chosen(held=held, **{name: getattr(self, name) for name in names})


class StockWindow(Stock, Window):
    """Which stock is asked for, and as of when."""

    held: bool | None = Field(default=None, description="only what a hold covers, or only the rest")
    empty: bool = Field(default=False, description="list places where nothing stands any more too")
    as_of: AsOf = None
    known_at: KnownAt = None


class MovementWindow(Stock, Window):
    """Which movements are asked for: those that touched such stock."""


class StockFile(Stock):
    """Which stock goes into the file, and as of when."""

    held: bool | None = Field(default=None, description="only what a hold covers, or only the rest")
    as_of: AsOf = None
    known_at: KnownAt = None


class MovementFile(Stock):
    """Which movements go into the file."""

    as_of: AsOf = None
    known_at: KnownAt = None


class JournalFile(BaseModel):
    """How much of the journal goes into the file."""

    model_config = ConfigDict(extra="forbid")

    known_at: KnownAt = None


FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The whole list, as it is read.",
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for kind in MEDIA_TYPES.values()
        },
    },
    501: {},
}


@router.get("/stock")
@needs(Act.READ)
def stock(
    plant: ThePlant, request: Request, window: Annotated[StockWindow, Query()]
) -> Listing[StockLine]:
    """List what stands, or stood, where; on hand, promised and held."""
    return listing(
        request,
        window,
        lambda place, rows: plant.stock_rows(
            window.chosen(held=window.held),
            as_of=window.as_of,
            known_at=window.known_at,
            empty=window.empty,
            after=place,
            limit=rows,
        ),
    )


@router.get("/movements")
@needs(Act.READ)
def movements(
    plant: ThePlant, request: Request, window: Annotated[MovementWindow, Query()]
) -> Listing[MovementRow]:
    """List movements that touched some stock, the latest first.

    A window may hold fewer rows than its limit and still have a next one.
    """
    return listing(
        request,
        window,
        lambda place, rows: plant.movements(window.chosen(), after=place, limit=rows),
    )


@router.get("/movements/{entry}", responses={404: {}})
@needs(Act.READ, site=of_movement, one_is_enough=True)
def movement(plant: ThePlant, entry: Annotated[int, Path(ge=0, le=ENTRY_MAX)]) -> MovementDetail:
    """Show one movement by the number of its journal entry, with what corrected it."""
    detail = plant.movement(entry)
    if detail is None:
        raise ApiProblem("not_found", f"The journal has no movement {entry}.")
    return detail


@router.get("/stock.{form}", responses=FILE, response_class=StreamingResponse)
@needs(Act.EXPORT)
def stock_file(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    form: Form,
    asked: Annotated[StockFile, Query()],
) -> StreamingResponse:
    """Write all stock into a file, now or as of a moment, without a limit."""
    once_each(request)
    chosen = asked.chosen(held=asked.held)
    back = {"as_of": asked.as_of, "known_at": asked.known_at}
    return _file(plant.export("stock", form, chosen, by=sender.person, **back))


@router.get("/movements.{form}", responses=FILE, response_class=StreamingResponse)
@needs(Act.EXPORT)
def movements_file(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    form: Form,
    asked: Annotated[MovementFile, Query()],
) -> StreamingResponse:
    """Write all movements into a file, one line for each leg, in the order of recording."""
    once_each(request)
    back = {"as_of": asked.as_of, "known_at": asked.known_at}
    return _file(plant.export("movements", form, asked.chosen(), by=sender.person, **back))


@router.get("/journal.{form}", responses=FILE, response_class=StreamingResponse)
@needs(Act.EXPORT, site=Where.EVERYWHERE)
def journal_file(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    form: Form,
    asked: Annotated[JournalFile, Query()],
) -> StreamingResponse:
    """Write the whole journal into a file, in the order of the tree."""
    once_each(request)
    return _file(plant.export("journal", form, Chosen(), by=sender.person, known_at=asked.known_at))


@router.get("/lots.{form}", responses=FILE, response_class=StreamingResponse)
@needs(Act.EXPORT)
def lots_file(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    form: Form,
    asked: Annotated[Stock, Query()],
) -> StreamingResponse:
    """Write all lots into a file: what is known of them, and how much of each there is."""
    once_each(request)
    return _file(plant.export("lots", form, asked.chosen(), by=sender.person))


def _file(made: Export | Refusal) -> StreamingResponse:
    if isinstance(made, Refusal):
        raise refused(made)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return StreamingResponse(made.chunks, media_type=made.media_type, headers=headers)
