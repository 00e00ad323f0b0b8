"""Kinds of tables that can be imported: what a row says, and what its columns may be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chargehand.signals.kinds import Body

Values = Mapping[str, Any]
"""Fields of one row by name, each read as its type; what is not known is absent."""

Reads = Literal[
    "id", "text", "ids", "amount", "level", "price", "fraction", "days", "unit", "happened",
    "planned", "happened_at", "planned_at", "state", "place", "currency", "balance",
    "disposition",
]  # fmt: skip
"""How the text of a field is read; see ``fields.py``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a row can say."""

    name: str
    reads: Reads
    needed: bool = False
    aliases: tuple[str, ...] = ()
    """Other names that exports give it; upper case, blanks and underscores do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of table."""

    name: str
    title: str
    """What one row says, in a few words."""
    fields: tuple[Field, ...]
    build: Callable[[Values], Body]
    """Make the body; raises ``ValueError`` (or ``CellFault``) where the values do not agree."""
    identity: tuple[str, ...] = ()
    """Fields that name what a row defines; empty for things that happened."""
    when: str | None = None
    """Field that says when it happened."""
    zero_is_nothing: str | None = None
    """Field whose 0 means that the row says nothing: such rows are passed over and counted."""

    def field(self, name: str) -> Field | None:
        """The field of a name, or None."""
        return next((field for field in self.fields if field.name == name), None)


MATERIAL = ("part", "part number", "part no", "item", "item number", "item no", "sku", "article",
            "matnr", "material number", "itemnum")  # fmt: skip
SUPPLIER = ("vendor", "supplier id", "vendor id", "lifnr")
SITE = ("plant", "werks", "siteid")
LOCATION = ("bin", "storage bin", "binnum", "place")
ASSET = ("machine", "equipment", "asset number", "assetnum", "equnr", "machine id")
ORDER = ("order number", "work order", "workorder", "wo", "wonum", "aufnr")
UNIT = ("unit of measure", "uom", "meins")
QUANTITY = ("qty", "amount", "menge")
ROW_ID = Field(name="id", reads="id", aliases=("transaction", "transaction id", "row id"))
