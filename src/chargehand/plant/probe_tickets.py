"""What binds a probe to the journal, without telling which of its proposals are probes.

A week begins with a batch of commitments, each a hash over a salt that nobody is told: a ticket.
Every proposal carries a seal in its journal entry. That of a real one is chance; that of a probe is
made from a ticket's salt, its number and what is wrong with it. Who does not know the salt cannot
tell the two apart; once it is told, everybody can check that it was a probe from the start.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from chargehand.plant.journalled import backwards, whole
from chargehand.storage.docket import Docket
from chargehand.storage.session import Result
from chargehand.vocabulary.wire import canonical

KIND = "probe"
SALT_BYTES = 16
HALF = 32
"""Hexadecimal digits of a seal that tell of its number; the others tell what is wrong."""
Sql = Callable[..., Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A commitment that a probe may be made from."""

    salt: str
    commitment: str


def commitment_of(salt: str) -> str:
    """The hash that a batch tells of a ticket (SHA-256, hexadecimal)."""
    return _hash("ticket", salt)


def seal_of(number: int, salt: str, wrong: str) -> str:
    """What the journal entry of a probe carries (64 hexadecimal digits)."""
    return _hash("probe", f"P-{number}", salt)[:HALF] + _hash("wrong", salt, wrong)[:HALF]


def chance() -> str:
    """What the journal entry of a real proposal carries in the same place."""
    return secrets.token_hex(HALF)


def draw(docket: Docket, week: datetime, count: int) -> None:
    """Write the batch of a week: so many tickets, whether or not probes come of them."""
    salts = sorted(secrets.token_hex(SALT_BYTES) for _ in range(count))
    found = [Ticket(salt=salt, commitment=commitment_of(salt)) for salt in salts]
    fact = {"commitments": [one.commitment for one in found]}
    entry = docket.entry(KIND, f"{week:%Y-%m-%d}", canonical(fact), actor="chargehand")
    docket.transaction.executemany(
        "INSERT INTO probe_ticket (commitment, salt, entry) VALUES (?, ?, ?)",
        [(one.commitment, one.salt, entry) for one in found],
    )


def is_drawn(docket: Docket, week: datetime) -> bool:
    """Whether the batch of a week is written."""
    return next(backwards(docket.sql, KIND, f"{week:%Y-%m-%d}"), None) is not None


def open_ticket(docket: Docket) -> Ticket | None:
    """A ticket that no probe was made from; None where all are used up."""
    row = docket.sql(
        "SELECT salt, commitment FROM probe_ticket t WHERE NOT EXISTS"
        " (SELECT 1 FROM probe WHERE probe.salt = t.salt) ORDER BY entry DESC, commitment LIMIT 1"
    ).fetchone()
    return None if row is None else Ticket(salt=row["salt"], commitment=row["commitment"])


def told(sql: Sql, before: int = 2**62) -> set[str]:
    """The commitments that the journal tells of before an entry."""
    rows = sql(
        "SELECT * FROM journal WHERE kind <> 'movement' AND kind = ? AND number < ?", (KIND, before)
    ).fetchall()
    return {one for row in rows for one in whole(row)["commitments"]}


def salts_told(sql: Sql) -> list[str] | None:
    """The salts of all tickets; None where the table does not say what the journal says."""
    rows = sql("SELECT salt, commitment FROM probe_ticket").fetchall()
    kept = {row["commitment"] for row in rows}
    is_whole = all(commitment_of(row["salt"]) == row["commitment"] for row in rows)
    return [row["salt"] for row in rows] if is_whole and kept == told(sql) else None


def sealed(sql: Sql, number: int) -> tuple[int, str]:
    """The first entry of a proposal and its seal; empty where it tells none."""
    row = sql(
        "SELECT * FROM journal WHERE kind <> 'movement' AND kind = 'proposal' AND key = ?"
        " ORDER BY number LIMIT 1",
        (f"P-{number}",),
    ).fetchone()
    return (0, "") if row is None else (row["number"], str(whole(row).get("seal", "")))


def is_sealed_by(seal: str, number: int, salt: str) -> bool:
    """Whether a proposal's seal was made from a salt: then it is a probe, whatever a row says."""
    return seal[:HALF] == seal_of(number, salt, "")[:HALF]


def _hash(*parts: str) -> str:
    return sha256(canonical(list(parts)).encode()).hexdigest()
