"""The part of the record's view that says where other systems' lists differ from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from chargehand.record.reconciling import key_of
from chargehand.record.view import StockDifference, Watched
from chargehand.vocabulary.identifier import LocationId, LotId, MaterialId, SiteId, ZoneId
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.quantity import amount

OPEN = (
    "SELECT d.*, s.system, s.taken_at, json_extract(f.body, '$.since') AS since,"
    " json_extract(m.body, '$.zone') AS zone FROM difference d"
    " JOIN snapshot s ON s.number = d.snapshot"
    " JOIN journal f ON f.kind = 'difference' AND f.kind <> 'movement'"
    " AND f.key = 'D-' || d.snapshot || '.' || d.n AND f.cause IS NOT NULL"
    " LEFT JOIN master m ON m.kind = 'location' AND m.key = d.site || '|' || d.location"
    " WHERE d.state = 'open' AND d.site = ?"
    " ORDER BY d.material, d.location, d.lot, d.disposition, s.system, f.number"
)
assert key_of(1, 2) == "D-1.2", "the statement spells the key"


class DifferenceView:
    """Differences that are open, of one snapshot of the database."""

    _sql: Callable[..., Any]
    _noted: set[str]

    def differences(self, site: SiteId) -> Mapping[MaterialId, tuple[StockDifference, ...]]:
        """Where other systems' lists differ from the record, and nobody knows why."""
        values: dict[MaterialId, list[StockDifference]] = defaultdict(list)
        references: dict[MaterialId, list[str]] = defaultdict(list)
        seen = set()
        for row in self._sql(OPEN, (site,)):
            if (row["snapshot"], row["n"]) in seen:
                continue  # a later entry about the same one
            seen.add((row["snapshot"], row["n"]))
            left = row["theirs"] - row["ours"] - row["explained"]
            values[row["material"]].append(
                StockDifference(
                    system=row["system"],
                    taken_at=instant(row["taken_at"]),
                    since=instant(row["since"]),
                    location=LocationId(row["location"]),
                    zone=ZoneId(row["zone"] or ""),
                    lot=LotId(row["lot"]),
                    disposition=row["disposition"],
                    ours=amount(row["ours"]),
                    theirs=amount(row["theirs"]),
                    unexplained=amount(left),
                    because=row["because"],
                )
            )
            references[row["material"]].append(f"#{row['entry']}")
        return Watched(
            {material: tuple(found) for material, found in values.items()},
            {material: tuple(found) for material, found in references.items()},
            self._noted,
        )
