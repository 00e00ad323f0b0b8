"""Keys by which people and programs are known: kept as hashes, shown once, ended at will."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.wire import canonical

KEY, LOGIN, SESSION = "key", "login", "session"
MARKS = {KEY: "chk", LOGIN: "chl", SESSION: "chs"}
LIVES = {LOGIN: timedelta(minutes=10), SESSION: timedelta(hours=12)}


def issue(store: Store, kind: str, person: str, *, label: str = "", life: timedelta) -> str:
    """Make a credential and return it; only its hash is kept."""
    prefix = secrets.token_hex(6)
    secret = f"{MARKS[kind]}_{prefix}_{secrets.token_urlsafe(32)}"

    def work(docket: Docket) -> None:
        now = docket.now()
        expires_at = written(now + life)
        docket.sql(
            "INSERT INTO credential (prefix, kind, hash, person, label, created_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                prefix, kind, _hash(secret), person, label, written(now), expires_at,
            ),
        )  # fmt: skip
        fact = {
            "kind": kind, "label": label, "expires_at": expires_at, "sha256": seal(_hash(secret)),
        }  # fmt: skip
        docket.entry("credential", prefix, canonical(fact), actor=person)

    store.write(work)
    return secret


def seal(known: str) -> str:
    """Digest of what is kept of a secret: the journal holds it, and nobody signs in with it."""
    return _hash(known)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def holder(store: Store, kind: str, secret: str, now: datetime) -> str | None:
    """The person behind a credential; None where it is unknown, ended or out of date."""
    parts = secret.split("_", 2)
    if len(parts) != 3 or parts[0] != MARKS[kind]:  # noqa: PLR2004 - mark, prefix, secret
        return None
    with store.snapshot() as sql:
        row = sql.execute(
            "SELECT * FROM credential WHERE prefix = ? AND kind = ?", (parts[1], kind)
        ).fetchone()
    known = row["hash"] if row is not None else _hash("")
    if not hmac.compare_digest(known, _hash(secret)) or row is None:
        return None
    if row["ended_at"] is not None or instant(row["expires_at"]) <= now:
        return None
    return str(row["person"])


def end(store: Store, prefix: str) -> bool:
    """End a credential; False where there is none, or it has ended."""

    def work(docket: Docket) -> bool:
        done = docket.sql(
            "UPDATE credential SET ended_at = ? WHERE prefix = ? AND ended_at IS NULL",
            (written(docket.now()), prefix),
        )
        if done.rowcount:
            docket.entry("credential_ended", prefix, "{}", actor="chargehand")
        return bool(done.rowcount)

    return store.write(work)


def redeem(store: Store, token: str, now: datetime) -> str | None:
    """Turn a one-time login token into a session key; None where it is used up."""
    person = holder(store, LOGIN, token, now)
    if person is None or not end(store, token.split("_", 2)[1]):
        return None
    return issue(store, SESSION, person, life=LIVES[SESSION])
