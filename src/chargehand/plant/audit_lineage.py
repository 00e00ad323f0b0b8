"""Genealogy and handling units against the journal: each row is what the entries make of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from chargehand.plant.audit_record import Inbox
from chargehand.plant.audit_rows import Fact, Rows, differences
from chargehand.record.journal import Entry
from chargehand.record.ledger import Movement
from chargehand.record.lineage import Link, LotKey
from chargehand.record.producing import origin_of
from chargehand.record.production import links_of, report_of
from chargehand.signals.signal import Status
from chargehand.signals.stock_kinds import ProductionReported
from chargehand.storage.lineage import relabeled
from chargehand.storage.production_reports import reports_of
from chargehand.storage.session import Session
from chargehand.vocabulary import wire
from chargehand.vocabulary.lot import MaterialLot


class Genealogy:
    """What went into what is what reports of production, movements and definitions tell."""

    kinds = frozenset({"production_reported", "lot_defined", "movement"})

    def __init__(self, sql: Session, inbox: Inbox) -> None:
        self._sql = sql
        self._inbox = inbox
        self._rows = Rows(sql, "genealogy")
        self._report: Entry | None = None
        """The report of production whose movement comes next."""

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        links: Sequence[Link] = ()
        if entry.kind == "production_reported":
            is_booked = self._inbox.status == Status.ACCEPTED  # else its key may mean another thing
            self._report = entry if is_booked else None
        elif entry.kind == "lot_defined":
            links = self._origin(entry, fact)
        else:
            links = self._moved(entry, fact)
        found = sorted(self._rows.of(entry.number), key=lambda row: row["n"])
        what = f"the genealogy of {entry.kind} {entry.key}"
        if len(found) != len(links):
            yield f"{what} has {len(found)} rows, and its entry {entry.number} makes {len(links)}"
            return
        for n, (row, link) in enumerate(zip(found, links, strict=True)):
            yield from differences(what, row, _columns(n, link), entry.number)

    def _origin(self, entry: Entry, fact: Fact) -> Sequence[Link]:
        """What a definition tells of a lot's origin, while it holds."""
        if self._inbox.status != Status.ACCEPTED:
            return ()
        lot = wire.read_plain(MaterialLot, fact["definition"])
        row = self._sql.execute(
            "SELECT entry FROM master WHERE kind = 'lot' AND key = ?",
            (f"{lot.material}|{lot.lot}",),
        ).fetchone()
        if row is None or row["entry"] != entry.number:
            return ()
        return origin_of(lot, entry.number, entry.occurred_at or entry.recorded_at)

    def _moved(self, entry: Entry, fact: Fact) -> Sequence[Link]:
        told, self._report = self._report, None
        at = entry.occurred_at or entry.recorded_at
        if told is not None and entry.cause == told.key:
            body = wire.read(ProductionReported, told.body)
            movement = wire.read(Movement, entry.body)
            around = []
            if movement.corrects is not None:
                known = reports_of(self._sql.execute, body.site, body.order)
                around = [one for one in known if one.key == movement.corrects][-1:]
            report = report_of(entry.number, movement, body, at, around)
            return links_of(report, body.site, body.order, around)
        return relabeled(wire.read(Movement, entry.body), at) if _changes_lots(fact) else ()

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        yield from self._rows.end("report, movement or definition")


def _changes_lots(fact: Fact) -> bool:
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    for leg in fact["legs"]:
        key = leg["key"]
        sums[key["material"], key["lot"], key.get("serial", "")] += leg["scaled"]
    return any(sums.values())


def _columns(n: int, link: Link) -> dict[str, object]:
    return {
        "n": n, "site": link.site, "order_key": link.order, "kind": link.kind,
        "used_scaled": link.used_scaled, "made_scaled": link.made_scaled,
        "backflushed": int(link.is_backflushed), "at": link.at,
        **_lot("used", link.used), **_lot("made", link.made),
    }  # fmt: skip


def _lot(side: str, key: LotKey | None) -> dict[str, str]:
    values = ("", "", "") if key is None else (key.material, key.lot, key.serial)
    names = (f"{side}_{name}" for name in ("material", "lot", "serial"))
    return dict(zip(names, values, strict=True))
