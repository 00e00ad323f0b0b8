"""What was told against what is true: inbox, definitions, demand history and forecasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import get_args

from chargehand.plant.audit_rows import Fact, Mirror, Rows, differences, scaled
from chargehand.plant.privacy import wordless
from chargehand.record import intake
from chargehand.record.content import content_digest
from chargehand.record.journal import Entry
from chargehand.signals.kinds import Body, MasterBody
from chargehand.signals.likeness import plainest
from chargehand.signals.signal import Status
from chargehand.storage.session import Row, Session
from chargehand.vocabulary import wire

SIGNALS = frozenset(kind.__dataclass_fields__["kind"].default for kind in get_args(Body))
MASTER = frozenset(kind.__dataclass_fields__["kind"].default for kind in get_args(MasterBody))
POSTING = frozenset({"goods_received", "stock_moved"})
"""Signals that have posted a movement wherever they were accepted."""
EFFECTS = frozenset({"movement", "effect"})
LANE = "refused"
"""What the fast lane writes for a movement that it refused; one that it posted has its own kind."""


class Inbox:
    """Every signal of the journal has its answer, or a later signal of the same key has."""

    kinds = SIGNALS | EFFECTS | {LANE}

    def __init__(self, sql: Session) -> None:
        self._rows = Rows(sql, "inbox")
        self._superseded: dict[str, Entry] = {}
        self._last: Entry | None = None
        self._cause: str | None = None
        """What the latest signal is called by all that comes of it."""
        self.status: str | None = None
        """What became of the latest signal; None where a later one of its key took its answer."""

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        follows = entry.cause is not None and entry.cause == self._cause
        if entry.kind == "effect" or (entry.kind == "movement" and follows):
            yield from self._effect(entry)
            return
        yield from self._without_effect()
        found = self._rows.of(entry.number)
        self._superseded.pop(entry.key, None)
        if entry.kind in {"movement", LANE}:
            self._last, self._cause = None, None
            yield from self._posted(entry, fact, found)
            return
        self._last, self._cause = entry, entry.key
        self.status = found[0]["status"] if found else None
        if not found:
            self._superseded[entry.key] = entry
        for row in found:
            yield from differences(f"signal {entry.key}", row, _said(entry, row), entry.number)

    def _posted(self, entry: Entry, fact: Fact, found: list[Row]) -> Iterator[str]:
        """Faults of a movement that the fast lane took, which is its own signal."""
        if not found:
            self._superseded[entry.key] = entry
        is_refused = entry.kind == LANE
        for row in found:
            key = f"{row['source']}/{row['key']}"
            said: Fact = {
                "key": row["key"] if key == entry.key else entry.key,
                "kind": "movement_reported",
                "digest": _digest(entry, fact["movement"] if is_refused else entry.body),
                "status": Status.REFUSED if is_refused else Status.ACCEPTED,
                "code": fact["code"] if is_refused else None,
                "because": fact["because"] if is_refused else None,
            }
            yield from differences(f"signal {entry.key}", row, said, entry.number)

    def _effect(self, entry: Entry) -> Iterator[str]:
        last = self._last
        if last is None or entry.cause != last.key:
            return
        if self.status == Status.REFUSED:
            yield (
                f"signal {last.key} (entry {last.number}) is kept as refused, and entry"
                f" {entry.number} is what came of it"
            )
        self._last = None

    def _without_effect(self) -> Iterator[str]:
        last = self._last
        if last is not None and last.kind in POSTING and self.status == Status.ACCEPTED:
            yield f"signal {last.key} (entry {last.number}) was accepted, and moved nothing"

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        yield from self._without_effect()
        for entry in self._superseded.values():
            yield f"signal {entry.key} (entry {entry.number}) has no answer in the inbox"
        yield from self._rows.end("signal")


def _said(entry: Entry, row: Row) -> Fact:
    source, key = row["source"], row["key"]
    same = entry.key == f"{source}/{key}"
    status = row["status"]
    fits = status in {Status.ACCEPTED, Status.REFUSED}
    if entry.kind == "unreadable":
        status = Status.UNREADABLE.value
    elif not fits:
        status = f"{Status.ACCEPTED} or {Status.REFUSED}"
    digest = _digest(entry, entry.body)
    if digest != row["digest"]:  # most bodies are plain as they came
        digest = _digest(entry, wire.write(wordless(plainest(wire.read(Body, entry.body))), Body))
    said: Fact = {
        "key": key if same else entry.key,
        "kind": entry.kind,
        "digest": digest,
        "status": status,
    }
    if status == Status.ACCEPTED:
        said |= {"code": None, "because": None}
    elif status == Status.REFUSED and not row["code"]:
        said["code"] = "a reason"
    return said


def _digest(entry: Entry, text: str) -> bytes:
    return content_digest(entry.kind, entry.occurred_at, entry.cause, text)


def usage(sql: Session, inbox: Inbox) -> Mirror:
    """The demand history: what was used up, and what was reported as used."""

    def said(entry: Entry, fact: Fact) -> Sequence[Fact]:
        if entry.kind == "usage":
            told = {name: fact[name] for name in ("site", "material", "used_on", "scaled", "asset")}
            return ({**told, "for_order": fact["order"]},)
        consumed = entry.kind == "usage_reported" or fact["to_location"] is None
        if inbox.status != Status.ACCEPTED or not consumed:
            return ()
        return (
            {
                "site": fact["site"],
                "material": fact["material"],
                "used_on": fact.get("used_on") or (entry.occurred_at or entry.recorded_at)[:10],
                "scaled": scaled(fact["quantity"]),
                "asset": fact["asset"],
                "for_order": fact["order"],
            },
        )

    return Mirror(
        frozenset({"usage_reported", "stock_moved", "usage"}),
        Rows(sql, "usage", "site, material, used_on, scaled, asset, for_order"),
        said,
        lambda entry: f"the use of signal {entry.key}",
    )


class Definitions:
    """Each definition that holds is the latest one that was told or approved."""

    kinds = MASTER | {"parameters"}

    def __init__(self, sql: Session, inbox: Inbox) -> None:
        self._rows = Rows(sql, "master")
        self._inbox = inbox
        self._absent: dict[tuple[str, str], Entry] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        found = self._rows.of(entry.number)
        if entry.kind == "parameters":
            kind, key, site = "stocking", f"{fact['site']}|{fact['material']}", fact["site"]
            body, holds = entry.body, True
        else:
            told = wire.read(Body, entry.body)
            kind, key, site = intake.master_key(told)
            body = wire.write(told.definition)
            holds = self._inbox.status == Status.ACCEPTED
        said = {"kind": kind, "key": key, "site": site, "body": body}
        for row in found:
            what = f"the definition of {row['kind']} {row['key']}"
            yield from differences(what, row, said, entry.number)
        if found:
            self._absent.pop((kind, key), None)
        elif holds:
            self._absent[kind, key] = entry

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for (kind, key), entry in self._absent.items():
            yield f"the definition of {kind} {key} (entry {entry.number}) does not hold any more"
        yield from self._rows.end("definition")


class Forecasts:
    """The forecasts kept are those whose digest the journal holds."""

    kinds = frozenset({"forecast"})

    def __init__(self, sql: Session) -> None:
        self._sql = sql
        self._latest: dict[tuple[str, str], tuple[int, Fact]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        site = entry.key.partition("|")[2]
        self._latest[fact["kind"], site] = (entry.number, fact)
        yield from ()

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for (kind, site), (number, fact) in self._latest.items():
            digest = sha256()
            between = b""
            entries = set()
            for row in self._sql.execute(
                "SELECT subject, body, entry FROM estimate WHERE kind = ? AND site = ?"
                " ORDER BY subject",
                (kind, site),
            ):
                digest.update(between + f"{row['subject']}\t{row['body']}".encode())
                between = b"\n"
                entries.add(row["entry"])
            if digest.hexdigest() != fact["sha256"] or entries - {number}:
                yield f"the forecasts {kind} of {site or 'suppliers'} differ from entry {number}"
        for row in self._sql.execute("SELECT DISTINCT kind, site FROM estimate"):
            if (row["kind"], row["site"]) not in self._latest:
                yield f"the forecasts {row['kind']} of {row['site']} have no entry in the journal"


def senders(sql: Session) -> Iterator[str]:
    """Each source belongs to the account that told under its name first."""
    for row in sql.execute(
        "SELECT s.source, s.account, s.entry, j.actor FROM sender s JOIN journal j"
        " ON j.number = s.entry AND substr(j.key, 1, length(s.source) + 1) = s.source || '/'"
        " AND j.kind <> 'source_owner'"
    ):
        if row["actor"] != row["account"]:
            yield (
                f"source {row['source']} is kept as {row['account']}'s, and was taken by"
                f" {row['actor']} (entry {row['entry']})"
            )
