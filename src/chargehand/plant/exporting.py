"""Whole lists as files: stock, movements, the journal, lots; now, or as of a moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from itertools import chain
from types import MappingProxyType
from typing import Any

from chargehand.governance.access import Act, may, sites_of
from chargehand.plant import policies, whereabouts
from chargehand.plant.export_forms import MEDIA_TYPES, WRITERS, Columns, Kind
from chargehand.plant.stock_lists import Names, cut_of, movement_legs, stock_lines
from chargehand.storage.balances import Chosen
from chargehand.storage.looking_back import Cut
from chargehand.storage.movement_lists import fits
from chargehand.storage.segment import UNPLACED
from chargehand.storage.session import Row, Session
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.quantity import amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

FORMS = tuple(WRITERS)
NEEDS_TABLES = frozenset({"parquet", "arrow"})
T, A, M, N, D = Kind.TEXT, Kind.AMOUNT, Kind.MOMENT, Kind.NUMBER, Kind.DAY
WHERE = ("site", "zone", "location", "material", "description", "lot", "serial", "handling_unit")
STOCK: Columns = MappingProxyType(
    dict.fromkeys((*WHERE, "disposition"), T)
    | dict.fromkeys(("on_hand", "reserved", "held", "free"), A)
    | {"unit": T, "counted_at": M}
)
LEG = (
    "account", "site", "location", "material", "lot", "serial", "handling_unit", "disposition",
    "quantity", "unit",
)  # fmt: skip
MOVEMENTS: Columns = MappingProxyType(
    {"entry": N, "place": N, "leg": N, "key": T, "business_step": T, "occurred_at": M}
    | {"recorded_at": M, "actor": T, "cause": T, "corrects": T, "under_hold": T}
    | {name: A if name == "quantity" else T for name in LEG}
)
JOURNAL: Columns = MappingProxyType(
    {"place": N, "number": N, "kind": T, "key": T, "recorded_at": M, "occurred_at": M}
    | {"cause": T, "actor": T, "body": T, "leaf": T}
)
ENTRY = "number, kind, key, recorded_at, occurred_at, cause, actor, body, leaf"
LOTS: Columns = MappingProxyType(
    {"lot": T, "material": T, "description": T, "parent_lot": T, "status": T}
    | {"manufactured_on": D, "expires_on": D, "received_on": D, "supplier": T}
    | {"supplier_lot": T, "country": T, "on_hand": A, "unit": T}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is wanted of an export."""

    what: str
    form: str
    chosen: Chosen
    as_of: datetime | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file in the making; its snapshot of the database lasts as long as ``chunks`` is read."""

    name: str
    """Of the file, such as ``stock-2026-01-31.csv``."""
    media_type: str
    chunks: Iterator[bytes]


def not_theirs_to_take(store: Store, by: str, what: str, chosen: Chosen) -> Refusal | None:
    """Why an account may not take a list out: not at its site, or nowhere."""
    policy = policies.in_force(store)
    person = policy.person(by)
    if person is None:
        because = f"{by or 'nobody'} is not among the people of policy version {policy.version}"
        return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
    site = None if what == "journal" else chosen.site
    check = may(person, Act.EXPORT, site, policy)
    if check.passed:
        return None
    allowed = sites_of(person, Act.EXPORT, policy)
    if site is None and allowed and whereabouts.known_sites(store) <= allowed:
        return None
    return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=check.text)


def export(look: Callable[[], AbstractContextManager[Session]], asked: Asked) -> Export | Refusal:
    """Begin to write a list; refused where it needs a package that is not installed."""
    if asked.form in NEEDS_TABLES and find_spec("pyarrow") is None:
        because = (
            f"{asked.form} needs pyarrow, which is not installed here: pip install"
            " 'chargehand[tables]', or take csv"
        )
        return Refusal(code=RefusalCode.EXTRA_MISSING, because=because)
    columns, rows = LISTS[asked.what]

    def chunks() -> Iterator[bytes]:
        with look() as sql:
            yield from WRITERS[asked.form](columns, rows(sql, asked))

    moment = asked.as_of or asked.known_at
    day = "" if moment is None else f"-{moment:%Y-%m-%d-%H%M%S}"
    return Export(
        name=f"{asked.what}{day}.{asked.form}", media_type=MEDIA_TYPES[asked.form], chunks=chunks()
    )


def _stock(sql: Session, asked: Asked) -> Iterator[tuple[Any, ...]]:
    back = cut_of(sql, asked.as_of, asked.known_at)
    for line in stock_lines(sql, asked.chosen, back):
        yield tuple(getattr(line, name) for name in STOCK)


def _entries(sql: Session, asked: Asked, kinds: str) -> Iterator[Row]:
    """Entries in the order of the tree, as far as they were known at a moment."""
    back = cut_of(sql, None, asked.known_at) or Cut()
    return sql.stream(
        f"SELECT place, {ENTRY} FROM sequenced WHERE {kinds} place <= ? ORDER BY place",
        (back.place,),
    )


def _unplaced(sql: Session, asked: Asked) -> Iterator[Row]:
    """Movements that are committed and have no place in the tree yet; on PostgreSQL only."""
    if sql.engine != "postgres":
        return
    known = "" if asked.known_at is None else " AND recorded_at <= ?"
    yield from sql.stream(
        f"SELECT NULL AS place, {ENTRY} FROM journal WHERE kind = 'movement' AND {UNPLACED}{known}"
        " ORDER BY number",
        () if asked.known_at is None else (written(asked.known_at),),
    )


def _movements(sql: Session, asked: Asked) -> Iterator[tuple[Any, ...]]:
    names, is_meant = Names(sql), fits(sql, asked.chosen)
    until = None if asked.as_of is None else written(asked.as_of)
    placed = _entries(sql, asked, "kind = 'movement' AND")
    for row in chain(placed, _unplaced(sql, asked)):
        happened = row["occurred_at"] or row["recorded_at"]
        if (until is not None and happened > until) or not is_meant(row["body"]):
            continue
        yield from _movement(row, names)


def _movement(row: Row, names: Names) -> Iterator[tuple[Any, ...]]:
    body = json.loads(row["body"])
    head = (
        row["key"], body["business_step"], _moment(row["occurred_at"]),
        instant(row["recorded_at"]), row["actor"], row["cause"], body.get("corrects"),
        body.get("under_hold"),
    )  # fmt: skip
    for n, leg in enumerate(movement_legs(row["body"], body["unit"], names)):
        yield (row["number"], row["place"], n, *head, *(getattr(leg, name) for name in LEG))


def _journal(sql: Session, asked: Asked) -> Iterator[tuple[Any, ...]]:
    for row in _entries(sql, asked, ""):
        yield (
            row["place"], row["number"], row["kind"], row["key"], instant(row["recorded_at"]),
            _moment(row["occurred_at"]), row["cause"], row["actor"], row["body"],
            bytes(row["leaf"]).hex(),
        )  # fmt: skip


def _lots(sql: Session, asked: Asked) -> Iterator[tuple[Any, ...]]:
    """Lots that stand, or stood, anywhere; then those that are only defined."""
    clauses, values = asked.chosen.clauses()
    names = Names(sql)
    standing = sql.stream(
        "SELECT b.lot, b.material, sum(b.scaled) AS scaled, (SELECT m.body FROM master m"
        " WHERE m.kind = 'lot' AND m.key = b.material || '|' || b.lot) AS body FROM balance b"
        f" WHERE b.lot <> '' AND {' AND '.join(clauses)} GROUP BY b.lot, b.material"
        " ORDER BY b.lot, b.material",
        values,
    )
    for row in standing:
        yield _lot(row["lot"], row["material"], row["scaled"], row["body"], names)
    if asked.chosen != Chosen(material=asked.chosen.material, lot=asked.chosen.lot):
        return
    defined = sql.stream(
        "SELECT m.body FROM master m WHERE m.kind = 'lot' AND NOT EXISTS (SELECT 1 FROM balance b"
        " WHERE b.lot = json_extract(m.body, '$.lot') AND b.lot <> '' AND b.site <> ''"
        " AND b.material = json_extract(m.body, '$.material')) ORDER BY m.key"
    )
    for (body,) in defined:
        lot = wire.read(MaterialLot, body)
        if asked.chosen.material in {None, lot.material} and asked.chosen.lot in {None, lot.lot}:
            yield _lot(lot.lot, lot.material, 0, body, names)


def _lot(lot: str, material: str, scaled: int, body: str | None, names: Names) -> tuple[Any, ...]:
    description, unit = names.of_material(material)
    known = tuple(LOTS)[3:-2]
    if body is None:
        told: tuple[Any, ...] = (None,) * len(known)
    else:
        definition = wire.read(MaterialLot, body)
        told = tuple(getattr(definition, name) for name in known)
        told = tuple(str(one) if isinstance(one, str) else one for one in told)
    return (lot, material, description, *told, amount(scaled), unit)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else instant(text)


LISTS: Mapping[str, tuple[Columns, Callable[[Session, Asked], Iterator[tuple[Any, ...]]]]] = (
    MappingProxyType(
        {
            "stock": (STOCK, _stock),
            "movements": (MOVEMENTS, _movements),
            "journal": (JOURNAL, _journal),
            "lots": (LOTS, _lots),
        }
    )
)
"""What can be exported: its columns, and how its rows are read."""
