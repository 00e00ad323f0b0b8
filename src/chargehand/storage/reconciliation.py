"""Other systems' lists, and where they differ from the record, of one transaction in SQL."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chargehand.record.attribution import Difference, Line, Moved
from chargehand.record.difference_words import because
from chargehand.record.ledger import storage
from chargehand.record.reconciling import STANDING, Standing, key_of
from chargehand.signals.stock_kinds import SnapshotReported
from chargehand.storage.lineage import LineageBook
from chargehand.storage.session import Session
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, LotId, MaterialId, SiteId
from chargehand.vocabulary.instant import instant, written

CLOCK_AHEAD = timedelta(hours=1)
"""By how much a source's clock may be ahead of ours, so that a movement seems later than it is."""
PLACES_AT_ONCE = 400
SUMS = "SELECT location, material, lot, disposition, sum(scaled) AS scaled FROM balance WHERE"
MOVES = (
    "SELECT number, key, cause, coalesce(occurred_at, recorded_at) AS at, body FROM journal"
    " WHERE number >= ? AND kind = 'movement' ORDER BY number"
)
_STANDING = ", ".join(f"'{state}'" for state in sorted(STANDING))


class ReconciliationBook(LineageBook):
    """Keeps what came of each list."""

    def stood(
        self, site: SiteId, places: frozenset[LocationId], moment: datetime
    ) -> dict[Line, int]:
        """What stood in a site (in some places, or all) at a moment, but for empty lines.

        The balances of now, less what happened after the moment. Movements that a source dated
        more than ``CLOCK_AHEAD`` into the future count as having happened when they were told.
        """
        session, after = self.transaction.session, written(moment)
        found = dict(_standing_now(session, site, places))
        for row in _moves(session, site, moment):
            if row["at"] > after:
                for line, scaled in _changes(json.loads(row["body"]), site).items():
                    if not places or line.location in places:
                        found[line] = found.get(line, 0) - scaled
        return {line: scaled for line, scaled in found.items() if scaled}

    def moved(
        self,
        site: SiteId,
        lines: frozenset[Line],
        since: datetime,
        *,
        recorded_since: datetime | None = None,
    ) -> dict[Line, list[Moved]]:
        """What happened to some lines of a site since a moment, in the order of its happening.

        ``recorded_since`` leaves out what was recorded before it, where only news are wanted.
        """
        found: dict[Line, list[Moved]] = defaultdict(list)
        began = written(since)
        for row in _moves(self.transaction.session, site, recorded_since or since):
            if row["at"] <= began:
                continue
            body = json.loads(row["body"])
            for line, scaled in _changes(body, site).items():
                if line in lines:
                    found[line].append(
                        Moved(
                            number=row["number"], key=row["key"], cause=row["cause"],
                            at=instant(row["at"]), scaled=scaled,
                            business_step=body["business_step"],
                        )
                    )  # fmt: skip
        for one in found.values():
            one.sort(key=lambda moved: (moved.at, moved.number))
        return found

    def tasks_under_way(self, site: SiteId) -> Mapping[Line, Sequence[tuple[str, int]]]:
        """What tasks that are sent and not confirmed will do to each line."""
        found: dict[Line, list[tuple[str, int]]] = defaultdict(list)
        for row in self.sql(
            "SELECT r.* FROM reservation r JOIN orders o ON o.key = r.key WHERE r.state = 'open'"
            " AND o.state = 'sent' AND (r.site = ? OR r.to_site = ?) ORDER BY r.key, r.n",
            (site, site),
        ):
            rest = (row["material"], row["lot"], row["disposition"])
            if row["site"] == site:
                found[Line(row["location"], *rest)].append((row["key"], -row["scaled"]))
            if row["to_site"] == site and row["to_location"]:
                found[Line(row["to_location"], *rest)].append((row["key"], row["scaled"]))
        return found

    def last_list(self, system: str, site: SiteId) -> str | None:
        """The moment of a system's newest list of a site; None where it sent none yet."""
        row = self.sql(
            "SELECT max(taken_at) AS newest FROM snapshot WHERE system = ? AND site = ?",
            (system, site),
        ).fetchone()
        return None if row is None else row["newest"]

    def same_list(self, entry: int, system: str, site: SiteId, taken_at: datetime) -> bool:
        """Whether a system told the same list of that moment before, under another key."""
        row = self.sql(
            "SELECT 1 FROM snapshot s JOIN journal old ON old.number = s.number"
            " JOIN journal new ON new.body = old.body WHERE s.system = ? AND s.site = ?"
            " AND s.taken_at = ? AND new.number = ?",
            (system, site, written(taken_at), entry),
        ).fetchone()
        return row is not None

    def standing_differences(self, system: str, site: SiteId) -> list[Standing]:
        """What its lists so far have left, in order of their lines."""
        rows = self.sql(
            "SELECT d.* FROM difference d JOIN snapshot s ON s.number = d.snapshot"
            f" WHERE d.state IN ({_STANDING}) AND d.site = ? AND s.system = ?"
            " ORDER BY d.location, d.material, d.lot, d.disposition",
            (site, system),
        ).fetchall()
        return [standing(self.transaction.session, row) for row in rows]

    def put_list(
        self, body: SnapshotReported, entry: int, number: int, *, lines: int, differing: int
    ) -> None:
        """Keep what came of a list."""
        self.sql(
            "INSERT INTO snapshot (number, system, site, taken_at, lines, differing, entry)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (entry, body.system, body.site, written(body.taken_at), lines, differing, number),
        )

    def put_difference(
        self, snapshot: int, n: int, site: SiteId, one: Difference, state: str, entry: int
    ) -> None:
        """Keep one difference."""
        self.sql(
            "INSERT INTO difference (snapshot, n, site, location, material, lot, disposition,"
            " ours, theirs, explained, because, state, entry)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                snapshot, n, site, one.line.location, one.line.material, one.line.lot,
                one.line.disposition, one.ours, one.theirs, one.explained, because(one), state,
                entry,
            ),
        )  # fmt: skip

    def move_difference(self, snapshot: int, n: int, state: str, because: str, entry: int) -> None:
        """Let a difference be in another state."""
        self.sql(
            "UPDATE difference SET state = ?, because = ?, entry = ? WHERE snapshot = ? AND n = ?",
            (state, because, entry, snapshot, n),
        )

    def announce(self, entry: int, topic: str) -> None:
        """Let those who follow the outbox know of an entry."""
        self.sql("INSERT INTO outbox (number, topic) VALUES (?, ?)", (entry, topic))


