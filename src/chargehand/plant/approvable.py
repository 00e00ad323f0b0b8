"""The inbox of one person: the waiting proposals that they may approve, found without reading all.

Proposals that ask for the same deeds at the same places are of one kind; what somebody may approve
of each kind is one condition on their figures (``governance.listed``). Few kinds are read one by
one, each in the inbox's order; many by going through the inbox until a page is full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.governance.authority import Person
from chargehand.governance.cedar_ask import Ask, asks
from chargehand.governance.delegation import Delegation
from chargehand.governance.listed import Listed, listed, name_of
from chargehand.governance.permission import permission
from chargehand.governance.residual import (
    Condition,
    Figures,
    Filter,
    Sayable,
    all_of,
    any_of,
    holds,
)
from chargehand.governance.terms import Policy
from chargehand.plant import delegating
from chargehand.plant.rulings import PROPOSER, changers_told, submission_of
from chargehand.storage.session import Session
from chargehand.vocabulary import wire

KEYS = ("rank", "decide_before", "loss", "number")
ORDER = ", ".join(KEYS)
KINDS_READ_ALONE = 24
"""From more kinds on, a page is sooner full by going through the inbox."""
KINDS_NAMED = 256
"""So many are named in a statement; of more, the few others that it reads are left out here."""
KINDS_KEPT = 4096
MET_AT_ONCE = 3
"""Times the length of a page: so much of the inbox is gone through before all kinds are read."""
BATCH_MAX = 4096
UNTOLD = Filter(surely=False, perhaps=True)
KINDS = (
    "WITH RECURSIVE kinds (asked) AS ("
    " SELECT min(asked) FROM proposal WHERE state = 'waiting' UNION ALL"
    " SELECT (SELECT min(p.asked) FROM proposal p WHERE p.state = 'waiting'"
    " AND p.asked > kinds.asked) FROM kinds WHERE kinds.asked IS NOT NULL)"
    " SELECT asked FROM kinds WHERE asked IS NOT NULL"
)
"""Each kind that waits: one step in an index for each, however many proposals there are."""
_kinds: dict[int, tuple[Ask, ...]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Who asks for their inbox, and by what they may approve."""

    person: Person
    policy: Policy
    now: datetime
    delegations: tuple[Delegation, ...] = ()

    def may_approve(self) -> Listed:
        """What they may approve, kind by kind."""
        return listed(self.person, self.policy, now=self.now, delegations=self.delegations)

    def may_approve_this(self, sql: Session, number: int) -> bool:
        """Whether they may approve one proposal."""
        row = sql.execute("SELECT * FROM proposal WHERE number = ?", (number,)).fetchone()
        one = submission_of(dict(row), changers_told(sql.execute, number))
        return permission(
            self.person, self.policy, one, now=self.now, delegations=self.delegations
        ).given


def approver_of(sql: Session, policy: Policy, person: str, now: datetime) -> Approver | None:
    """A person of the policy with the delegations to them; None where there is no such person."""
    known = policy.person(person)
    if known is None:
        return None
    held = tuple(
        Delegation(
            number=0, from_person=one.from_person, to_person=one.to_person, scope=one.scope,
            since=one.since, until=one.until,
        )
        for one in delegating.listed(sql, now, person=person)
        if one.state == "in_force" and one.to_person == person
    )  # fmt: skip
    return Approver(person=known, policy=policy, now=now, delegations=held)


def approvable(
    sql: Session,
    approver: Approver,
    *,
    where: Condition | None,
    after: Sequence[Any] | None,
    limit: int,
) -> list[int]:
    """Numbers of the first proposals after a place in the inbox that somebody may approve."""
    able = approver.may_approve()
    waiting = [int(kind) for (kind,) in sql.execute(KINDS).fetchall()]
    if len(waiting) > KINDS_READ_ALONE and not able.found.keys() >= set(waiting):
        # Under a new policy most pages are full before every kind has been looked at.
        met = _in_turn(sql, {}, _wanted(where, after), limit * MET_AT_ONCE)
        passing = (
            int(row["number"])
            for row in met
            if _passes(sql, approver, row, _filter(sql, able, row["asked"]))
        )
        found = list(islice(passing, limit))
        if len(found) == limit:
            return found
    kinds = dict(_filters(sql, able, waiting))
    read = _apart if len(kinds) <= KINDS_READ_ALONE else _in_turn
    found = []
    size = limit
    while kinds and len(found) < limit:
        batch = read(sql, kinds, _wanted(where, after), size)
        found += [
            row["number"] for row in batch if _passes(sql, approver, row, kinds.get(row["asked"]))
        ]
        if len(batch) < size:
            break
        after = [batch[-1][key] for key in KEYS]
        size = min(size * 4, BATCH_MAX)
    return found[:limit]


