"""How often somebody may try to sign in: tries are counted before they are looked at.

A lock is for a name that was typed, whether or not anybody has it, or for an address of the
network. It is journalled once; the tries behind it are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from chargehand.storage.docket import Docket
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.wire import canonical

WINDOW = timedelta(minutes=15)
"""Failures older than this are forgotten, where they led to no lock."""
LOCK = timedelta(minutes=15)
"""The first lock; each further one within a day is twice as long."""
LOCK_MAX = MEMORY = timedelta(hours=24)
KEPT_MAX = 1000
"""Rows above which old ones are struck out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What is counted: a name or an address, hashed, and the failures that lock it."""

    mark: str
    failures_max: int
    person: str = ""
    """The person whose name it is; empty where nobody has it, or it is an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A try that may be looked at; it counts as failed until it is taken back."""

    tried: tuple[Tried, ...]
    locking: tuple[Tried, ...]
    """What is locked if this try fails."""


def by_name(name: str, person: str = "") -> Tried:
    """Count what somebody says who they are: 5 failures lock it."""
    return Tried(mark=mark_of("name", name), failures_max=5, person=person)


def by_address(address: str) -> Tried:
    """Count an address of the network: 20 failures lock it."""
    return Tried(mark=mark_of("address", address), failures_max=20)


def mark_of(kind: str, text: str) -> str:
    """What is kept of a name: people type passwords into the wrong field."""
    return f"{kind}:{sha256(text.casefold().encode('utf-8', 'replace')).hexdigest()[:32]}"


def admit(docket: Docket, tried: Sequence[Tried]) -> Admitted | datetime:
    """Count a try and let it be looked at, or say until when none is."""
    now = docket.now()
    rows = {one.mark: _row(docket, one.mark) for one in tried}
    locked = [until for found, _, until in rows.values() if found and until and until > now]
    if locked:
        return max(locked)
    _forget(docket, now)
    locking = tuple(one for one in tried if _count(docket, one, rows[one.mark], now))
    return Admitted(tried=tuple(tried), locking=locking)


Row = tuple[int, datetime | None, datetime | None]


def _row(docket: Docket, mark: str) -> Row:
    row = docket.sql("SELECT * FROM sign_in_failure WHERE subject = ?", (mark,)).fetchone()
    if row is None:
        return 0, None, None
    until = row["locked_until"]
    return row["failures"], instant(row["last_at"]), None if until is None else instant(until)


def _count(docket: Docket, tried: Tried, row: Row, now: datetime) -> bool:
    """Count a try; True where it locks, if it fails."""
    before, last, until = row
    memory = MEMORY if before >= tried.failures_max else WINDOW
    since = max(filter(None, (last, until)), default=now)
    failures = 1 if now - since > memory else before + 1
    locks, rest = divmod(failures, tried.failures_max)
    lock = None if rest else written(now + min(LOCK * 2 ** min(locks - 1, 10), LOCK_MAX))
    docket.sql(
        "INSERT INTO sign_in_failure (subject, failures, last_at, locked_until)"
        " VALUES (?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures,"
        " last_at = excluded.last_at, locked_until = excluded.locked_until",
        (tried.mark, failures, written(now), lock),
    )
    return lock is not None


def failed(docket: Docket, admitted: Admitted) -> None:
    """Note the locks that a failed try brings; the try itself is counted already."""
    for tried in admitted.locking:
        failures, _, until = _row(docket, tried.mark)
        if until is None:
            continue  # another try of the same name was right meanwhile
        fact = {"failures": failures, "locked_until": written(until), "person": tried.person}
        docket.entry("sign_in_locked", tried.mark, canonical(fact), actor="chargehand")


def passed(docket: Docket, admitted: Admitted) -> None:
    """Take a try back that was right: its name begins anew, its address has one failure less."""
    for tried in admitted.tried:
        if tried.mark.startswith("name:"):
            docket.sql("DELETE FROM sign_in_failure WHERE subject = ?", (tried.mark,))
            continue
        lock = "NULL" if tried in admitted.locking else "locked_until"
        docket.sql(
            f"UPDATE sign_in_failure SET failures = failures - 1, locked_until = {lock}"
            " WHERE subject = ? AND failures > 0",
            (tried.mark,),
        )


def locked_until(docket: Docket, mark: str) -> datetime | None:
    """Until when a name or address is locked; None where it is not."""
    _, _, until = _row(docket, mark)
    return until if until is not None and until > docket.now() else None


def unlock(docket: Docket, mark: str, *, by: str) -> bool:
    """End a lock; False where there is none."""
    if locked_until(docket, mark) is None:
        return False
    docket.sql("DELETE FROM sign_in_failure WHERE subject = ?", (mark,))
    docket.entry("sign_in_unlocked", mark, "{}", actor=by)
    return True


def _forget(docket: Docket, now: datetime) -> None:
    """Strike out what no longer counts, where there is much of it."""
    found = docket.sql("SELECT count(*) FROM sign_in_failure").fetchone()
    if found is not None and found[0] > KEPT_MAX:
        docket.sql(
            "DELETE FROM sign_in_failure WHERE last_at < ? AND (locked_until IS NULL"
            " OR locked_until < ?)",
            (written(now - MEMORY), written(now)),
        )
