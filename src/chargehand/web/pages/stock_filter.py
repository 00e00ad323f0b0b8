"""Which stock a page shows, and as of when: kept in the address, so that a link shows the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chargehand.plant.history import Chosen
from chargehand.web.render import query

DIMENSIONS = (
    "site", "zone", "location", "material", "lot", "serial", "handling_unit", "disposition",
)  # fmt: skip
HELD = {"yes": True, "no": False}
YEARS = range(1970, 2200)
"""Years that a moment may lie in."""
RECORDED = "recorded"
"""``by``: what the record said then, where else what was true then is meant."""
TYPED_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFilter:
    """Which stock is meant, in the words of an address."""

    fields: Mapping[str, str]
    """What was chosen of ``DIMENSIONS``, and ``text``, ``held``, ``by``; nothing empty."""
    as_of: datetime | None = None
    fault: str = ""
    """What is wrong with the moment that was asked for."""

    @classmethod
    def read(cls, asked: Mapping[str, str], now: datetime) -> StockFilter:
        """Read the filter from an address; a moment that has not come is now."""
        names = (*DIMENSIONS, "text", "held", "by")
        fields = {name: value for name in names if (value := typed(asked, name))}
        if fields.get("held") not in HELD:
            fields.pop("held", None)
        text = typed(asked, "as_of")
        if not text:
            return cls(fields=fields)
        moment = read_moment(text)
        if moment is None:
            fault = f"{text[:40]!r} is no moment: write it like 2026-11-19T14:00Z."
            return cls(fields=fields, fault=fault)
        if moment >= now:
            return cls(fields=fields, fault="That moment has not come yet; this is stock now.")
        return cls(fields=fields, as_of=moment)

    def of(self, name: str) -> str:
        """What was chosen of a dimension; empty where nothing was."""
        return self.fields.get(name, "")

    @property
    def by_record(self) -> bool:
        """Whether what the record said then is meant."""
        return self.of("by") == RECORDED

    @property
    def chosen(self) -> Chosen:
        """The same in the plant's own terms, but for the text."""
        dimensions = {name: self.of(name) or None for name in DIMENSIONS}
        return Chosen(held=HELD.get(self.of("held")), **dimensions)

    @property
    def happened(self) -> datetime | None:
        """The moment, where what was true then is meant."""
        return None if self.by_record else self.as_of

    @property
    def recorded(self) -> datetime | None:
        """The moment, where what the record said then is meant."""
        return self.as_of if self.by_record else None

    def address(self, **changed: str) -> str:
        """The query part of an address that shows this, with some fields changed."""
        moment = "" if self.as_of is None else f"{self.as_of.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        return query(**{**self.fields, "as_of": moment, **changed})

    @property
    def file_address(self) -> str:
        """The query part of an address of the same list as a file, which has no text filter."""
        return self.address(text="")

    @property
    def is_plain(self) -> bool:
        """Whether all stock is meant."""
        return not set(self.fields) - {"by"}

    @property
    def chips(self) -> tuple[tuple[str, str, str], ...]:
        """What is chosen exactly: its name, its value, and an address without it."""
        names = ("material", "lot", "serial", "handling_unit", "location")
        return tuple(
            (name, self.fields[name], self.address(**{name: ""}))
            for name in names
            if name in self.fields
        )

    def now(self) -> StockFilter:
        """The same stock as it stands."""
        fields = {name: value for name, value in self.fields.items() if name != "by"}
        return replace(self, as_of=None, fields=fields)


def typed(fields: Mapping[str, str], name: str) -> str:
    """What somebody typed into a field, cut to what any name can be, and storable."""
    return fields.get(name, "").replace("\0", "").strip()[:TYPED_MAX]


def read_moment(text: str) -> datetime | None:
    """Read a moment; without an offset it is UTC. None where it is none.

    >>> read_moment("2026-11-19T14:00")
    datetime.datetime(2026, 11, 19, 14, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in YEARS else None