def standing(sql: Session, row: Any) -> Standing:
    """A row of ``difference`` as what the lists so far have left."""
    first = sql.execute(
        "SELECT body FROM journal WHERE kind = 'difference' AND kind <> 'movement' AND key = ?"
        " ORDER BY number LIMIT 1",
        (key_of(row["snapshot"], row["n"]),),
    ).fetchone()
    return Standing(
        snapshot=row["snapshot"],
        n=row["n"],
        line=Line(row["location"], row["material"], row["lot"], row["disposition"]),
        unexplained=row["theirs"] - row["ours"] - row["explained"],
        state=row["state"],
        since="" if first is None else json.loads(first["body"]).get("since", ""),
    )


def _standing_now(
    sql: Session, site: SiteId, places: frozenset[LocationId]
) -> Iterator[tuple[Line, int]]:
    group = " GROUP BY location, material, lot, disposition"
    chunks = [("site = ?", [str(site)])]
    if places:
        accounts = sorted(str(storage(site, place)) for place in places)
        parts = [
            accounts[at : at + PLACES_AT_ONCE] for at in range(0, len(accounts), PLACES_AT_ONCE)
        ]
        chunks = [(f"account IN ({', '.join('?' * len(part))})", part) for part in parts]
    for where, values in chunks:
        for row in sql.execute(f"{SUMS} {where}{group}", values):
            yield Line(row["location"], row["material"], row["lot"], row["disposition"]), row[4]


def _moves(sql: Session, site: SiteId, since: datetime) -> Iterator[Any]:
    """Movements of a site recorded from a moment on, or a little before it."""
    ours = f'"account":{wire.canonical(site)[:-1]}/'
    for row in sql.stream(MOVES, (_first_since(sql, written(since - CLOCK_AHEAD)),)):
        if ours in row["body"]:
            yield row


def _first_since(sql: Session, moment: str) -> int:
    """The first entry recorded at a moment or later, by halving: entries come in that order."""
    newest = sql.execute("SELECT max(number) FROM journal").fetchone()
    low, high = 0, 0 if newest is None or newest[0] is None else newest[0] + 1
    while low < high:
        middle = (low + high) // 2
        row = sql.execute(
            "SELECT number, recorded_at FROM journal WHERE number >= ? ORDER BY number LIMIT 1",
            (middle,),
        ).fetchone()
        if row is None or row["recorded_at"] >= moment:
            high = middle
        else:
            low = row["number"] + 1
    return low


def _changes(body: Mapping[str, Any], site: SiteId) -> dict[Line, int]:
    """What a movement did to each line of a site."""
    changes: dict[Line, int] = defaultdict(int)
    for leg in body["legs"]:
        key = leg["key"]
        at, _, place = key["account"].partition("/")
        if at == site:
            line = Line(
                LocationId(place), MaterialId(key["material"]), LotId(key["lot"]),
                key["disposition"],
            )  # fmt: skip
            changes[line] += leg["scaled"]
    return {line: scaled for line, scaled in changes.items() if scaled}
