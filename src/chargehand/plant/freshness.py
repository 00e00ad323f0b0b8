"""Whether an approval is still about what is true: the facts are read again before it counts.

Nothing that a proposal names has stirred since it was made: it is as fresh as it was. Otherwise its
decision is asked again about its subject alone, from a fresh snapshot and outside of any
transaction, as of the day that it was made for: what differs then are facts, not the hour.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chargehand.decisions.decision import Answer, Decision, Proposal, answered
from chargehand.governance.submission import value_of
from chargehand.plant import hearing, installed
from chargehand.plant.narrow_view import NarrowView
from chargehand.plant.rulings import deed_digest
from chargehand.plant.stirring import names_in, stirred
from chargehand.storage.docket import Docket
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.refusal import Refusal, RefusalCode

TRIES = 4
"""Looks at facts that change meanwhile, before one is asked to try again."""
GLANCE = 3_000
"""Journal entries that are gone through one by one; after more of them the decision is asked."""
TOLD_MAX = 8
"""Changed facts that are told."""
CALLED = ("order", "location", "material", "supplier", "key", "lot", "serial")
"""Fields by which one tells the items of a list apart."""
NARROW = frozenset({"mro_replenishment", "part_reservation", "reorder_parameters"})
"""Decisions whose answer depends on no other material than those that their question names."""
SKIPPED = frozenset({"as_of", "version", "digest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One fact that is another than the proposal was made from."""

    what: str
    before: str
    now: str

    def __str__(self) -> str:
        return f"{self.what} {self.before} -> {self.now}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale(Refusal):
    """The refusal of an act on facts that have changed, and which."""

    changed: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at the present facts of a proposal came to."""

    version: int
    seen: int
    """Size of the journal in the snapshot."""
    stale: Stale | None
    """Why it cannot be approved any more; None where the answer is the same."""


def look_again(store: Store, number: int) -> Look | None:
    """Ask the decision of a proposal again; None where there is no such proposal."""
    with store.snapshot(settled=True) as sql:
        row = sql.execute("SELECT * FROM proposal WHERE number = ?", (number,)).fetchone()
        if row is None:
            return None
        seen = SqlRecordView(sql, instant(row["as_of"])).journal_size()
        return Look(version=row["version"], seen=seen, stale=_stale(sql, row))


def is_fresh(docket: Docket, row: Mapping[str, Any], look: Look | None) -> bool:
    """Whether nothing that a proposal names has stirred since the look, or since it was made."""
    if look is not None and look.version != row["version"]:
        return False
    seen = row["seen"] if look is None else look.seen
    if not seen or docket.next_number() - seen > GLANCE:
        return False
    found = stirred(docket, seen, (), besides=f"P-{row['number']}")
    return not found or found.isdisjoint(names_of(row))


def ask_anew(docket: Docket, number: int) -> None:
    """Ask for a hearing about all that a proposal names."""
    row = docket.proposal(number)
    if row is not None:
        for name in sorted(names_of(row)):
            docket.trigger(row["site"], name)


def names_of(row: Mapping[str, Any]) -> frozenset[str]:
    """Materials, orders and the subject that a stored proposal and its question name."""
    proposal = json.loads(row["body"])
    found = {row["subject"], *names_in(proposal["actions"]), *names_in(json.loads(row["question"]))}
    return frozenset(found)


def _stale(sql: Session, row: Mapping[str, Any]) -> Stale | None:
    if row["decision"] not in installed.names():
        return _no(f"{row['decision']} is not installed any more: its facts cannot be read again")
    decision = installed.load(row["decision"])
    view = view_of(sql, row, narrow=decision.name in NARROW)
    failed: dict[str, str] = {}
    answers = hearing.collect([decision], view, None, failed).get(decision.name, [])
    if failed:
        why = failed[decision.name].strip().splitlines()[-1]
        return _no(f"its facts cannot be read again: {why}")
    for answer in answers:
        if (answer.subject.site, answer.subject.key) == (row["site"], row["subject"]):
            return _compared(row, decision, answer)
    return _no(f"nobody asks about {row['label']} any more")


def view_of(sql: Session, row: Mapping[str, Any], *, narrow: bool) -> SqlRecordView:
    """The present record as the decision of a proposal sees it when asked about its subject."""
    as_of, names = instant(row["as_of"]), names_of(row)
    if narrow:
        return NarrowView(sql, as_of, site=row["site"], names=names)
    return SqlRecordView(sql, as_of, subjects={row["site"]: names})


def _compared(row: Mapping[str, Any], decision: Decision[Any], answer: Answer[Any]) -> Stale | None:
    before, now = _first_answer(row, decision), answer.answer
    if isinstance(before, Proposal) and isinstance(now, Proposal):
        if deed_digest(before) == deed_digest(now) and not _dearer(before, now):
            return None
        instead = f"now it would say: {now.headline}"
    else:
        instead = (
            f"now nothing would be proposed: {now.because}" if isinstance(now, Refusal) else ""
        )
    changed = tuple(_changes(row, decision, before, answer))[:TOLD_MAX]
    said = ", ".join(str(one) for one in changed)
    because = "; ".join(part for part in (said, instead) if part)
    return _no(because or "its question has another answer now", changed)


def _first_answer(row: Mapping[str, Any], decision: Decision[Any]) -> Proposal | Refusal:
    """What the facts said when it was made: of a changed one, what it said before the change."""
    if row["version"] == 1:
        proposal: Proposal = wire.read(Proposal, row["body"])
        return proposal
    try:
        question = wire.read(decision.question, row["question"])
    except wire.WireError as error:
        because = f"its question no longer fits {decision.name}: {error}"
        return Refusal(code=RefusalCode.STALE, because=because)
    return answered(decision, question)


def _dearer(before: Proposal, now: Proposal) -> bool:
    """Whether it costs more by now than what was ruled on."""
    old, new = value_of(before), value_of(now)
    if old is None or new is None or old.currency != new.currency:
        return old != new
    return new > old


def _changes(
    row: Mapping[str, Any],
    decision: Decision[Any],
    before: Proposal | Refusal,
    answer: Answer[Any],
) -> Iterator[Changed]:
    """What differs, in words: what an approver was shown first, then the question's own facts."""
    told = set()
    if isinstance(before, Proposal) and isinstance(answer.answer, Proposal):
        shown = {one.what: one.now for one in before.changes}
        for one in answer.answer.changes:
            if shown.get(one.what, one.now) != one.now:
                told.add((shown[one.what], one.now))
                yield Changed(what=one.what, before=shown[one.what], now=one.now)
        if before.cost != answer.answer.cost:
            yield Changed(what="cost", before=str(before.cost), now=str(answer.answer.cost))
    recorded = json.loads(row["question"])
    present = json.loads(wire.write(answer.question, decision.question))
    for change in _leaves(recorded, present, ()):
        if (change.before, change.now) not in told:
            yield change


