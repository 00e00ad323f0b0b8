"""What becomes of a difference after its list: weighed by its value, and looked at again.

A list's differences are written down with the list. Here they are weighed against the plant's
tolerance, which asks for a hearing or lets them be, and looked at again when something was booked
or counted there: a movement that came late may explain them, and a count says who was right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chargehand.record.attribution import Line, Moved
from chargehand.record.reconciling import (
    CLOSED,
    EXPLAINED,
    OPEN,
    THEIRS,
    TOLERATED,
    change_state,
)
from chargehand.runtime import clock
from chargehand.settings import ReconciliationSettings
from chargehand.storage.reconciliation import standing
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.quantity import amount

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.storage.docket import Docket
    from chargehand.storage.session import Row, Session

CONSUMER = "reconciliation"
ACTOR = "chargehand"
A_YEAR = timedelta(days=365)
SHARE_A, SHARE_B = Decimal("0.8"), Decimal("0.95")
"""Materials that make up so much of a site's use in money are A; up to so much, B; the rest, C."""
COUNTING = "cycle_counting"
NAMES_SHOWN = 3
FRESH = (
    "SELECT d.* FROM difference d WHERE d.state = 'open' AND d.entry > ?"
    " ORDER BY d.snapshot, d.n LIMIT ?"
)
TOUCHED = (
    "SELECT DISTINCT d.*, s.taken_at, s.system FROM difference d"
    " JOIN snapshot s ON s.number = d.snapshot JOIN balance b ON b.account = d.site || '/' ||"
    " d.location AND b.material = d.material AND b.lot = d.lot AND b.disposition = d.disposition"
    " WHERE d.state IN ('open', 'tolerated') AND b.entry > ? ORDER BY d.snapshot, d.n"
)
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a material's differences count for at a site."""

    abc: str
    unit_cost: Decimal | None
    currency: str


def look_again(plant: Plant) -> int:
    """Weigh new differences, and look again at those where something happened; how many."""
    with plant.store.snapshot(settled=True) as sql:
        place = _place(sql)
        fresh = sql.execute(FRESH, (place, AT_ONCE)).fetchall()
        touched = sql.execute(TOUCHED, (place,)).fetchall()
        if not fresh and not touched:
            return 0
        newest = sql.execute("SELECT max(number) AS newest FROM journal").fetchone()
        end = int(newest["newest"]) if newest is not None else place
        if len(fresh) == AT_ONCE:
            end = min(end, int(fresh[-1]["entry"]))
        weights = _weights(sql, {SiteId(row["site"]) for row in fresh})
    tolerance = plant.settings.reconciliation

    def write(docket: Docket) -> None:
        for row in fresh:
            _weigh(docket, row, weights, tolerance)
        for rows in _by_list(touched):
            _again(docket, rows)
        docket.sql(
            "INSERT INTO consumer (name, place) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET place = excluded.place",
            (CONSUMER, end),
        )

    plant.store.write(write)
    return len(fresh) + len(touched)


def _place(sql: Session) -> int:
    row = sql.execute("SELECT place FROM consumer WHERE name = ?", (CONSUMER,)).fetchone()
    return -1 if row is None else int(row["place"])


def _weights(sql: Session, sites: Iterable[SiteId]) -> dict[tuple[str, str], Weight]:
    now = clock.now()
    view = SqlRecordView(sql, now)
    definitions = view.materials()
    found = {}
    for site in sites:
        used = view.used(site, (now - A_YEAR).date(), (now + timedelta(days=1)).date())
        costs = {name: definitions[name].unit_cost for name in definitions}
        worth = {
            name: used.get(name, Decimal(0)) * (cost.amount if cost else 0)
            for name, cost in costs.items()
        }
        classes = abc_classes(worth)
        for name, cost in costs.items():
            found[str(site), str(name)] = Weight(
                abc=classes[name],
                unit_cost=cost.amount if cost else None,
                currency=cost.currency if cost else "EUR",
            )
    return found


def abc_classes(worth: Mapping[MaterialId, Decimal]) -> dict[MaterialId, str]:
    """Each material's class by its share of a year's use in money: A, B or C.

    >>> abc_classes({MaterialId("x"): Decimal(80), MaterialId("y"): Decimal(15),
    ...              MaterialId("z"): Decimal(5)})
    {'x': 'A', 'y': 'B', 'z': 'C'}
    """
    total, before = sum(worth.values(), Decimal(0)), Decimal(0)
    classes = {}
    for name in sorted(worth, key=lambda one: (-worth[one], one)):
        share = before / total if total else Decimal(1)
        is_used = worth[name] > 0
        classes[name] = "C" if not is_used or share >= SHARE_B else "A" if share < SHARE_A else "B"
        before += worth[name]
    return classes


