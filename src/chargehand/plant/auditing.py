"""Checking the whole chain: the journal's tree, and every table that must agree with it.

The journal is read once, in order; each check takes the rows of its table in step with it, so that
no table is held in memory. What has no order of its own (proposals, orders, balances) is looked up
row by row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

from chargehand.plant import (
    audit_balances,
    audit_proposals,
    audit_record,
    audit_rulings,
    audit_stock,
)
from chargehand.plant.audit_rows import FAULTS_MAX, UNREADABLE, Check, guarded
from chargehand.plant.reading import AuditReport
from chargehand.plant.replaying import replay
from chargehand.record.journal import Entry, Tree, leaf_hash
from chargehand.storage.forgiving import Forgiving
from chargehand.storage.session import Row, Session
from chargehand.storage.store import Store
from chargehand.storage.transaction import CHECKPOINT_EVERY, stored_tree

__all__ = ["Progress", "replay", "verify"]

Progress = Callable[[str, int, int], None]
TOLD_EVERY = 10_000
"""Entries after which progress is told."""


def verify(store: Store, progress: Progress | None = None) -> AuditReport:
    """Recompute every leaf and the root, compare the checkpoints and all tables that follow."""
    with store.snapshot(settled=True) as sql:
        return _verify(Forgiving(sql), progress)


def _verify(sql: Session, progress: Progress | None) -> AuditReport:
    tree = Tree()
    journal = _Journal(sql, tree, progress)
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
        holds=not faults, entries=tree.size, root=tree.root().hex(), faults=tuple(faults)
    )


def _first(find: Callable[[], Iterable[str]]) -> list[str]:
    """The first faults; the rest is looked at all the same, so that later checks see it all."""
    faults = iter(find())
    found = list(islice(faults, FAULTS_MAX))
    for _ in faults:
        pass
    return found


class _Journal:
    """Reads the journal once: its own faults first, then those of the tables beside it."""

    def __init__(self, sql: Session, tree: Tree, progress: Progress | None) -> None:
        self._sql = sql
        self._tree = tree
        self._progress = progress
        self._checkpoints = {row["size"]: row for row in sql.execute("SELECT * FROM checkpoint")}
        inbox = audit_record.Inbox(sql)
        self._checks: list[Check] = [
            inbox, audit_record.usage(sql, inbox), audit_record.Definitions(sql, inbox),
            audit_record.Forecasts(sql), audit_balances.outbox(sql), audit_balances.Balanced(),
            audit_balances.Balances(sql, inbox), audit_stock.Promises(sql),
            audit_stock.Supplies(sql, inbox), audit_rulings.steps(sql),
            audit_rulings.rulings(sql), audit_rulings.outcomes(sql), audit_rulings.policies(sql),
            audit_rulings.Breakers(sql), audit_rulings.Keys(sql),
        ]  # fmt: skip
        self._found: dict[int, list[str]] = {n: [] for n in range(len(self._checks))}
        self._by_kind: dict[str, list[tuple[int, Check]]] = {}
        for n, check in enumerate(self._checks):
            for kind in check.kinds:
                self._by_kind.setdefault(kind, []).append((n, check))

    def faults(self) -> Iterator[str]:
        """What is wrong with the journal itself."""
        size = self._sql.execute("SELECT count(*) FROM journal").fetchone()[0]
        expected, is_whole = 0, True
        for row in self._sql.stream("SELECT * FROM sequenced ORDER BY place"):
            if row["place"] != expected:
                yield (
                    f"journal entry {expected} is missing (the next one there is {row['place']})"
                )
                self._checkpoints.clear()  # none of them can match any more
                is_whole = False
            expected = row["place"] + 1
            yield from self._entry(row)
            if is_whole:
                yield from self._checkpoint(row["recorded_at"])
            if self._progress is not None and self._tree.size % TOLD_EVERY == 0:
                self._progress("journal", self._tree.size, size)
        for size in self._checkpoints:
            yield f"there is a checkpoint at {size} entries, and the journal makes none there"

    def _checkpoint(self, recorded_at: str) -> Iterator[str]:
        size = self._tree.size
        if size % CHECKPOINT_EVERY:
            return
        row = self._checkpoints.pop(size, None)
        if row is None:
            yield f"the checkpoint at {size} entries is missing"
        elif (row["root"], row["recorded_at"]) != (self._tree.root(), recorded_at):
            yield f"the checkpoint at {size} entries does not match: an edit of it or before it"

    def _entry(self, row: Row) -> Iterator[str]:
        entry = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
        what = f"journal entry {entry.number} ({entry.kind} {entry.key})"
        try:
            leaf = leaf_hash(entry.leaf_text())
        except UNREADABLE:
            leaf = b""
        if leaf != row["leaf"]:
            yield f"{what} was edited"
        self._tree.append(leaf)
        checks = self._by_kind.get(entry.kind)
        if checks is None:
            return
        try:
            fact = json.loads(entry.body)
        except UNREADABLE as error:
            yield f"{what} cannot be read: {error}"
            return
        for n, check in checks:
            found = self._found[n]
            if len(found) < FAULTS_MAX:
                found.extend(guarded(what, partial(check.see, entry, fact)))

    def told(self) -> Iterator[str]:
        """What is wrong with the tables that were read beside it."""
        for n, check in enumerate(self._checks):
            found = (*self._found[n], *guarded("a table", partial(_first, check.end)))
            yield from found[:FAULTS_MAX]


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
