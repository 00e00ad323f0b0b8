"""Autonomy: what each decision may do without asking, where, and what has stopped it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.governance.phase import RANK, Phase
from chargehand.governance.policy import parse_policy
from chargehand.governance.terms import Policy
from chargehand.plant.said_after import NOT_YET
from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.forms import FilledForm
from chargehand.web.pages.decision import STATUS_BY_CODE, UNPROCESSABLE
from chargehand.web.policy_text import anchor
from chargehand.web.render import STOPPED, Notice, go, page
from chargehand.web.session import BADGE_PAGES, Fields, Seen, Visit
from chargehand.web.titles import titled
from chargehand.web.trust_cards import ready, waved

if TYPE_CHECKING:
    from chargehand.governance.phase import AutomationLimits
    from chargehand.plant.drilling import FallbackRow
    from chargehand.plant.phase_rows import PhaseRow
    from chargehand.plant.reading import BreakerRow, Done

HERE = "/autonomy"
ANY = "*"
WATCHED = timedelta(days=90)
"""Time that the cards look back over."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLine:
    """One row: zones of a site where a decision stands alike."""

    decision: str
    title: str
    site: str
    zones: tuple[str, ...]
    is_whole_site: bool
    """Whether these are all zones of the site that the record knows."""
    phase: str
    effective: str
    lowered_by: str
    lowered_because: str
    lowered_scope: tuple[str, str, str]
    """Decision, site and zone that were lowered: perhaps more than this row."""
    limits: tuple[str, ...]
    cleared: int
    asked: int
    overruled: int
    clause: str
    breakers: tuple[BreakerRow, ...]

    @property
    def where(self) -> str:
        """Site and zones in words."""
        zones = [zone for zone in self.zones if zone]
        return self.site if self.is_whole_site or not zones else f"{self.site}, {', '.join(zones)}"

    @property
    def scope(self) -> tuple[str, ...]:
        """The zones that an act on this row names."""
        return (ANY,) if self.is_whole_site else self.zones

    @property
    def anchor(self) -> str:
        """What an address names it by."""
        return anchor(f"{self.decision} {self.site} {' '.join(self.zones)}")

    def is_lower(self, phase: str) -> bool:
        """Whether a phase comes before the one that holds."""
        return RANK[Phase(phase)] < RANK[Phase(self.effective)]


@router.get("/autonomy")
def autonomy(request: Request, seen: Seen) -> Response:
    """Show phases, limits and breakers, and what would let a decision go further."""
    return _shown(seen, decision=request.query_params.get("decision", ""))


@router.post("/autonomy/stop")
def stop(seen: Seen, fields: Fields) -> Response:
    """Stop all automation: the safe side, so anybody may; the reason may come after."""
    because = fields.get("because", "").strip()
    done = seen.plant.stop_automation(by=seen.person.person, reason=because)
    # Who signed in by badge does not see this page.
    return _answered(seen, done, back=BADGE_PAGES[0] if seen.bearer.scope.acts else HERE)


@router.post("/autonomy/close")
def close(seen: Seen, fields: Fields) -> Response:
    """Close a breaker, or resume automation after a stop, with a reason."""
    scope = tuple(fields.get(name, "") for name in ("decision", "site", "zone"))
    done = seen.plant.close_breaker(
        *scope, by=seen.person.person, reason=fields.get("because", "").strip()
    )
    return _answered(seen, done, opens="|".join(scope), typed=fields)


@router.post("/autonomy/lower")
def lower(seen: Seen, form: FilledForm) -> Response:
    """Lower a decision at once in every zone of a row; the reason may come after."""
    done: Done | Refusal | None = None
    for zone in form.all("zone") or (ANY,):
        done = seen.plant.demote(
            form.one("decision"), form.one("site"), zone, to=form.one("to"),
            by=str(seen.person.person), reason=form.one("because").strip(),
        )  # fmt: skip
        if isinstance(done, Refusal):
            return _answered(seen, done)
    assert done is not None, "a row has at least one zone"
    return _answered(seen, done)


def _answered(
    seen: Visit,
    done: Done | Refusal,
    *,
    opens: str = "",
    typed: Mapping[str, str] | None = None,
    back: str = HERE,
) -> Response:
    if isinstance(done, Refusal):
        told = Notice(kind="problem", text=words.sentence(done.because))
        status = STATUS_BY_CODE.get(done.code, UNPROCESSABLE)
        return _shown(seen, told, status=status, opens=opens, typed=typed)
    return go(seen, back, Notice(text=words.sentence(done.text)))


