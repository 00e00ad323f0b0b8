"""Movements of some balances, found through the history's sorted runs and the journal's tail."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from chargehand.record.ledger import Movement
from chargehand.storage.looking_back import holds_text, tail
from chargehand.storage.movements import EFFECTS_MAX
from chargehand.storage.segment import legs_of
from chargehand.storage.session import Row, Session
from chargehand.vocabulary import wire

CHUNK = 500
"""Entries that one statement asks for."""
DOCUMENTED = (
    "goods_received", "handling_unit_moved", "movement_reported", "production_reported",
    "reservation_picked", "stock_moved",
)  # fmt: skip
"""Signals that may name a document, or an order."""
OUTSIDE = "~"
"""How the names of outside accounts begin."""
TWIN = (
    "WITH RECURSIVE known(source) AS (SELECT min(source) FROM inbox UNION ALL"
    " SELECT (SELECT min(i.source) FROM inbox i WHERE i.source > known.source) FROM known"
    " WHERE known.source IS NOT NULL)"
    " SELECT i.entry FROM known JOIN inbox i ON i.source = known.source WHERE i.source <> ?"
    " AND i.key = ? AND i.status = 'accepted' ORDER BY i.entry LIMIT 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A movement, and when it happened."""

    movement: Movement
    at: str


def movements_of(sql: Session, account: str, material: str, lot: str | None = None) -> list[Moved]:
    """Movements of a material's balances in an account, in the order of their entries."""
    lots = "" if lot is None else " AND lot = ?"
    wanted = [account, material, *(() if lot is None else (lot,))]
    slots = [
        row["id"]
        for row in sql.execute(
            f"SELECT id FROM slot WHERE account = ? AND material = ?{lots}", wanted
        )
    ]
    found = _in_segments(sql, slots)
    patterns = [holds_text("account", account), holds_text("material", material)]
    patterns += [] if lot is None else [holds_text("lot", lot)]
    found += [_moved(row["at"], row["body"]) for row in tail(sql, patterns)]
    return [one for one in found if _touches(one.movement, account, material, lot)]