def _weigh(
    docket: Docket,
    row: Row,
    weights: Mapping[tuple[str, str], Weight],
    tolerance: ReconciliationSettings,
) -> None:
    """Let a small difference be, unless it is one of status; ask for a hearing about any other."""
    present = docket.sql(
        "SELECT state FROM difference WHERE snapshot = ? AND n = ?", (row["snapshot"], row["n"])
    ).fetchone()
    if present is None or present["state"] != OPEN:
        return
    one = standing(docket.transaction.session, row)
    weight = weights.get((row["site"], row["material"]))
    if weight is not None and weight.unit_cost is not None and not _is_of_status(docket, row):
        value = abs(amount(one.unexplained)) * weight.unit_cost
        limit = tolerance.of(weight.abc)
        if value <= limit:
            because = (
                f"{row['because']}; worth {value:.2f} {weight.currency}: within the tolerance of"
                f" {limit:.2f} for class {weight.abc}"
            )
            change_state(one, TOLERATED, because, docket, actor=ACTOR, cause=None)
            return
    docket.trigger(SiteId(row["site"]), row["material"])


def _is_of_status(docket: Docket, row: Row) -> bool:
    """Whether the lists differ in the status of stock: what may be used has no price."""
    found = docket.sql(
        "SELECT 1 FROM difference WHERE snapshot = ? AND location = ? AND material = ? AND lot = ?"
        " AND disposition <> ? AND (theirs - ours - explained) * ? < 0 LIMIT 1",
        (
            row["snapshot"], row["location"], row["material"], row["lot"], row["disposition"],
            1 if row["theirs"] - row["ours"] > row["explained"] else -1,
        ),
    )  # fmt: skip
    return found.fetchone() is not None


def _by_list(rows: Iterable[Row]) -> list[list[Row]]:
    lists: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        lists[row["snapshot"]].append(row)
    return list(lists.values())


def _again(docket: Docket, rows: list[Row]) -> None:
    """Look again at differences of one list, at whose places something was booked or counted."""
    taken_at, site = instant(rows[0]["taken_at"]), SiteId(rows[0]["site"])
    stood = docket.stood(site, frozenset(LocationId(row["location"]) for row in rows), taken_at)
    moved = docket.moved(
        site, frozenset(map(_line, rows)), taken_at - A_YEAR, recorded_since=taken_at
    )
    for row in rows:
        line = _line(row)
        moves = moved.get(line, [])
        verdict = _counted(docket, row, moves, taken_at) or _told_late(
            row, stood.get(line, 0), moves, taken_at
        )
        if verdict is None:
            continue
        state, because = verdict
        entry = change_state(
            standing(docket.transaction.session, row), state, because, docket, actor=ACTOR,
            cause=None,
        )  # fmt: skip
        docket.announce(entry, "difference")


def _line(row: Any) -> Line:
    return Line(row["location"], row["material"], row["lot"], row["disposition"])


def _counted(
    docket: Docket, row: Row, moves: Sequence[Moved], taken_at: datetime
) -> tuple[str, str] | None:
    """What a count since the list says."""
    counted = docket.sql(
        "SELECT max(counted_at) AS at FROM balance WHERE account = ? AND material = ?"
        " AND lot = ? AND disposition = ?",
        (f"{row['site']}/{row['location']}", row["material"], row["lot"], row["disposition"]),
    ).fetchone()
    if counted is None or counted["at"] is None or counted["at"] <= row["taken_at"]:
        return None
    found = sum(one.scaled for one in moves if one.business_step == COUNTING and one.at > taken_at)
    on = f"counted on {counted['at'][:10]}"
    if found == 0:
        return THEIRS, f"{on}: the record was right; {row['system']} has to correct its own"
    if found == row["theirs"] - row["ours"] - row["explained"]:
        return CLOSED, f"{on}: {row['system']} was right, and the record is corrected"
    return CLOSED, (
        f"{on}: {amount(found):+f} to what the record said, which is not what {row['system']}"
        " says; its next list shows what is left"
    )


def _told_late(
    row: Row, stood: int, moves: Sequence[Moved], taken_at: datetime
) -> tuple[str, str] | None:
    """Movements from before the list that came after it."""
    if row["theirs"] - stood - row["explained"] != 0:
        return None
    late = [one.key for one in moves if one.at <= taken_at and one.number > row["snapshot"]]
    if not late:
        return None
    names = ", ".join(late[:NAMES_SHOWN])
    return EXPLAINED, f"explained by {names}, which came after the list and happened before it"
