"""Checking the whole chain: the journal's tree, and every table that must agree with it.

The journal is read once, in order; each check takes the rows of its table in step with it, so that
no table is held in memory. What has no order of its own (proposals, orders, balances) is looked up
row by row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from chargehand.plant import (
    audit_acts,
    audit_autonomy,
    audit_balances,
    audit_credentials,
    audit_holds,
    audit_lineage,
    audit_proposals,
    audit_reconciling,
    audit_record,
    audit_requests,
    audit_rulings,
    audit_stock,
    audit_trust,
    audit_units,
)
from chargehand.plant.audit_rows import FAULTS_MAX, UNREADABLE, Check, guarded, unreadable
from chargehand.plant.audit_tree import Checkpoints, Outside, Tiles
from chargehand.plant.audit_words import Personal, Refused, SourceOwners
from chargehand.plant.reading import AuditReport
from chargehand.plant.replaying import replay
from chargehand.record.journal import Entry, Tree, leaf_hash
from chargehand.storage.forgiving import Forgiving
from chargehand.storage.session import Session, StorageFault
from chargehand.storage.store import Store
from chargehand.storage.transaction import CHECKPOINT_EVERY, stored_tree

__all__ = ["Progress", "replay", "verify"]

Progress = Callable[[str, int, int], None]
TOLD_EVERY = 10_000
"""Entries after which progress is told."""
FIELDS = ", ".join(Entry.__dataclass_fields__)


def verify(
    store: Store,
    progress: Progress | None = None,
    *,
    folder: Path | None = None,
    outside: Sequence[Outside] = (),
) -> AuditReport:
    """Recompute every leaf and the root, compare what was signed and all tables that follow.

    ``folder``: the plant's, whose checkpoint files are compared too; ``outside``: checkpoints that
    were kept elsewhere, which alone show that somebody has rewritten everything here.
    """
    unplaced = guarded("an entry without a place", partial(_place, store))
    with store.snapshot(settled=True) as sql:
        report = _verify(Forgiving(sql), progress, folder, outside)
    faults = (*report.faults, *unplaced)
    return replace(report, holds=not faults, faults=faults) if unplaced else report


def _place(store: Store) -> Iterator[str]:
    """What keeps entries from being given their places in the tree."""
    try:
        store.sequence()
    except StorageFault as fault:
        yield f"an entry without a place cannot be given one: {fault}"


def _verify(
    sql: Session, progress: Progress | None, folder: Path | None, outside: Sequence[Outside]
) -> AuditReport:
    tree = Tree()
    signed = Checkpoints(sql, folder, outside)
    words = Personal(sql)
    journal = _Journal(sql, tree, progress, signed, words)
    checks = (
        journal.faults, partial(_head, sql, tree), journal.told,
        partial(audit_stock.held_back, sql), partial(audit_record.senders, sql),
        partial(audit_proposals.proposals, sql), partial(audit_proposals.orders, sql),
    )  # fmt: skip
    faults: list[str] = []
    # Generators: each check runs when its turn comes, the head after the leaves.
    for check in checks:
        faults.extend(guarded("a table", partial(_first, check)))
    return AuditReport(
        holds=not faults, entries=tree.size, root=tree.root().hex(), faults=tuple(faults),
        checkpoints=signed.met, erased=words.erased,
    )  # fmt: skip


def _first(find: Callable[[], Iterable[str]]) -> list[str]:
    """The first faults; the rest is looked at all the same, so that later checks see it all."""
    faults = iter(find())
    found = list(islice(faults, FAULTS_MAX))
    for _ in faults:
        pass
    return found


class _Journal:
    """Reads the journal once: its own faults first, then those of the tables beside it."""

    def __init__(
        self,
        sql: Session,
        tree: Tree,
        progress: Progress | None,
        signed: Checkpoints,
        words: Personal,
    ) -> None:
        self._sql = sql
        self._tiles = Tiles(sql)
        self._signed = signed
        self._tree = tree
        self._progress = progress
        self._checkpoints = {row["size"]: row for row in sql.execute("SELECT * FROM checkpoint")}
        inbox = audit_record.Inbox(sql)
        self._checks: list[Check] = [
            inbox, audit_record.usage(sql, inbox), audit_record.Definitions(sql, inbox),
            audit_record.Forecasts(sql), audit_balances.Balanced(),
            audit_balances.Balances(sql, inbox), audit_holds.Holds(sql), audit_stock.Promises(sql),
            audit_stock.Supplies(sql, inbox), audit_rulings.steps(sql),
            audit_rulings.rulings(sql), audit_rulings.outcomes(sql), audit_rulings.policies(sql),
            *audit_autonomy.checks(sql), audit_credentials.Keys(sql), audit_reconciling.lists(sql),
            audit_reconciling.Differences(sql), words,
            SourceOwners(sql), Refused(sql), audit_lineage.Genealogy(sql, inbox),
            audit_units.Units(sql, inbox), *audit_trust.checks(sql),
            audit_requests.Requests(sql), audit_requests.signatures(sql), *audit_acts.checks(sql),
        ]  # fmt: skip
        self._found: dict[int, list[str]] = {n: [] for n in range(len(self._checks))}
        self._by_kind: dict[str, list[tuple[int, Check]]] = {}
        for n, check in enumerate(self._checks):
            for kind in check.kinds:
                self._by_kind.setdefault(kind, []).append((n, check))

    def faults(self) -> Iterator[str]:
        """What is wrong with the journal itself."""
        size = self._sql.execute("SELECT count(*) FROM journal").fetchone()[0]
        in_order = self._sql.engine == "sqlite"
        expected, is_whole = 0, True
        for place, leaf, *fields in self._sql.stream(
            f"SELECT place, leaf, {FIELDS} FROM sequenced ORDER BY place"
        ):
            if place != expected:
                yield f"journal entry {expected} is missing (the next one there is {place})"
                self._checkpoints.clear()  # none of them can match any more
                is_whole = False
            expected = place + 1
            entry = _entry(*fields)
            yield from self._leaf(entry, leaf)
            if in_order:
                yield from self._beside(entry)
            if is_whole:
                yield from self._checkpoint(entry.recorded_at)
            yield from self._signed.at(self._tree)
            self._tell("journal", self._tree.size, size)
        if not in_order:
            yield from self._by_number(size)
        for size in self._checkpoints:
            yield f"there is a checkpoint at {size} entries, and the journal makes none there"
        yield from self._tiles.end()
        yield from self._signed.end(self._tree.size)

    def _by_number(self, size: int) -> Iterator[str]:
        """Tables follow the numbers, and entries that have no place yet are told in them too."""
        rows = self._sql.stream(f"SELECT {FIELDS} FROM journal ORDER BY number")
        for passed, fields in enumerate(rows, start=1):
            yield from self._beside(_entry(*fields))
            self._tell("tables", passed, size)

    def _tell(self, what: str, passed: int, size: int) -> None:
        if self._progress is not None and passed % TOLD_EVERY == 0:
            self._progress(what, passed, size)

    def _checkpoint(self, recorded_at: str) -> Iterator[str]:
        size = self._tree.size
        row = self._checkpoints.get(size)
        is_due = size % CHECKPOINT_EVERY == 0
        if row is None or not (is_due or row["note"]):
            if is_due:
                yield f"the checkpoint at {size} entries is missing"
            return
        del self._checkpoints[size]
        if (row["root"], row["recorded_at"]) != (self._tree.root(), recorded_at):
            yield f"the checkpoint at {size} entries does not match: an edit of it or before it"

    def _leaf(self, entry: Entry, kept: bytes) -> Iterator[str]:
        try:
            leaf = leaf_hash(entry.leaf_text())
        except UNREADABLE:
            leaf = b""
        if leaf != kept:
            yield f"{_name(entry)} was edited"
        self._tree.append(leaf)
        yield from self._tiles.add(leaf)

    def _beside(self, entry: Entry) -> Iterator[str]:
        """Let the checks of the tables see an entry."""
        checks = self._by_kind.get(entry.kind)
        if checks is None:
            return
        try:
            fact = json.loads(entry.body)
        except UNREADABLE as error:
            yield f"{_name(entry)} cannot be read: {error}"
            return
        for n, check in checks:
            found = self._found[n]
            if len(found) >= FAULTS_MAX:
                continue
            try:
                found.extend(check.see(entry, fact))
            except UNREADABLE as error:
                found.append(unreadable(_name(entry), error))

    def told(self) -> Iterator[str]:
        """What is wrong with the tables that were read beside it."""
        for n, check in enumerate(self._checks):
            found = (*self._found[n], *guarded("a table", partial(_first, check.end)))
            yield from found[:FAULTS_MAX]


def _entry(
    number: int,
    kind: str,
    key: str,
    recorded_at: str,
    occurred_at: str | None,
    cause: str | None,
    actor: str,
    body: str,
) -> Entry:
    """An entry from the columns of its row."""
    return Entry(
        number=number, kind=kind, key=key, recorded_at=recorded_at, occurred_at=occurred_at,
        cause=cause, actor=actor, body=body,
    )  # fmt: skip


def _name(entry: Entry) -> str:
    return f"journal entry {entry.number} ({entry.kind} {entry.key})"


def _head(sql: Session, tree: Tree) -> Iterator[str]:
    row = sql.execute("SELECT size, peaks FROM head").fetchone()
    try:
        head = Tree() if row is None else stored_tree(row["size"], row["peaks"])
        root = head.root()
    except UNREADABLE as error:
        yield f"the head of the journal cannot be read: {error}"
        return
    if tree.size != head.size:
        yield f"the journal has {tree.size} entries and its head says {head.size}"
    elif tree.root() != root:
        yield f"the root over {tree.size} entries does not match the head"
