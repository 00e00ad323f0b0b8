"""Autonomy: what each decision may do without asking, where, and which breakers are open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from chargehand.governance.phase import UNNAMED
from chargehand.governance.policy import parse_policy
from chargehand.governance.terms import Policy
from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.pages.decision import STATUS_BY_CODE, UNPROCESSABLE
from chargehand.web.render import Notice, go, page
from chargehand.web.session import Fields, Seen, Visit
from chargehand.web.titles import titled

if TYPE_CHECKING:
    from chargehand.governance.phase import AutomationLimits, PhaseRule
    from chargehand.plant.reading import BreakerRow, Done, Overview

STOPPED = "stop"
"""Cause of the breaker that a person opens over everything."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLine:
    """One row: the phase of a decision at a site and zone."""

    decision: str
    site: str
    zone: str
    phase: str
    limits: tuple[str, ...]
    clause: str
    breakers: tuple[BreakerRow, ...]


@router.get("/autonomy")
def autonomy(seen: Seen) -> Response:
    """Show phases, limits and breakers; changing them is a change of the policy text."""
    return _shown(seen)


@router.post("/autonomy/stop")
def stop(seen: Seen, fields: Fields) -> Response:
    """Stop all automation: the safe side, so anybody may, also without a reason."""
    because = fields.get("because", "").strip()
    done = seen.plant.stop_automation(by=seen.person.person, reason=because)
    return _answered(seen, done)


@router.post("/autonomy/close")
def close(seen: Seen, fields: Fields) -> Response:
    """Close a breaker, or resume automation after a stop, with a reason."""
    done = seen.plant.close_breaker(
        fields.get("decision", ""),
        fields.get("site", ""),
        fields.get("zone", ""),
        by=seen.person.person,
        reason=fields.get("because", "").strip(),
    )
    return _answered(seen, done)


def _answered(seen: Visit, done: Done | Refusal) -> Response:
    if isinstance(done, Refusal):
        told = Notice(kind="problem", text=words.sentence(done.because))
        return _shown(seen, told, status=STATUS_BY_CODE.get(done.code, UNPROCESSABLE))
    return go(seen, "/autonomy", Notice(text=words.sentence(done.text)))


def _shown(seen: Visit, notice: Notice | None = None, status: int = 200) -> Response:
    version, text = seen.plant.policy_text()
    policy = parse_policy(text)
    overview = seen.plant.overview()
    return page(
        seen,
        "screens/autonomy.html",
        here="/autonomy",
        status=status,
        notice=notice,
        overview=overview,
        version=version,
        text=text,
        lines=_lines(policy, overview) if isinstance(policy, Policy) else (),
        policy=policy if isinstance(policy, Policy) else None,
        purposes={name: (what, fallback) for name, what, fallback in seen.plant.decisions()},
        phase_names=words.PHASES,
        is_stopped=any(one.cause == STOPPED for one in overview.breakers),
        stopped=STOPPED,
    )


def _lines(policy: Policy, overview: Overview) -> tuple[PhaseLine, ...]:
    """Each rule in the order of the text, then the decisions that no rule names."""
    rules = sorted(policy.phases, key=lambda rule: (rule.decision == "*", rule.decision))
    lines = [_line(rule, overview) for rule in rules]
    named = {rule.decision for rule in policy.phases}
    if "*" not in named:
        lines.append(_line(UNNAMED, overview))
    return tuple(lines)


def _line(rule: PhaseRule, overview: Overview) -> PhaseLine:
    return PhaseLine(
        decision="Any other decision" if rule.decision == "*" else titled(rule.decision),
        site="any" if rule.site == "*" else rule.site,
        zone="any" if rule.zone == "*" else rule.zone,
        phase=rule.phase.value,
        limits=_limits(rule.limits) if rule.limits else (),
        clause=rule.clause,
        breakers=tuple(one for one in overview.breakers if _concerns(one, rule)),
    )


def _concerns(breaker: BreakerRow, rule: PhaseRule) -> bool:
    """Whether a breaker stops what the rule allows, somewhere in the rule's places."""
    pairs = (
        (breaker.decision, rule.decision),
        (breaker.site, rule.site),
        (breaker.zone, rule.zone),
    )
    return all("*" in pair or pair[0] == pair[1] for pair in pairs)


def _limits(limits: AutomationLimits) -> tuple[str, ...]:
    told = [
        f"up to {words.money(limits.cost_max)}",
        f"confidence from {words.percent(limits.confidence_min)}",
        f"{words.money(limits.spend_per_day_max)} a day",
    ]
    if limits.count_per_day_max is not None:
        told.append(f"{limits.count_per_day_max} a day")
    if "*" not in limits.transactions:
        told.append(", ".join(sorted(words.spoken(name).lower() for name in limits.transactions)))
    told.append("model or fallback" if "fallback" in limits.bases else "model only")
    return tuple(told)
