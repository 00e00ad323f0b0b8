"""The audit explorer: whatever somebody typed, found in the journal; one entry beside the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.plant.explorer import Asked, Trail
from chargehand.web.pages.events import Event, event_of
from chargehand.web.pages.filters import choices
from chargehand.web.pages.stock import FORMS, export
from chargehand.web.pages.stock_filter import read_moment
from chargehand.web.pages.stock_filter import typed as typed_text
from chargehand.web.render import Notice, page, query
from chargehand.web.session import Seen, Visit
from chargehand.web.words import spoken

if TYPE_CHECKING:
    from datetime import datetime

    from chargehand.plant.plant import Plant

LIMIT = 100
DIGITS_MAX = 18
KINDS = (
    "proposal",
    "ruling",
    "transition",
    "order",
    "effect",
    "outcome",
    "policy",
    "change_request",
    "signature",
    "demotion",
    "breaker",
    "delegation",
    "review",
    "hearing",
    "forecast",
    "movement",
    "reservation",
    "hold",
    "credential",
)
"""Kinds that Chargehand itself writes; those of signals are offered as they appear."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for, kept in the address."""

    text: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mentions: bool = False
    after: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Search:
        """Read it from an address; ``key`` is how older links name what they look for."""
        return cls(
            text=typed_text(fields, "q") or typed_text(fields, "key"),
            kind=typed_text(fields, "kind"),
            since=read_moment(fields.get("since", "")),
            until=read_moment(fields.get("until", "")),
            mentions=bool(fields.get("mentions")),
            after=fields.get("after", ""),
        )

    @property
    def asked(self) -> Asked:
        """The question for the plant."""
        return Asked(
            text=self.text, kind=self.kind, since=self.since, until=self.until,
            mentions=self.mentions,
        )  # fmt: skip

    def query(self, **other: str | None) -> str:
        """The query part of an address that shows this, with other fields in place of its own."""
        fields: dict[str, str | None] = {
            "q": self.text, "kind": self.kind, "since": _moment(self.since),
            "until": _moment(self.until), "mentions": "1" if self.mentions else "",
            "after": self.after,
        }  # fmt: skip
        return query(**{**fields, **other})

    @property
    def is_plain(self) -> bool:
        """Whether everything is listed."""
        return not self.query(after=None)


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}Z" if moment else ""


@router.get("/audit")
def audit(request: Request, seen: Seen) -> Response:
    """Search the journal; ``verify`` in the address checks the whole chain now."""
    search = Search.read(request.query_params)
    trail = seen.plant.search_journal(search.asked, after=search.after or None, limit=LIMIT)
    newest = event_of(seen.plant, trail.rows[0].number) if trail.rows else None
    return _split(
        seen, search, trail, newest, focus="list", verify="verify" in request.query_params
    )


@router.get("/audit/{number}")
def entry(request: Request, seen: Seen, number: str) -> Response:
    """Show one entry whole, beside the list that it was found in."""
    search = Search.read(request.query_params)
    known = number.isascii() and number.isdecimal() and len(number) <= DIGITS_MAX
    found = event_of(seen.plant, int(number)) if known else None
    if found is None:
        told = Notice(kind="problem", text=f"The journal has no entry {number[:20]}.")
        return page(seen, "screens/missing.html", here="/audit", status=404, notice=told)
    if seen.targets("section#pane"):
        return page(
            seen, "screens/event_pane.html", here="/audit", event=found, search=search,
            focus="decision", signed=_signed(seen.plant), forms=FORMS,
        )  # fmt: skip
    trail = seen.plant.search_journal(search.asked, after=search.after or None, limit=LIMIT)
    return _split(seen, search, trail, found, focus="decision")


@router.get("/audit.{form}")
def file(form: str, request: Request, seen: Seen) -> Response:
    """Write the whole journal into a file."""
    return export(seen, request, "journal", form)


def _signed(plant: Plant) -> object:
    return plant.checkpoint()


def _split(
    seen: Visit,
    search: Search,
    trail: Trail,
    event: Event | None,
    *,
    focus: str,
    verify: bool = False,
) -> Response:
    names = [*KINDS, *sorted({row.kind for row in trail.rows} - set(KINDS))]
    return page(
        seen,
        "screens/audit.html",
        here="/audit",
        search=search,
        trail=trail,
        event=event,
        focus=focus,
        kinds=choices([("", "All kinds"), *((name, spoken(name)) for name in names)], search.kind),
        report=seen.plant.verify() if verify else None,
        signed=_signed(seen.plant),
        forms=FORMS,
    )
