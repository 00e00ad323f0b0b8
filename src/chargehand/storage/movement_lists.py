"""Movements by any dimension of the balances that they touched, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chargehand.storage.balances import KEYS, ZONE, Chosen
from chargehand.storage.looking_back import tail
from chargehand.storage.segment import ENDLESS, At, legs_of, placed, segments
from chargehand.storage.session import Row, Session

SLOTS_MAX = 2000
"""Balances that are looked up one by one; where more fit, the journal itself is read."""
READ_MAX = 20_000
"""Entries of the journal that are read for one window; it may be short, and the next goes on."""
AT_ONCE = 500
ENTRY = (
    "SELECT place, number, key, recorded_at, occurred_at, cause, actor, body, leaf FROM sequenced"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Movements of one window, and the place from which to go on; None at the end."""

    rows: list[Row]
    below: int | None


def movements(sql: Session, chosen: Chosen, *, below: int | None, limit: int) -> Window:
    """Movements that touched any of some balances, from below a place in the tree.

    An entry is listed from when it has its place in the tree.
    """
    below = ENDLESS if below is None else below
    if chosen == Chosen():
        return _read(sql, lambda _: True, below, limit)
    slots = _slots(sql, chosen)
    if len(slots) > SLOTS_MAX:
        return _read(sql, fits(sql, chosen), below, limit)
    places = _unsegmented(sql, chosen, below)
    for one in reversed(segments(sql)):
        if one.first < below and len(places) <= limit:
            places.update(_touched(sql, one.number, slots, below, limit + 1))
    found = sorted(places, reverse=True)[: limit + 1]
    rows = [_entry(sql, place) for place in found[:limit]]
    return Window(rows=rows, below=found[limit - 1] if len(found) > limit else None)


def movement(sql: Session, number: int) -> Row | None:
    """One movement by the number of its journal entry."""
    row: Row | None = sql.execute(
        f"{ENTRY} WHERE number = ? AND kind = 'movement'", (number,)
    ).fetchone()
    return row


def later_entries(sql: Session, row: Row, limit: int) -> list[Row]:
    """The newest entries after a movement that touched its first balance."""
    key = legs_of(row["body"])[0][0]
    slot = sql.execute(
        f"SELECT id FROM slot WHERE {' AND '.join(f'{name} = ?' for name in KEYS)}", key
    ).fetchone()
    places = {
        one["place"] for one in tail(sql)
        if (one["place"] or -1) > row["place"] and key in dict(legs_of(one["body"]))
    }  # fmt: skip
    for one in segments(sql) if slot is not None else ():
        if one.last > row["place"]:
            places |= _touched(sql, one.number, [slot[0]], ENDLESS, limit)
    newer = sorted(place for place in places if place > row["place"])
    return [_entry(sql, place) for place in newer[-limit:]]


def _entry(sql: Session, place: int) -> Row:
    row: Row | None = sql.execute(f"{ENTRY} WHERE place = ?", (place,)).fetchone()
    assert row is not None, f"place {place} has no entry"
    return row


def _slots(sql: Session, chosen: Chosen) -> list[int]:
    """The numbers of the balances that fit; one more than the most where there are too many."""
    clauses, values = chosen.clauses()
    same = " AND ".join(f"s.{key} = b.{key}" for key in KEYS)
    rows = sql.execute(
        f"SELECT s.id FROM balance b CROSS JOIN slot s WHERE {' AND '.join(clauses)} AND {same}"
        " LIMIT ?",
        (*values, SLOTS_MAX + 1),
    )
    return [row[0] for row in rows]


def _touched(sql: Session, segment: int, slots: Sequence[int], below: int, limit: int) -> set[int]:
    """The newest places of a segment at which some balances were touched."""
    found: set[int] = set()
    for at in range(0, len(slots), AT_ONCE):
        part = slots[at : at + AT_ONCE]
        marks = ", ".join("?" * len(part))
        rows = sql.execute(
            f"SELECT DISTINCT entry FROM history WHERE segment = ? AND slot IN ({marks})"
            " AND entry < ? ORDER BY entry DESC LIMIT ?",
            (segment, *part, below, limit),
        )
        found.update(row[0] for row in rows)
    return found


def _unsegmented(sql: Session, chosen: Chosen, below: int) -> set[int]:
    is_meant = fits(sql, chosen)
    return {
        row["place"] for row in tail(sql, chosen.patterns())
        if row["place"] is not None and row["place"] < below and is_meant(row["body"])
    }  # fmt: skip


def fits(sql: Session, chosen: Chosen) -> Callable[[str], bool]:
    """A test of a movement's text: whether one of its legs is of such a balance."""
    wanted = [(at, value) for at, value in enumerate(_key_parts(chosen)) if value is not None]
    accounts = None if chosen.zone is None else _accounts(sql, chosen.zone)

    def is_its(key: At) -> bool:
        site, _, location = key[0].partition("/")
        return (
            (chosen.site is None or site == chosen.site)
            and (chosen.location is None or location == chosen.location)
            and (accounts is None or key[0] in accounts)
            and all(key[at] == value for at, value in wanted)
        )

    return lambda body: any(is_its(key) for key, _ in legs_of(body))


def _key_parts(chosen: Chosen) -> tuple[str | None, ...]:
    return (
        None, chosen.material, chosen.lot, chosen.serial, chosen.handling_unit, chosen.disposition,
    )  # fmt: skip


def _accounts(sql: Session, zone: str) -> frozenset[str]:
    statement = ZONE.removeprefix("b.account IN (").removesuffix(")")
    return frozenset(row[0] for row in sql.execute(statement, (zone,)))


def _read(sql: Session, is_meant: Callable[[str], bool], below: int, limit: int) -> Window:
    """Read back through the journal for movements that fit."""
    rows: list[Row] = []
    at = min(below, placed(sql))
    floor = max(0, at - READ_MAX)
    for row in _backwards(sql, at, floor):
        if is_meant(row["body"]):
            rows.append(row)
        if len(rows) > limit:
            return Window(rows=rows[:limit], below=rows[limit - 1]["place"])
    return Window(rows=rows, below=floor or None)


def _backwards(sql: Session, top: int, floor: int) -> Iterator[Row]:
    while top > floor:
        bottom = max(floor, top - AT_ONCE)
        yield from sql.execute(
            f"{ENTRY} WHERE place >= ? AND place < ? AND kind = 'movement' ORDER BY place DESC",
            (bottom, top),
        ).fetchall()
        top = bottom
