"""What people are told: an escalation, a breaker, a demotion, a review that is due."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chargehand.governance.access import Act, KeyScope, sites_of
from chargehand.governance.authority import Person
from chargehand.governance.submission import ANY
from chargehand.plant import policies
from chargehand.plant.sign_in_held import UNLIMITED
from chargehand.storage import personal
from chargehand.storage.docket import Docket
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.refusal import Refusal, RefusalCode

AT_MOST = 500
"""Notices that a list shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One thing that people are told."""

    number: int
    topic: str
    site: str
    """``*``: every site."""
    text: str
    link: str
    """A path of the console; empty where there is nothing to open."""
    at: datetime
    seen_at: datetime | None


def notice(
    docket: Docket,
    topic: str,
    *,
    text: str,
    site: str = "*",
    roles: Iterable[str] = (),
    person: str = "",
    link: str = "",
) -> int:
    """Tell people something, in a transaction of the caller's; returns the notice's number.

    ``topic`` is one word, such as ``breaker``, ``escalation`` or ``review``; ``text`` says it in
    plain words, and what people wrote in it goes through ``docket.personal`` before. It is for
    those who hold any of the ``roles``, or for one ``person``; for everybody where neither is
    named. ``link`` is a path of the console, such as ``/autonomy``.
    """
    fields = {
        "topic": topic, "site": site, "roles": json.dumps(sorted(set(roles))), "person": person,
        "text": text, "link": link,
    }  # fmt: skip
    number = docket.entry("notice", topic, wire.canonical(fields), actor="chargehand")
    at = written(docket.now())
    docket.sql(
        "INSERT INTO notice (number, topic, site, roles, person, text, link, at, next_at, entry)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, *fields.values(), at, at, number),
    )
    return number


class Notices:
    """What people are told: an escalation, a breaker, a demotion, a review that is due."""

    store: Store

    def notices(
        self, *, person: str, unseen: bool = True, scope: KeyScope = UNLIMITED
    ) -> tuple[NoticeRow, ...]:
        """What somebody is told, the newest first: what is not seen yet, or all of it.

        ``scope``: what the key that they ask with is limited to.
        """
        with self.store.snapshot() as sql:
            reader = self._reader(person, scope)
            found = tuple(_row(row) for row in _for(sql, reader, unseen=unseen))
            return personal.shown(sql.execute, found[:AT_MOST])

    def unseen_notices(self, person: str) -> int:
        """How many things somebody is told that nobody has seen yet."""
        with self.store.snapshot() as sql:
            return len(_for(sql, self._reader(person, UNLIMITED), unseen=True))

    def notice_seen(self, number: int, *, by: str) -> Refusal | None:
        """Note that a notice has been seen by one of those whom it is for; done once."""
        reader = self._reader(by, UNLIMITED)
        unknown = Refusal(
            code=RefusalCode.UNKNOWN_ENTRY, because=f"there is no notice {number} for {by}"
        )

        def work(docket: Docket) -> Refusal | None:
            row = docket.sql("SELECT * FROM notice WHERE number = ?", (number,)).fetchone()
            if row is None or reader is None or not _is_for(row, reader):
                return unknown
            if row["seen_at"] is None:
                body = wire.canonical({"seen": number})
                docket.entry("notice", row["topic"], body, actor=by)
                at = written(docket.now())
                docket.sql("UPDATE notice SET seen_at = ? WHERE number = ?", (at, number))
            return None

        return self.store.write(work)

    def _reader(self, person: str, scope: KeyScope) -> _Reader | None:
        policy = policies.in_force(self.store)
        found = policy.person(person)
        if found is None or not found.active:
            return None
        return _Reader(
            person=found, sites=sites_of(found, Act.READ, policy, scope), limited=bool(scope.sites)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Somebody who is told things."""

    person: Person
    sites: frozenset[str]
    """Where they may see things."""
    limited: bool
    """Whether their key is for some sites only."""


def _for(sql: Session, reader: _Reader | None, *, unseen: bool) -> list[Any]:
    if reader is None:
        return []
    only = " WHERE seen_at IS NULL" if unseen else ""
    rows = sql.execute(f"SELECT * FROM notice{only} ORDER BY number DESC")
    return [row for row in rows if _is_for(row, reader)]


def _is_for(row: Any, reader: _Reader) -> bool:
    is_here = row["site"] == ANY or ANY in reader.sites or row["site"] in reader.sites
    if row["person"]:
        is_own = bool(row["person"] == reader.person.person)
        return is_own and (is_here or not reader.limited)
    roles = set(json.loads(row["roles"]))
    return is_here and (not roles or bool(roles & set(reader.person.roles)))


def _row(row: Any) -> NoticeRow:
    seen = row["seen_at"]
    return NoticeRow(
        number=row["number"], topic=row["topic"], site=row["site"], text=row["text"],
        link=row["link"], at=instant(row["at"]), seen_at=None if seen is None else instant(seen),
    )  # fmt: skip
