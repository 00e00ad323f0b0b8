"""What the last days would have been ruled under another policy text, proposal by proposal.

Each proposal is ruled twice as it was recorded: under the text in force and under the other one,
both as things stood then, and both with the people who approved it. What a limit of a day would
have stopped later because more was cleared earlier is not followed up.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chargehand.governance.comparison import Difference, differences
from chargehand.governance.policy import (
    Cleared,
    Policy,
    Standing,
    Submission,
    approve,
    rule,
)
from chargehand.governance.submission import value_of
from chargehand.plant.rulings import submission_of
from chargehand.storage.session import Session
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal

LOOKED_AT_MAX = 5000
"""Proposals that are ruled on anew, the newest first: two rulings each."""
SHOWN_MAX = 200
JUSTIFICATION = "as it was approved then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """How a proposal is ruled under a text."""

    answer: str
    """``cleared by the policy``, ``approved``, ``waits``, ``needs two people``, ``may not`` or
    ``observed``."""
    clause: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRuling:
    """A proposal that the other text rules otherwise."""

    proposal: str
    decision: str
    site: str
    zone: str
    headline: str
    value: Money
    before: Ruled
    after: Ruled


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How many proposals went from one answer to another, and what they come to."""

    before: str
    after: str
    count: int
    values: tuple[Money, ...]
    """One sum for each currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDiff:
    """What another text changes: in its words, and in what the last days would have been ruled."""

    base_version: int
    new_version: int
    words: tuple[Difference, ...]
    days: int
    looked_at: int
    left_out: int
    """Older proposals of these days that were not looked at."""
    shifts: tuple[Shift, ...]
    changed: tuple[ChangedRuling, ...]
    """The newest of them."""


def compare(
    sql: Session, before: Policy, after: Policy, *, since: datetime, days: int
) -> PolicyDiff:
    """Rule on every proposal made since a moment under two texts, and say what differs."""
    asked = (written(since), written(since))
    count = sql.execute(
        "SELECT count(*) FROM proposal WHERE updated_at >= ? AND created_at >= ?", asked
    ).fetchone()[0]
    rows = sql.execute(
        "SELECT * FROM proposal WHERE updated_at >= ? AND created_at >= ?"
        f" ORDER BY number DESC LIMIT {LOOKED_AT_MAX}",
        asked,
    ).fetchall()
    changed = list(_changed(rows, _rulings(sql, rows), before, after))
    return PolicyDiff(
        base_version=before.version,
        new_version=after.version,
        words=differences(before, after),
        days=days,
        looked_at=len(rows),
        left_out=int(count) - len(rows),
        shifts=_shifts(changed),
        changed=tuple(changed[:SHOWN_MAX]),
    )


def _rulings(sql: Session, rows: list[Any]) -> dict[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    if not rows:
        return found
    for row in sql.execute(
        "SELECT proposal, version, verdict, cleared_by, standing FROM ruling"
        " WHERE proposal BETWEEN ? AND ? ORDER BY number",
        (rows[-1]["number"], rows[0]["number"]),
    ):
        found[row["proposal"]].append(dict(row))
    return found


def _changed(
    rows: list[Any],
    rulings: Mapping[int, list[Mapping[str, Any]]],
    before: Policy,
    after: Policy,
) -> Iterator[ChangedRuling]:
    for row in rows:
        ruled = [one for one in rulings[row["number"]] if one["version"] == row["version"]]
        standing, people = _standing(ruled), _people(ruled)
        submission, at = submission_of(row), instant(row["created_at"])
        old = outcome(submission, before, standing, people, at)
        new = outcome(submission, after, standing, people, at)
        if old.answer != new.answer:
            yield ChangedRuling(
                proposal=f"P-{row['number']}",
                decision=row["decision"],
                site=row["site"],
                zone=row["zone"],
                headline=row["headline"],
                value=value_of(submission.proposal) or submission.proposal.cost,
                before=old,
                after=new,
            )


def _standing(rulings: list[Mapping[str, Any]]) -> Standing:
    """How things stood at the first ruling; as if nothing had been open where it is not known."""
    known = next((one["standing"] for one in rulings if one["standing"]), "")
    return wire.read(Standing, known) if known else Standing()


def _people(rulings: list[Mapping[str, Any]]) -> tuple[str, ...]:
    named = (name for one in rulings for name in json.loads(one["cleared_by"]))
    return tuple(dict.fromkeys(name for name in named if name != "policy"))


def outcome(
    submission: Submission,
    policy: Policy,
    standing: Standing,
    people: Iterable[str],
    now: datetime,
) -> Ruled:
    """How a submission is ruled under a text, approved by the people who did approve it."""
    ruled = rule(submission, policy, standing=standing, now=now)
    answer = ruled.ruling
    if isinstance(answer, Cleared):
        return Ruled(answer="cleared by the policy", clause=ruled.clause, because="within limits")
    if isinstance(answer, Refusal):
        return Ruled(answer="observed", clause=ruled.clause, because=answer.because)
    said = Ruled(answer="waits", clause=answer.clause, because=answer.because)
    for name in people:
        person = policy.person(name)
        if person is None:
            return Ruled(answer="may not", clause="people", because=f"{name} is not among them")
        given = approve(
            answer, person, policy, justification=JUSTIFICATION, now=now, standing=standing
        )
        if isinstance(given, Refusal):
            return Ruled(answer="may not", clause=str(given.code), because=given.because)
        if isinstance(given, Cleared):
            text = f"by {', '.join(given.cleared_by)}"
            return Ruled(answer="approved", clause=given.clause, because=text)
        answer = given
        said = Ruled(answer="needs two people", clause=given.clause, because=given.because)
    return said


def _shifts(changed: Iterable[ChangedRuling]) -> tuple[Shift, ...]:
    groups: dict[tuple[str, str], list[Money]] = defaultdict(list)
    for one in changed:
        groups[one.before.answer, one.after.answer].append(one.value)
    return tuple(
        Shift(before=old, after=new, count=len(values), values=_sums(values))
        for (old, new), values in sorted(groups.items(), key=lambda item: -len(item[1]))
    )


def _sums(values: Iterable[Money]) -> tuple[Money, ...]:
    sums: dict[str, Money] = {}
    for value in values:
        known = sums.get(value.currency)
        sums[value.currency] = value if known is None else known + value
    return tuple(sums.values())
