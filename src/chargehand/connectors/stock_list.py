"""Put the rows of a stock list together: one place and lot has one quantity at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chargehand.connectors.delimited import Record
from chargehand.signals.kinds import Body, StockCounted

CURE = "keep one of the rows, add them up, or map the lot if they are different lots"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """One row of a stock list."""

    record: Record
    body: StockCounted
    values: dict[str, Any]


@dataclass(slots=True)
class StockList:
    """The lines of one file, by what they count, in the order of their first rows."""

    repeated: int = 0
    """Rows that said what an earlier row had said."""
    _lines: dict[tuple[str, str, str, str, object], list[StockLine]] = field(default_factory=dict)

    def add(self, record: Record, body: Body, values: dict[str, Any]) -> None:
        """Add one row; a row that only says again what an earlier one said is counted."""
        assert isinstance(body, StockCounted)
        counted = (body.site, body.location, body.material, body.lot, values.get("counted_at"))
        lines = self._lines.setdefault(counted, [])
        if any(line.body == body for line in lines):
            self.repeated += 1
        else:
            lines.append(StockLine(record=record, body=body, values=values))

    def sound(self) -> Iterator[StockLine]:
        """Yield the lines that no other line contradicts."""
        yield from (lines[0] for lines in self._lines.values() if len(lines) == 1)

    def contradictions(self) -> Iterator[tuple[Record, str]]:
        """Yield every row that another row contradicts, and what is wrong."""
        for lines in self._lines.values():
            if len(lines) > 1:
                because = _contradiction(lines)
                yield from ((line.record, because) for line in lines)


def _contradiction(lines: list[StockLine]) -> str:
    body = lines[0].body
    where = f"{body.material} at {body.location}" + (f", lot {body.lot}" if body.lot else "")
    said = " and ".join(f"row {line.record.row} says {line.body.counted}" for line in lines[:5])
    return f"the file contradicts itself about {where}: {said}"