def _leaves(before: Any, now: Any, path: tuple[str, ...]) -> Iterator[Changed]:
    """The single values that differ between two recorded questions."""
    if before == now or (path and path[-1] in SKIPPED):
        return
    if isinstance(before, dict) and isinstance(now, dict):
        for name in before | now:
            yield from _leaves(before.get(name), now.get(name), (*path, name))
    elif isinstance(before, list) and isinstance(now, list):
        yield from _items(before, now, path)
    else:
        yield Changed(what=_words(path), before=_short(before), now=_short(now))


def _items(before: list[Any], now: list[Any], path: tuple[str, ...]) -> Iterator[Changed]:
    """Those of a list, each found again by what it is called."""
    old, new = _called(before), _called(now)
    if old is None or new is None:
        if len(before) != len(now):
            yield Changed(what=_words(path), before=str(len(before)), now=str(len(now)))
            return
        for one, other in zip(before, now, strict=True):
            yield from _leaves(one, other, path)
        return
    for name in old | new:
        if name in old and name in new:
            yield from _leaves(old[name], new[name], (*path, name))
        else:
            what = f"{_words(path[-1:])} {name}"
            was, is_ = ("there", "gone") if name in old else ("none", "there")
            yield Changed(what=what, before=was, now=is_)


def _called(items: list[Any]) -> dict[str, Any] | None:
    """The items of a list by what they are called; None where they have no names of their own."""
    found: dict[str, Any] = {}
    for item in items:
        named = item if isinstance(item, dict) else {}
        name = " ".join(str(named[one]) for one in CALLED if named.get(one))
        if not name or name in found:
            return None
        found[name] = item
    return found


def _words(path: tuple[str, ...]) -> str:
    """The name of a fact, such as ``free`` or ``places on hand``."""
    return " ".join(path[-2:]).replace("_", " ")


def _short(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict | list):
        return f"{len(value)} values"
    return str(value)


def _no(because: str, changed: tuple[Changed, ...] = ()) -> Stale:
    text = f"the facts have changed since this was proposed: {because}; it is asked anew"
    return Stale(code=RefusalCode.STALE, because=text, changed=changed)
