"""Every proposal and ruling of a period, derived again from the record.

The journal alone is asked: proposals follow from their recorded questions, changed versions from
those before and what was changed, rulings from the policy text in force at their entries, and how
things stood from the entries before. Memory stays flat, however long the period is.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from heapq import merge
from typing import Any

from chargehand.plant import installed, replaying_proposals, replaying_rulings
from chargehand.plant.explorer import first_at
from chargehand.plant.fault import PlantFault
from chargehand.plant.replaying import Apart
from chargehand.plant.replaying_lives import KINDS as LIVES
from chargehand.plant.replaying_lives import Life, Lives
from chargehand.plant.replaying_past import KINDS as PAST
from chargehand.plant.replaying_past import Past
from chargehand.plant.replaying_report import Found, ReplayedPeriod, report
from chargehand.plant.replaying_rulings import Case
from chargehand.plant.replaying_walk import entries, numbers
from chargehand.storage.personal import Sql
from chargehand.storage.session import Row, Session
from chargehand.storage.store import Store
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode

TOLD_EVERY = 1_000
Progress = Callable[[int, int], None]
"""Told how many entries have been gone through, of how many."""


@dataclass(slots=True, kw_only=True)
class _Replay:
    """One replay under way."""

    since: str
    decision: str | None
    past: Past = field(default_factory=Past)
    lives: Lives = field(default_factory=Lives)
    found: Found = field(default_factory=Found)
    last: dict[str, int] = field(default_factory=dict)
    """The last number of proposals and rulings: none may be left out."""
    unruled: dict[str, Row] = field(default_factory=dict)
    """Versions that no ruling was seen on yet."""

    def see(self, sql: Sql, row: Row, fact: Mapping[str, Any]) -> None:
        """Take in the next entry; what lies in the period is derived again."""
        kind = row["kind"]
        if kind in PAST:
            self._see_past(row, fact)
            return
        name = row["key"].partition(".")[0] if kind == "order" else row["key"]
        life = self.lives.of(sql, name, row["number"])
        is_asked = row["recorded_at"] >= self.since and self._is_asked(kind, life, fact)
        if is_asked:
            try:
                self._check(sql, row, fact, life)
            except (TypeError, ValueError, KeyError, AttributeError, PlantFault) as error:
                self.found.note(row, name, kind, _unreadable(error))
        self._take_in(row, fact, life)

    def _see_past(self, row: Row, fact: Mapping[str, Any]) -> None:
        apart = None
        try:
            if row["kind"] == "policy":
                apart = _edited(fact)
            self.past.see(row, fact)
        except (TypeError, ValueError, KeyError) as error:
            apart = _unreadable(error)
        if apart is not None and row["recorded_at"] >= self.since:
            self.found.note(row, "", row["kind"], apart)

    def _is_asked(self, kind: str, life: Life, fact: Mapping[str, Any]) -> bool:
        if self.decision is None:
            return True
        told = fact if kind == "proposal" else life.fact
        return bool(told.get("decision", self.decision) == self.decision)

    def _check(self, sql: Sql, row: Row, fact: Mapping[str, Any], life: Life) -> None:
        kind = row["kind"]
        if kind == "proposal":
            self._proposal(sql, row, fact, life)
        elif kind == "ruling":
            self._ruling(sql, row, fact, life)
        elif kind == "order":
            self.found.counts["orders"] += 1
            self._note(row, life, "order", replaying_proposals.order(row["key"], fact, life))
        elif fact["event"] == "clear":
            self._note(row, life, "step", replaying_proposals.cleared(life))

    def _proposal(self, sql: Sql, row: Row, fact: Mapping[str, Any], life: Life) -> None:
        self.found.counts["proposals"] += 1
        apart, state = replaying_proposals.derived(sql, row, fact, life)
        if state:
            # What a probe is must not be told before it has ended.
            self.found.counts["probes"] += state != "waiting"
        else:
            self._note(row, life, "proposal", apart)
        self.unruled[life.name] = row

    def _ruling(self, sql: Sql, row: Row, fact: Mapping[str, Any], life: Life) -> None:
        self.found.counts["rulings"] += 1
        self.unruled.pop(life.name, None)
        before = self.last.get("ruling")
        if before is not None and fact["number"] != before + 1:
            self._note(
                row, life, "ruling",
                Apart(
                    field="number", recorded=str(fact["number"]), now=str(before + 1),
                    because="a ruling is missing, or there is one too many",
                ),
            )  # fmt: skip
        case = Case(
            sql=sql, entry=row["number"], fact=fact, life=life, past=self.past,
            policy=self.past.policy(), note=self._taken,
        )  # fmt: skip
        for apart in replaying_rulings.differences(case):
            self._note(row, life, "ruling", apart)

    def _taken(self, what: str) -> None:
        self.found.taken[what] += 1

    def _note(self, row: Row, life: Life, what: str, apart: Apart | None) -> None:
        if apart is not None:
            self.found.note(row, life.name, what, apart)

    def _take_in(self, row: Row, fact: Mapping[str, Any], life: Life) -> None:
        """What comes later is derived from what was recorded here, be it right or wrong."""
        try:
            life.see(row["kind"], row["key"], fact)
            if row["kind"] == "transition":
                self.past.step(life.number, life.state)
            elif row["kind"] == "ruling":
                self.last["ruling"] = fact["number"]
                self.past.ruled(row["number"])
                if fact["verdict"] == "cleared" and fact["cleared_by"] == ["policy"]:
                    cost = Money(Decimal(fact["cost"]), fact["currency"])
                    self.past.clear(life.clearing(fact), cost)
        except (TypeError, ValueError, KeyError, ArithmeticError):
            return  # it was noted when it was checked

    def end(self, sql: Sql) -> None:
        """What should have come and has not."""
        for name, row in self.unruled.items():
            later = sql(
                "SELECT 1 FROM journal WHERE kind <> 'movement' AND kind = 'ruling' AND key = ?"
                " AND number > ? LIMIT 1",
                (name, row["number"]),
            ).fetchone()
            if later is None:
                apart = Apart(field="ruling", recorded="none", now="a ruling",
                              because="it was never ruled on")  # fmt: skip
                self.found.note(row, name, "ruling", apart)


def replay_period(
    store: Store,
    *,
    since: datetime,
    until: datetime | None = None,
    decision: str | None = None,
    progress: Progress | None = None,
) -> ReplayedPeriod | Refusal:
    """Derive every proposal and ruling of a period again; says what differs, the first whole."""
    known = installed.names()
    with store.snapshot(settled=True) as sql:
        newest = sql.execute("SELECT max(number) FROM journal").fetchone()[0]
        end = (-1 if newest is None else newest) + 1
        if until is not None:
            end = min(end, first_at(sql, until))
        begin = min(first_at(sql, since), end)
        before = numbers(sql, PAST, 0, begin)
        if decision is not None and decision not in known and not _was_asked(sql, decision):
            because = f"there is no decision {decision}; there are {', '.join(known)}"
            return Refusal(code=RefusalCode.UNKNOWN_DECISION, because=because)
    with store.snapshot() as sql:
        warm = min(first_at(sql, _warm(store, before, since)), begin)
        asked = array("q", merge(numbers(sql, LIVES, warm, end), numbers(sql, PAST, 0, end)))
    replay = _Replay(since=written(since), decision=decision)
    for sql_, row, fact, n in entries(store, asked):
        replay.see(sql_, row, fact)
        if progress is not None and (n % TOLD_EVERY == 0 or n == len(asked)):
            progress(n, len(asked))
    with store.snapshot() as sql:
        replay.end(sql.execute)
    return report(replay.found, since, until, decision)


def _warm(store: Store, before: Sequence[int], since: datetime) -> datetime:
    """From when on rulings are read, for how things stood at the beginning to be known."""
    past = Past()
    for _, row, fact, _ in entries(store, before):
        with suppress(TypeError, ValueError, KeyError):  # told when it is read in its place
            past.see(row, fact)
    return past.since(since)


def _unreadable(error: Exception) -> Apart:
    because = f"it cannot be read: {type(error).__name__}: {error}"
    return Apart(field="entry", recorded="", now="", because=because)


def _was_asked(sql: Session, decision: str) -> bool:
    """Whether a decision that is not installed any more has made a proposal."""
    row = sql.execute("SELECT 1 FROM proposal WHERE decision = ? LIMIT 1", (decision,)).fetchone()
    return row is not None


def _edited(fact: Mapping[str, Any]) -> Apart | None:
    digest = sha256(fact["text"].encode()).hexdigest()
    if fact["sha256"] == digest:
        return None
    because = "the policy text is not the one that was recorded"
    return Apart(field="sha256", recorded=fact["sha256"], now=digest, because=because)


class Replays:
    """Every proposal and ruling of a period, derived again from the record."""

    store: Store

    def replay_since(
        self,
        since: datetime,
        *,
        until: datetime | None = None,
        decision: str | None = None,
        progress: Progress | None = None,
    ) -> ReplayedPeriod | Refusal:
        """Derive every proposal and ruling from a moment on (until another) again, and compare.

        ``decision`` looks at its proposals only. Nothing is changed.
        """
        return replay_period(
            self.store, since=since, until=until, decision=decision, progress=progress
        )
