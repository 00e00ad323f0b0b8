"""At which sites something stands, by its key: for whoever asks who may see or tell of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from chargehand.governance import access
from chargehand.governance.access import Act, KeyScope
from chargehand.governance.authority import Person
from chargehand.plant import policies
from chargehand.plant.naming import proposal_number
from chargehand.storage.session import Session
from chargehand.storage.store import Store

Sites = frozenset[str]
ENTRY_DIGITS = 16
NOWHERE: Sites = frozenset()
"""It is known, and stands at no site (any more)."""


def sites_of(store: Store, kind: str, *key: str) -> Sites | None:
    """The sites of a thing of a kind of ``FINDERS``; None where there is no such thing."""
    with store.snapshot() as sql:
        return FINDERS[kind](sql, *key)


def known_sites(store: Store) -> Sites:
    """Every site that the record knows a place or stock of."""
    with store.snapshot() as sql:
        return every_site(sql)


def every_site(sql: Session) -> Sites:
    """Every site that the record knows a place or stock of, within a snapshot or transaction."""
    rows = sql.execute(
        "SELECT DISTINCT site FROM master WHERE site <> ''"
        " UNION SELECT DISTINCT site FROM balance WHERE site <> ''"
    ).fetchall()
    return frozenset(row["site"] for row in rows)


def _by(statement: str) -> Callable[..., Sites | None]:
    """The sites in the rows that a statement finds; None where it finds none."""

    def find(sql: Session, *key: object) -> Sites | None:
        rows = sql.execute(statement, key).fetchall()
        return frozenset(row["site"] for row in rows if row["site"]) if rows else None

    return find


def _proposal(sql: Session, id: str) -> Sites | None:
    number = proposal_number(id)
    if number is None:
        return None
    return _by("SELECT site FROM proposal WHERE number = ?")(sql, number)


def _difference(sql: Session, id: str) -> Sites | None:
    snapshot, _, _ = id.removeprefix("D-").partition(".")
    if not snapshot.isdecimal() or len(snapshot) > ENTRY_DIGITS:
        return None
    return _by("SELECT site FROM snapshot WHERE number = ?")(sql, int(snapshot))


def _lot(sql: Session, material: str, lot: str) -> Sites | None:
    """Where a lot stands or ever stood: its empty balances stay."""
    found = _by("SELECT DISTINCT site FROM balance WHERE material = ? AND lot = ?")
    return found(sql, material, lot)


def _movement(sql: Session, entry: str) -> Sites | None:
    if not entry.isdecimal() or len(entry) > ENTRY_DIGITS:
        return None
    row = sql.execute(
        "SELECT body FROM journal WHERE number = ? AND kind = 'movement'", (int(entry),)
    ).fetchone()
    if row is None:
        return None
    accounts = {leg["key"]["account"] for leg in json.loads(row["body"])["legs"]}
    return frozenset(one.partition("/")[0] for one in accounts if not one.startswith("~"))


def _review(sql: Session, number: str) -> Sites | None:
    if not number.isdecimal() or len(number) > ENTRY_DIGITS:
        return None
    return _by("SELECT site FROM review WHERE number = ?")(sql, int(number))


FINDERS: Mapping[str, Callable[..., Sites | None]] = MappingProxyType(
    {
        "proposal": _proposal,
        "task": _by("SELECT site FROM orders WHERE key = ?"),
        "hold": _by("SELECT site FROM hold WHERE key = ?"),
        "reservation": _by("SELECT site FROM reservation WHERE key = ?"),
        "handling_unit": _by("SELECT site FROM handling_unit WHERE unit = ?"),
        "difference": _difference,
        "movement": _movement,
        "review": _review,
        "lot": _lot,
    }
)
"""How the sites of a thing are found, by its kind."""


class Whereabouts:
    """Where things stand, and where somebody may do an act: for the pages of the console."""

    store: Store

    def sites_where(self, person: Person, act: Act, scope: KeyScope) -> Sites:
        """The sites where somebody may do an act: ``{"*"}`` for all of them, empty for none."""
        return access.sites_of(person, act, policies.in_force(self.store), scope)

    def stands_at(self, kind: str, *key: str) -> Sites | None:
        """The sites of a thing of a kind of ``FINDERS``; None where there is no such thing."""
        return sites_of(self.store, kind, *key)

    def all_sites(self) -> Sites:
        """Every site that the record knows a place or stock of."""
        return known_sites(self.store)