class OutsideMovements:
    """Movements of lots to and from the outside; the journal's tail is read once for all lots."""

    def __init__(self, sql: Session, accounts: Collection[str]) -> None:
        self._sql = sql
        self._accounts = sorted(accounts)
        self._tail: dict[tuple[str, str], list[tuple[str, str]]] | None = None

    def of(self, material: str, lot: str) -> list[Moved]:
        """Those of one lot; of what has no lot where it is empty."""
        marks = ", ".join("?" * len(self._accounts))
        rows = self._sql.execute(
            f"SELECT id FROM slot WHERE material = ? AND lot = ? AND account IN ({marks})",
            (material, lot, *self._accounts),
        )
        found = _in_segments(self._sql, [row["id"] for row in rows])
        if self._tail is None:
            self._tail = self._read_tail()
        return found + [_moved(*one) for one in self._tail.get((material, lot), ())]

    def _read_tail(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        outside = holds_text("account", OUTSIDE, whole=False)
        for row in tail(self._sql, [outside]):
            lots = {at[1:3] for at, _ in legs_of(row["body"]) if at[0] in self._accounts}
            for material, lot in lots:
                found.setdefault((material, lot), []).append((row["at"], row["body"]))
        return found


def _in_segments(sql: Session, slots: Sequence[int]) -> list[Moved]:
    places: set[int] = set()
    for slot in slots:
        rows = sql.execute(
            "SELECT h.entry FROM segment g CROSS JOIN history h WHERE h.segment = g.number"
            " AND h.slot = ?",
            (slot,),
        )
        places.update(row["entry"] for row in rows)
    return [_moved(row["at"], row["body"]) for row in _entries(sql, sorted(places))]


def _entries(sql: Session, places: Sequence[int]) -> Iterator[dict[str, str]]:
    for start in range(0, len(places), CHUNK):
        some = places[start : start + CHUNK]
        marks = ", ".join("?" * len(some))
        yield from sql.execute(
            "SELECT coalesce(occurred_at, recorded_at) AS at, body FROM sequenced"
            f" WHERE place IN ({marks}) ORDER BY place",
            some,
        )


def _moved(at: str, body: str) -> Moved:
    return Moved(movement=wire.read(Movement, body), at=at)


def _touches(movement: Movement, account: str, material: str, lot: str | None) -> bool:
    return any(
        leg.key.account == account and leg.key.material == material and lot in {None, leg.key.lot}
        for leg in movement.legs
    )


def told_as(sql: Session, key: str) -> str | None:
    """The body of the signal that caused a movement, where it is one that may name a document."""
    marks = ", ".join("?" * len(DOCUMENTED))
    row = sql.execute(
        f"SELECT body FROM journal WHERE kind IN ({marks}) AND kind <> 'movement' AND key = ?"
        " ORDER BY number DESC LIMIT 1",
        (*DOCUMENTED, key),
    ).fetchone()
    return None if row is None else str(row["body"])


def named_by(sql: Session, key: str) -> str:
    """The document that a movement names itself, where it came in without an entry beside it."""
    for number in _told_at(sql, key):
        row = sql.execute(
            "SELECT cause FROM journal WHERE number = ? AND kind = 'movement'", (number,)
        ).fetchone()
        if row is not None:
            return row["cause"] or ""
    return ""


def posted_as(sql: Session, key: str) -> Row | None:
    """The entry of a movement, by its key or by that of the signal that caused it."""
    effect = sql.execute(
        "SELECT max(number) AS number FROM journal WHERE kind = 'effect' AND kind <> 'movement'"
        " AND key = ?",
        (key,),
    ).fetchone()
    of_task = [] if effect is None or effect["number"] is None else [int(effect["number"])]
    for number in (*_told_at(sql, key), *of_task):
        row: Row | None = sql.execute(
            "SELECT number, body, occurred_at, recorded_at FROM journal WHERE number >= ?"
            " AND number <= ? AND kind = 'movement' AND (key = ? OR cause = ?)"
            " ORDER BY number LIMIT 1",
            (number, number + EFFECTS_MAX, key, key),
        ).fetchone()
        if row is not None:
            return row
    return None


def _told_at(sql: Session, key: str) -> Iterator[int]:
    """Entries that a key (source/key) came in by."""
    at = key.find("/")
    while at >= 0:  # a source's name may hold the sign that parts it from the key
        row = sql.execute(
            "SELECT entry FROM inbox WHERE source = ? AND key = ? AND status = 'accepted'",
            (key[:at], key[at + 1 :]),
        ).fetchone()
        if row is not None:
            yield int(row["entry"])
        at = key.find("/", at + 1)


def told_elsewhere(sql: Session, source: str, key: str) -> int | None:
    """The entry by which another source told what has the same key, where it was accepted.

    Found by the names of the sources, which are few, since keys have an index below them only.
    """
    row = sql.execute(TWIN, (source, key)).fetchone()
    return None if row is None else int(row["entry"])


def order_of_reservation(sql: Session, key: str) -> str:
    """The order that stock was set aside for; empty where none is named."""
    row = sql.execute("SELECT for_order FROM reservation WHERE key = ? LIMIT 1", (key,)).fetchone()
    return "" if row is None else row["for_order"] or ""


def keys_of(sql: Session, entries: Collection[int]) -> set[str]:
    """Keys of the movements at some entries of the journal."""
    numbers = sorted(entries)
    found: set[str] = set()
    for start in range(0, len(numbers), CHUNK):
        some = numbers[start : start + CHUNK]
        marks = ", ".join("?" * len(some))
        rows = sql.execute(
            f"SELECT key FROM journal WHERE number IN ({marks}) AND kind = 'movement'", some
        )
        found.update(row["key"] for row in rows)
    return found
