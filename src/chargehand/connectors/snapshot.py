"""Another system's whole stock list as one signal, to be compared: nothing is booked from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from chargehand.connectors.kinds import (
    LOCATION,
    MATERIAL,
    QUANTITY,
    SITE,
    UNIT,
    Field,
    Kind,
    Values,
)
from chargehand.connectors.kinds_master import same
from chargehand.signals.kinds import Body
from chargehand.signals.stock_kinds import SnapshotLine, SnapshotReported
from chargehand.vocabulary.quantity import Quantity, Unit

SYSTEM = "import"
"""The system's name where neither file nor map says it."""


def _line(values: Values) -> SnapshotReported:
    line = SnapshotLine(
        quantity=Quantity(values["quantity"], values.get("unit", Unit.PIECE)),
        **same("location", "material", "lot", "disposition")(values),
    )
    return SnapshotReported(
        site=values["site"],
        system=values.get("system", SYSTEM),
        taken_at=values["counted_at"],
        lines=(line,),
    )


SNAPSHOT = Kind(
    name="snapshot",
    title="a line of another system's whole stock list, to be compared and not booked",
    fields=(
        Field(name="site", reads="id", needed=True, aliases=SITE),
        Field(name="location", reads="id", needed=True, aliases=LOCATION),
        Field(name="material", reads="id", needed=True, aliases=MATERIAL),
        Field(
            name="quantity", reads="balance", needed=True, aliases=(*QUANTITY, "on hand", "stock")
        ),
        Field(name="unit", reads="unit", aliases=UNIT),
        Field(name="lot", reads="id", aliases=("batch", "charg")),
        Field(name="disposition", reads="disposition", aliases=("stock status", "status")),
        Field(name="system", reads="id", aliases=("source system",)),
        Field(
            name="counted_at",
            reads="happened_at",
            needed=True,
            aliases=("taken at", "as of", "snapshot at"),
        ),
    ),
    build=_line,
)


@dataclass(slots=True, kw_only=True)
class _List:
    row: int
    head: SnapshotReported
    lines: list[SnapshotLine] = field(default_factory=list)


@dataclass(slots=True)
class SnapshotLists:
    """The lists of one file, by system, site and moment, in the order of their first rows."""

    _lists: dict[tuple[str, str, datetime], _List] = field(default_factory=dict)

    def add(self, row: int, body: Body, raw: str) -> None:  # noqa: ARG002 - equal rows are two lots
        """Add one row."""
        assert isinstance(body, SnapshotReported)
        one = self._lists.setdefault(
            (body.system, body.site, body.taken_at), _List(row=row, head=body)
        )
        one.lines.extend(body.lines)

    def whole(self) -> Iterator[tuple[int, SnapshotReported]]:
        """Yield each list with its first row."""
        for one in self._lists.values():
            yield one.row, replace(one.head, lines=tuple(one.lines))