def _wanted(where: Condition | None, after: Sequence[Any] | None) -> Sayable:
    begun = Condition(f"({ORDER}) > (?, ?, ?, ?)", tuple(after)) if after else True
    return all_of((True if where is None else where, begun))


def _filters(sql: Session, able: Listed, waiting: Iterable[int]) -> Iterator[tuple[int, Filter]]:
    """What somebody may approve, by kind, where that is anything."""
    for kind in waiting:
        made = _filter(sql, able, kind)
        if made.surely is not False or made.perhaps is not False:
            yield kind, made


def _filter(sql: Session, able: Listed, kind: int) -> Filter:
    """What somebody may approve of a kind."""
    made = able.found.get(kind)
    if made is None:
        deeds = _kinds.get(kind) or _deeds(sql, kind)
        made = able.of(kind, deeds) if deeds else UNTOLD
    return made


def _deeds(sql: Session, kind: int) -> tuple[Ask, ...]:
    """What proposals of a kind ask for; nothing where that cannot be told."""
    row = sql.execute(
        "SELECT body, decision FROM proposal WHERE state = 'waiting' AND asked = ? LIMIT 1", (kind,)
    ).fetchone()
    found = asks(wire.read(Proposal, row["body"]), row["decision"], PROPOSER)
    # Written before there were kinds, or edited: each such proposal is asked about by itself.
    if name_of(found) != kind:
        return ()
    if len(_kinds) >= KINDS_KEPT:
        _kinds.clear()
    _kinds[kind] = found
    return found


def _passes(sql: Session, approver: Approver, row: Any, made: Filter | None) -> bool:
    """Whether a candidate may be approved; asked of ``permission`` where its figures do not say."""
    if made is None:
        return False
    figures = Figures(row["cents"], row["paid_in"], row["permille"], row["version"])
    if holds(made.surely, figures):
        return True
    return holds(made.perhaps, figures) and approver.may_approve_this(sql, row["number"])


def _apart(sql: Session, kinds: dict[int, Filter], wanted: Sayable, limit: int) -> list[Any]:
    """The first candidates, each kind read by itself under its condition."""
    parts = [
        _select(all_of((Condition(f"asked = {kind}"), wanted, any_of((one.surely, one.perhaps)))))
        for kind, one in kinds.items()
    ]
    text = " UNION ALL ".join(
        f"SELECT * FROM ({part.text} LIMIT {limit}) AS k{n}" for n, part in enumerate(parts)
    )
    values = tuple(value for part in parts for value in part.values)
    statement = f"SELECT * FROM ({text}) AS found ORDER BY {ORDER} LIMIT {limit}"
    return list(sql.execute(statement, values))


def _in_turn(sql: Session, kinds: dict[int, Filter], wanted: Sayable, limit: int) -> list[Any]:
    """The first candidates of many kinds (none: of all); conditions are looked at row by row."""
    named = Condition(f"asked IN ({', '.join(map(str, kinds))})")
    part = _select(all_of((wanted, named if 0 < len(kinds) <= KINDS_NAMED else True)))
    return list(sql.execute(f"{part.text} LIMIT {limit}", part.values))


def _select(told: Sayable) -> Condition:
    text = told.text if isinstance(told, Condition) else "1 = 1"
    return Condition(
        f"SELECT {ORDER}, asked, {', '.join(Figures._fields)} FROM proposal"
        f" WHERE state = 'waiting' AND {text} ORDER BY {ORDER}",
        told.values if isinstance(told, Condition) else (),
    )