def _shown(
    seen: Visit,
    notice: Notice | None = None,
    *,
    status: int = 200,
    opens: str = "",
    typed: Mapping[str, str] | None = None,
    decision: str = "",
) -> Response:
    version, text = seen.plant.policy_text()
    policy = parse_policy(text, held=True)
    known = policy if isinstance(policy, Policy) else None
    overview = seen.plant.overview()
    rows = seen.plant.phases() if known else ()
    report = seen.plant.trust(since=overview.as_of - WATCHED)
    open_reviews = [row for row in seen.plant.reviews().rows if row.completed_at is None]
    return page(
        seen,
        "screens/autonomy.html",
        here=HERE,
        status=status,
        notice=notice,
        overview=overview,
        version=version,
        policy=known,
        lines=[one for one in lines(rows, overview.breakers) if decision in ("", one.decision)],
        stop=next((one for one in overview.breakers if one.cause == STOPPED), None),
        waiting=len(seen.plant.change_requests(state="waiting")),
        overdue=[row for row in open_reviews if row.is_overdue],
        reviews=open_reviews,
        ready=ready(rows, report, known) if known else (),
        waved=waved(report),
        fallbacks=_fallbacks(seen.plant.fallbacks()),
        drill=report.last_drill,
        phase_names=words.PHASES,
        not_yet=NOT_YET,
        opens=opens,
        typed=typed or {},
    )


def lines(rows: Iterable[PhaseRow], breakers: Iterable[BreakerRow]) -> Iterator[PhaseLine]:
    """Rows of the plant, the zones of a site together where nothing is different between them."""
    opened = tuple(one for one in breakers if one.cause != STOPPED)
    rows = tuple(rows)
    zones_of: dict[str, set[str]] = {}
    alike: dict[object, list[PhaseRow]] = {}
    for row in rows:
        zones_of.setdefault(row.site, set()).add(row.zone)
        stopped = tuple(one for one in opened if _concerns(one, row))
        lowered = tuple(one.number for one in row.demotions)
        alike.setdefault((row.decision, row.site, row.clause, lowered, stopped), []).append(row)
    for key, group in alike.items():
        yield _line(group, zones_of[group[0].site], key[-1])  # type: ignore[index]


def _line(group: list[PhaseRow], zones: set[str], breakers: tuple[BreakerRow, ...]) -> PhaseLine:
    first = group[0]
    lowest = first.demotions[0] if first.demotions else None
    return PhaseLine(
        decision=first.decision,
        title=titled(first.decision),
        site=first.site,
        zones=tuple(row.zone for row in group),
        is_whole_site={row.zone for row in group} == zones,
        phase=first.policy_phase.value,
        effective=first.phase.value,
        lowered_by="" if lowest is None else lowest.cause,
        lowered_because="" if lowest is None else lowest.because,
        lowered_scope=("", "", "")
        if lowest is None
        else (lowest.decision, lowest.site, lowest.zone),
        limits=limits(first.limits) if first.limits else (),
        cleared=sum(row.cleared for row in group),
        asked=sum(row.asked for row in group),
        overruled=sum(row.overruled for row in group),
        clause=first.clause,
        breakers=breakers,
    )


def _fallbacks(rows: Iterable[FallbackRow]) -> dict[str, list[FallbackRow]]:
    """What each decision does when something fails it."""
    found: dict[str, list[FallbackRow]] = {}
    for row in rows:
        found.setdefault(row.decision, []).append(row)
    return found


def _concerns(breaker: BreakerRow, row: PhaseRow) -> bool:
    """Whether a breaker stops a decision at a place."""
    pairs = ((breaker.decision, row.decision), (breaker.site, row.site), (breaker.zone, row.zone))
    return all(named in (ANY, own) for named, own in pairs)


def limits(given: AutomationLimits) -> tuple[str, ...]:
    """Say within what the policy may clear by itself."""
    told = [
        f"up to {words.money(given.cost_max)}",
        f"confidence from {words.percent(given.confidence_min)}",
        f"{words.money(given.spend_per_day_max)} a day",
    ]
    if given.count_per_day_max is not None:
        told.append(f"{given.count_per_day_max} a day")
    if ANY not in given.transactions:
        told.append(", ".join(sorted(words.spoken(name).lower() for name in given.transactions)))
    told.append("model or fallback" if "fallback" in given.bases else "model only")
    return tuple(told)
