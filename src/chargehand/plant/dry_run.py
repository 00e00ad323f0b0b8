"""What a policy text would have cleared by itself over the last weeks, beside the text in force."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chargehand.governance.clauses import Standing
from chargehand.governance.policy import Cleared, Policy, Submission, rule
from chargehand.governance.promotion import DryRun
from chargehand.governance.raising import Cell
from chargehand.governance.submission import value_of
from chargehand.plant.breaker_readings import NO_PROBE
from chargehand.plant.rulings import submission_of
from chargehand.plant.track_record import measured, within
from chargehand.storage.personal import Sql
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.money import Money

DAYS = 28
AT_MOST = 5_000
"""Proposals that are looked at, the newest ones."""
NAMED_MAX = 20


def dry_run(sql: Sql, cell: Cell, before: Policy, after: Policy, now: datetime) -> DryRun:
    """Rule on the proposals of the last weeks in a cell again, under both texts.

    What each text cleared on a day counts against its limits of that day; breakers and demotions
    of that time are left out, as they may not come again.
    """
    old, new = _Course(before), _Course(after)
    more, wrong, measured, seen = [], [], 0, 0
    for row, is_right in _rows(sql, cell, now):
        seen += 1
        submission = submission_of(row)
        at = instant(row["created_at"])
        was, would = old.clears(submission, at), new.clears(submission, at)
        name = f"P-{row['number']}"
        if would and not was:
            more.append(name)
        if would and is_right is not None:
            measured += 1
            if not is_right:
                wrong.append(name)
    return DryRun(
        days=DAYS, seen=seen, cleared_before=old.count, cleared_after=new.count,
        sum_before=old.total(), sum_after=new.total(), measured_after=measured,
        wrong_after=len(wrong), wrong=tuple(wrong[-NAMED_MAX:]), more=tuple(more[-NAMED_MAX:]),
    )  # fmt: skip


def _rows(sql: Sql, cell: Cell, now: datetime) -> Iterator[tuple[Mapping[str, Any], bool | None]]:
    where, arguments = within(cell)
    since = written(now - timedelta(days=DAYS))
    rows = sql(
        "SELECT p.* FROM proposal p"
        f" WHERE p.updated_at >= ? AND p.created_at >= ?{where} AND {NO_PROBE}"
        f" ORDER BY p.number DESC LIMIT {AT_MOST}",
        (since, since, *arguments),
    ).fetchall()
    since_too = " AND p.updated_at >= ? AND p.created_at >= ?"
    found = measured(sql, where + since_too, (*arguments, since, since))
    right = {one.proposal: one.is_right for one in found}
    for row in reversed(rows):
        yield dict(row), right.get(row["number"])


@dataclass(slots=True)
class _Course:
    """What one text clears, day by day."""

    policy: Policy
    count: int = 0
    _of_day: Counter[str] = field(default_factory=Counter)
    _sums: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    _total: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def clears(self, submission: Submission, at: datetime) -> bool:
        """Whether the text clears a submission by itself on its day; what it clears is counted."""
        day = f"{at:%Y-%m-%d}"
        cost = value_of(submission.proposal) or submission.proposal.cost
        standing = Standing(
            spent_today=Money(self._sums[day, cost.currency], cost.currency),
            cleared_today=self._of_day[day],
        )
        if not isinstance(rule(submission, self.policy, standing=standing, now=at).ruling, Cleared):
            return False
        self.count += 1
        self._of_day[day] += 1
        self._sums[day, cost.currency] += cost.amount
        self._total[cost.currency] += cost.amount
        return True

    def total(self) -> tuple[Money, ...]:
        """What it cleared, one sum for each currency."""
        return tuple(Money(amount, currency) for currency, amount in sorted(self._total.items()))
