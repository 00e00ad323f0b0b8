"""Keys by which people and programs are known: kept as hashes, shown once, ended at will.

What a key is good for is judged by the journal; its row in the table can only make it end sooner.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from chargehand.governance.access import KeyScope
from chargehand.plant.sign_in_held import (
    BADGE,
    HANDHELD,
    KEY,
    LINK,
    LIVES,
    LOGIN,
    MARKS,
    PASSWORD,
    PASSWORD_WAY,
    PIN,
    PROVIDER,
    SESSION,
    UNLIMITED,
    Bearer,
    Held,
    scope_read,
    scope_text,
)
from chargehand.record.journal import Entry, leaf_hash
from chargehand.storage import personal
from chargehand.storage.docket import Docket
from chargehand.storage.session import Result, Row
from chargehand.storage.store import Store
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.wire import canonical

__all__ = [
    "BADGE", "HANDHELD", "KEY", "LINK", "LIVES", "LOGIN", "PASSWORD", "PASSWORD_WAY", "PIN",
    "PROVIDER", "SESSION", "UNLIMITED", "Bearer", "Held", "Wanted", "close", "end", "hash_of",
    "holder", "in_force", "is_locked", "issue", "keep", "listed", "opened", "put", "redeem", "seal",
    "touch",
]  # fmt: skip

TOUCH_KEY, TOUCH_SESSION = timedelta(hours=1), timedelta(minutes=1)
"""How often at most it is noted that a key or a session is in use."""
FORM = re.compile(r"([a-z]{3})_([0-9a-f]{12})_([0-9A-Za-z_-]{20,100})")
"""Mark, prefix and secret of a key."""
Sql = Callable[..., Result]
LOCKED, UNLOCKED = "account_locked", "account_unlocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A credential that is to be made."""

    kind: str
    person: str
    by: str
    """Who makes it."""
    life: timedelta
    label: str = ""
    scope: KeyScope = UNLIMITED


def issue(
    store: Store, kind: str, person: str, *, life: timedelta, label: str = "", by: str | None = None
) -> str:
    """Make a credential and return it; only its hash is kept."""
    wanted = Wanted(kind=kind, person=person, by=by or person, life=life, label=label)
    return store.write(lambda docket: put(docket, wanted))


def put(docket: Docket, wanted: Wanted) -> str:
    """Make a credential within a transaction and return it."""
    prefix = secrets.token_hex(6)
    secret = f"{MARKS[wanted.kind]}_{prefix}_{secrets.token_urlsafe(32)}"
    keep(docket, wanted, hash_of(secret), prefix)
    return secret


def keep(docket: Docket, wanted: Wanted, known: str, prefix: str) -> None:
    """Keep what is known of a secret (its hash) under the prefix that it is found by."""
    now = docket.now()
    expires_at, limits = written(now + wanted.life), scope_text(wanted.scope)
    label = wanted.label
    if wanted.kind == KEY:  # what a person wrote; of others it is a word of ours
        label = docket.personal(label, person=wanted.person)
    docket.sql(
        "INSERT INTO credential (prefix, kind, hash, person, label, created_at, expires_at, scope)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            prefix, wanted.kind, known, wanted.person, label, written(now), expires_at, limits,
        ),
    )  # fmt: skip
    fact = {
        "kind": wanted.kind, "label": label, "expires_at": expires_at,
        "sha256": seal(known), "person": wanted.person, "scope": limits,
    }  # fmt: skip
    docket.entry("credential", prefix, canonical(fact), actor=wanted.by)


def seal(known: str) -> str:
    """Digest of what is kept of a secret: the journal holds it, and nobody signs in with it."""
    return hash_of(known)


