"""Cards of the Autonomy page: what seems ready to go up a step, and what people wave through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chargehand.governance.phase import Phase
from chargehand.governance.raising import Cell, asked
from chargehand.outcomes.attention import WAVED_THROUGH_S
from chargehand.web import words
from chargehand.web.render import query
from chargehand.web.titles import titled

if TYPE_CHECKING:
    from chargehand.governance.promotion import PromotionRule
    from chargehand.governance.terms import Policy
    from chargehand.outcomes.trust import TrustLine, TrustReport
    from chargehand.plant.phase_rows import PhaseRow

READY_MAX = 5
NEXT = {Phase.OBSERVE: Phase.ASSIST, Phase.ASSIST: Phase.AUTOMATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A decision at a site that has shown enough to be proposed for the next phase."""

    title: str
    where: str
    told: str
    to: str
    href: str


def ready(rows: Iterable[PhaseRow], report: TrustReport, policy: Policy) -> tuple[Ready, ...]:
    """What has shown enough at its site; the promotion itself looks at each zone anew."""
    return tuple(_ready(tuple(rows), report, policy))[:READY_MAX]


def _ready(rows: tuple[PhaseRow, ...], report: TrustReport, policy: Policy) -> Iterator[Ready]:
    told = {(line.decision, line.site): line for line in report.lines}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        where, after = (row.decision, row.site), NEXT.get(row.phase)
        if after is None or where in seen or where not in told or row.demotions:
            continue
        cell = Cell(
            decision=row.decision, site=row.site, zones=frozenset({row.zone} - {""}),
            but=frozenset(), before=row.phase, after=after,
        )  # fmt: skip
        if (rules := asked(policy, cell)) and all(_has_shown(told[where], r) for r in rules):
            seen.add(where)
            yield _card(row, told[where], after)


def _has_shown(line: TrustLine, rule: PromotionRule) -> bool:
    right = line.accuracy
    if right.total < rule.count_min or right.at_least < rule.accuracy_min:
        return False
    if line.people is None or rule.override_rate_max is None:
        return True
    rate = line.people.acts.overrides.rate.share
    return rate is None or rate <= rule.override_rate_max


def _card(row: PhaseRow, line: TrustLine, after: Phase) -> Ready:
    right = line.accuracy
    return Ready(
        title=titled(row.decision),
        where=row.site,
        told=f"{right.hits} of {right.total} right, surely {words.percent_down(right.at_least)}",
        to=after.value,
        href=f"/autonomy/raise{query(decision=row.decision, site=row.site, zone='*', to=after)}",
    )


def waved(report: TrustReport) -> tuple[str, ...]:
    """What was approved before anybody can have read it; of everybody together."""
    found = []
    for line in report.lines if len(report.lines) > 1 else (report.total,):
        if line.people is None or not line.people.reading_known:
            continue
        quick = sum(one.count for one in line.people.reading if one.to_s == WAVED_THROUGH_S)
        if quick:
            name = "All decisions" if line.decision == "*" else titled(line.decision)
            place = "" if line.site == "*" else f", {line.site}"
            found.append(
                f"{name}{place}: {quick} of {line.people.reading_known} approvals"
                f" in under {WAVED_THROUGH_S:g} seconds."
            )
    return tuple(found)
