"""Checking the whole chain: the journal's tree, and every table that must agree with it."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

from chargehand.decisions.decision import Proposal, answered
from chargehand.plant import installed
from chargehand.plant.reading import AuditReport, ReplayReport
from chargehand.record.journal import Entry, Tree, leaf_hash
from chargehand.record.ledger import Movement, imbalance
from chargehand.storage.sqlite import stored_tree
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.refusal import Refusal, RefusalCode

FAULTS_MAX = 50
Progress = Callable[[str, int, int], None]


def verify(store: Store, progress: Progress | None = None) -> AuditReport:
    """Recompute every leaf and the root, compare the checkpoints and all tables that follow."""
    faults: list[str] = []
    with store.snapshot() as sql:
        row = sql.execute("SELECT size, peaks FROM head").fetchone()
        head = Tree() if row is None else stored_tree(row["size"], row["peaks"])
        tree = Tree()
        checks = (
            _leaves(sql, tree, head.size, progress), _roots(tree, head), _movements(sql),
            _balances(sql), _promises(sql), _proposals(sql), _orders(sql),
        )  # fmt: skip
        # Generators: each check runs when its turn comes, the roots after the leaves.
        for check in checks:
            faults.extend(islice(check, FAULTS_MAX))
    return AuditReport(
        holds=not faults, entries=tree.size, root=tree.root().hex(), faults=tuple(faults)
    )


def _leaves(
    sql: sqlite3.Connection, tree: Tree, size: int, progress: Progress | None
) -> Iterator[str]:
    checkpoints = {
        row["size"]: bytes(row["root"]) for row in sql.execute("SELECT size, root FROM checkpoint")
    }
    for row in sql.execute("SELECT * FROM journal ORDER BY number"):
        if row["number"] != tree.size:
            yield f"journal entry {tree.size} is missing (the next one there is {row['number']})"
            return
        entry = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
        leaf = leaf_hash(entry.leaf_text())
        if leaf != bytes(row["leaf"]):
            yield f"journal entry {entry.number} ({entry.kind} {entry.key}) was edited"
        tree.append(leaf)
        root = checkpoints.get(tree.size)
        if root is not None and root != tree.root():
            yield f"the checkpoint at {tree.size} entries does not match: an edit before it"
        if progress is not None and tree.size % 10_000 == 0:
            progress("journal", tree.size, size)


def _roots(tree: Tree, head: Tree) -> Iterator[str]:
    if tree.size != head.size:
        yield f"the journal has {tree.size} entries and its head says {head.size}"
    elif tree.root() != head.root():
        yield f"the root over {tree.size} entries does not match the head"


def _movements(sql: sqlite3.Connection) -> Iterator[str]:
    """Each movement balances, and its legs are those of its journal entry."""
    legs: dict[int, list[tuple[object, ...]]] = {}
    for row in sql.execute(
        "SELECT entry, account, material, lot, disposition, scaled FROM leg ORDER BY entry, n"
    ):
        legs.setdefault(row["entry"], []).append(tuple(row)[1:])
    for row in sql.execute("SELECT number, body FROM journal WHERE kind = 'movement'"):
        movement = wire.read(Movement, row["body"])
        said = [
            (leg.key.account, leg.key.material, leg.key.lot, leg.key.disposition, leg.scaled)
            for leg in movement.legs
        ]
        if imbalance(movement) is not None:
            yield f"movement {movement.key} (entry {row['number']}) does not balance"
        if legs.pop(row["number"], None) != said:
            yield f"the legs of movement {movement.key} differ from its entry {row['number']}"
    for entry in legs:
        yield f"legs of entry {entry} have no movement in the journal"


def _balances(sql: sqlite3.Connection) -> Iterator[str]:
    """Each balance is the sum of its legs, and no place of ours is below zero."""
    sums: Counter[tuple[str, ...]] = Counter()
    for row in sql.execute(
        "SELECT account, material, lot, disposition, sum(scaled) FROM leg GROUP BY 1, 2, 3, 4"
    ):
        sums[tuple(row)[:4]] = row[4]
    for row in sql.execute("SELECT account, material, lot, disposition, scaled, site FROM balance"):
        key = tuple(row)[:4]
        if sums.pop(key, 0) != row["scaled"]:
            yield f"the balance of {row['material']} at {row['account']} is not the sum of its legs"
        if row["site"] and row["scaled"] < 0:
            yield f"the balance of {row['material']} at {row['account']} is below zero"
    for key, total in sums.items():
        if total:
            yield f"legs of {key[1]} at {key[0]} have no balance"


def _promises(sql: sqlite3.Connection) -> Iterator[str]:
    """What a balance holds back is the sum of the open promises."""
    rows = sql.execute(
        "SELECT b.account, b.material, b.reserved, coalesce(sum(r.scaled), 0) AS promised"
        " FROM balance b LEFT JOIN reservation r ON r.state = 'open' AND r.account = b.account"
        " AND r.material = b.material AND r.lot = b.lot AND r.disposition = b.disposition"
        " GROUP BY b.account, b.material, b.lot, b.disposition HAVING b.reserved <> promised"
    )
    for row in rows:
        yield (
            f"{row['material']} at {row['account']} holds back {row['reserved']} millionths,"
            f" and its promises are {row['promised']}"
        )


def _proposals(sql: sqlite3.Connection) -> Iterator[str]:
    """Each proposal says what its journal entry says."""
    for row in sql.execute(
        "SELECT p.number, p.question, p.body, p.version, j.body AS fact FROM proposal p"
        " LEFT JOIN journal j ON j.number = p.entry AND j.kind = 'proposal'"
    ):
        fact = {} if row["fact"] is None else json.loads(row["fact"])
        said = (fact.get("question"), fact.get("proposal"), fact.get("version"))
        if said != (row["question"], row["body"], row["version"]):
            yield f"proposal P-{row['number']} differs from its journal entry"


def _orders(sql: sqlite3.Connection) -> Iterator[str]:
    """Each order has a ruling that cleared it, as the journal tells both."""
    for row in sql.execute(
        "SELECT o.key, o.action, j.body AS fact, r.verdict, r.cleared_by, r.action_digests,"
        " q.body AS ruled FROM orders o LEFT JOIN ruling r ON r.number = o.ruling"
        " LEFT JOIN journal j ON j.number = o.entry AND j.kind = 'order'"
        " LEFT JOIN journal q ON q.number = r.entry AND q.kind = 'ruling'"
    ):
        fact = {} if row["fact"] is None else json.loads(row["fact"])
        ruled = {} if row["ruled"] is None else json.loads(row["ruled"])
        if fact.get("action") != row["action"]:
            yield f"order {row['key']} differs from its journal entry"
        if row["verdict"] != "cleared" or ruled.get("verdict") != "cleared":
            yield f"order {row['key']} has no ruling that cleared it"
        elif json.loads(row["action_digests"]) != ruled.get("action_digests"):
            yield f"the ruling of order {row['key']} differs from its journal entry"


def replay(store: Store, number: int) -> ReplayReport | Refusal:
    """Derive a past proposal again from its recorded question; say whether it is identical.

    The question is taken from the journal. Versions that a person changed are compared with the
    decision's own first version.
    """
    with store.snapshot() as sql:
        row = sql.execute(
            "SELECT body FROM journal WHERE kind = 'proposal' AND key = ? ORDER BY number LIMIT 1",
            (f"P-{number}",),
        ).fetchone()
    if row is None:
        return Refusal(
            code=RefusalCode.UNKNOWN_PROPOSAL, because=f"there is no proposal P-{number}"
        )
    fact = json.loads(row["body"])
    if fact["decision"] not in installed.names():
        because = f"the decision {fact['decision']} is not installed any more"
        return ReplayReport(proposal=f"P-{number}", identical=False, difference=because)
    decision = installed.load(fact["decision"])
    try:
        question = wire.read(decision.question, fact["question"])
    except wire.WireError as error:
        because = f"its question no longer fits {decision.name}: {error}"
        return ReplayReport(proposal=f"P-{number}", identical=False, difference=because)
    answer = answered(decision, question)
    if isinstance(answer, Refusal):
        because = f"it is refused now ({answer.code}): {answer.because}"
        return ReplayReport(proposal=f"P-{number}", identical=False, difference=because)
    difference = _difference(wire.write(answer, Proposal), fact["proposal"])
    return ReplayReport(proposal=f"P-{number}", identical=not difference, difference=difference)


def _difference(again: str, recorded: str) -> str:
    if again == recorded:
        return ""
    new, old = json.loads(again), json.loads(recorded)
    for name in sorted(set(new) | set(old)):
        if new.get(name) != old.get(name):
            return f"{name}: recorded {old.get(name)!r}, now {new.get(name)!r}"
    return "the texts differ in form only"