def hash_of(secret: str) -> str:
    """What is kept of a secret that nobody can guess."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def prefix_of(secret: str, *kinds: str) -> str | None:
    """The prefix of a key, where it has the form of one of these kinds."""
    found = FORM.fullmatch(secret)
    return found[2] if found and found[1] in {MARKS[kind] for kind in kinds} else None


def holder(store: Store, secret: str, now: datetime, *kinds: str) -> Held | None:
    """What is behind a key of these kinds; None where it is unknown, ended or out of date."""
    prefix = prefix_of(secret, *kinds)
    if prefix is None:
        return None
    with store.snapshot() as sql:
        held = opened(sql.execute, prefix, secret, now, *kinds)
        return None if held is None or is_locked(sql.execute, held.person) else held


def opened(sql: Sql, prefix: str, secret: str, now: datetime, *kinds: str) -> Held | None:
    """The credential that a secret opens."""
    held = in_force(sql, prefix, now)
    known = held.hash if held is not None else hash_of("")
    if not hmac.compare_digest(known, hash_of(secret)) or held is None:
        return None
    return held if held.kind in kinds else None


def in_force(sql: Sql, prefix: str, now: datetime) -> Held | None:
    """A credential that holds at a moment, as the journal has it; None where none does."""
    row = sql("SELECT * FROM credential WHERE prefix = ?", (prefix,)).fetchone()
    if row is None or row["ended_at"] is not None:
        return None
    held = _judged(sql, row)
    return held if held is not None and held.expires_at > now else None


def _judged(sql: Sql, row: Row) -> Held | None:
    """A row held against the journal; None where that knows it otherwise, or ended it."""
    try:
        return _held(sql, row)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None  # somebody edited the row into something that cannot be read


def _held(sql: Sql, row: Row) -> Held | None:
    told = sql(
        "SELECT * FROM journal WHERE kind <> 'movement' AND kind IN ('credential',"
        " 'credential_ended', 'credential_replaced') AND key = ? ORDER BY number",
        (row["prefix"],),
    ).fetchall()
    facts = [whole(one) for one in told]
    if not told or told[0]["kind"] != "credential" or facts[0] is None:
        return None
    fact = facts[0]
    person = fact.get("person", told[0]["actor"])
    if fact.get("sha256") != seal(row["hash"]) or person != row["person"]:
        return None
    ends = [instant(row["expires_at"]), instant(fact["expires_at"])]
    for one, said in zip(told[1:], facts[1:], strict=True):
        if one["kind"] != "credential_replaced" or said is None:
            return None
        ends.append(instant(said["expires_at"]))
    used = row["last_used_at"]
    return Held(
        prefix=row["prefix"], kind=fact["kind"], person=person, label=fact["label"],
        hash=row["hash"], scope=scope_read(fact.get("scope", "")),
        created_at=instant(told[0]["recorded_at"]), expires_at=min(ends),
        last_used_at=None if used is None else instant(used), replaced_by=row["replaced_by"],
    )  # fmt: skip


def whole(row: Row) -> dict[str, Any] | None:
    """What an entry of the journal says; None where it was edited."""
    fact = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
    try:
        is_whole = leaf_hash(fact.leaf_text()) == bytes(row["leaf"])
        return dict(json.loads(fact.body)) if is_whole else None
    except (TypeError, ValueError):
        return None


def listed(sql: Sql, now: datetime, *kinds: str, person: str | None = None) -> list[Held]:
    """The credentials in force of these kinds, of one person or of all, newest first."""
    marks = ", ".join("?" * len(kinds))
    whose = "" if person is None else " AND person = ?"
    rows = sql(
        f"SELECT * FROM credential WHERE kind IN ({marks}) AND ended_at IS NULL"
        f" AND expires_at > ?{whose} ORDER BY created_at DESC, prefix",
        (*kinds, written(now), *(() if person is None else (person,))),
    ).fetchall()
    found = [held for row in rows if (held := _judged(sql, row)) is not None]
    good = [held for held in found if held.kind in kinds and held.expires_at > now]
    return personal.shown(sql, good)


def is_locked(sql: Sql, person: str) -> bool:
    """Whether an administrator has locked a person's account: the last word of the journal."""
    row = sql(
        "SELECT kind FROM journal WHERE kind <> 'movement' AND kind IN (?, ?) AND key = ?"
        " ORDER BY number DESC LIMIT 1",
        (LOCKED, UNLOCKED, person),
    ).fetchone()
    return row is not None and row["kind"] == LOCKED


def end(store: Store, prefix: str, *, by: str = "chargehand") -> bool:
    """End a credential; False where there is none, or it has ended."""
    return store.write(lambda docket: close(docket, prefix, by=by))


def close(docket: Docket, prefix: str, *, by: str) -> bool:
    """End a credential within a transaction."""
    done = docket.sql(
        "UPDATE credential SET ended_at = ? WHERE prefix = ? AND ended_at IS NULL",
        (written(docket.now()), prefix),
    )
    ended = bool(done.rowcount)
    if ended:
        docket.entry("credential_ended", prefix, "{}", actor=by)
    return ended


def touch(store: Store, held: Held, now: datetime, every: timedelta) -> None:
    """Note that a credential is in use, where the last note is old enough."""
    if held.last_used_at is not None and now - held.last_used_at < every:
        return
    store.write(
        lambda docket: docket.sql(
            "UPDATE credential SET last_used_at = ? WHERE prefix = ?", (written(now), held.prefix)
        )
    )


def redeem(store: Store, token: str, life: timedelta) -> str | None:
    """Turn a one-time login token into a session key; None where it is used up."""
    prefix = prefix_of(token, LOGIN)
    if prefix is None:
        return None

    def work(docket: Docket) -> str | None:
        held = opened(docket.sql, prefix, token, docket.now(), LOGIN)
        if held is None or is_locked(docket.sql, held.person):
            return None
        if not close(docket, prefix, by=held.person):
            return None
        wanted = Wanted(kind=SESSION, person=held.person, by=held.person, life=life, label=LINK)
        return put(docket, wanted)

    return store.write(work)
