"""Raising a phase: what speaks for it, what it would have done, and putting it before people."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.governance.phase import AutomationLimits
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.work import TransactionType
from chargehand.web import words
from chargehand.web.forms import Filled, FilledForm
from chargehand.web.pages.decision import STATUS_BY_CODE, UNPROCESSABLE
from chargehand.web.pages.filters import choices
from chargehand.web.render import Notice, go, page
from chargehand.web.session import Seen, Visit

if TYPE_CHECKING:
    from chargehand.governance.promotion import Evidence
    from chargehand.plant.phase_rows import PhaseRow

HERE = "/autonomy"
AUTOMATE = "automate"
PERCENT = 100
ANY = "*"

router = APIRouter(include_in_schema=False)


class Unread(ValueError):
    """A field of the limits cannot be read; the message says which and why."""


@router.get("/autonomy/raise")
def evidence(request: Request, seen: Seen) -> Response:
    """Show what speaks for raising a phase; with limits, also what they would have cleared."""
    return _shown(seen, Filled(tuple(request.query_params.multi_items())))


@router.post("/autonomy/raise")
def propose(seen: Seen, form: FilledForm) -> Response:
    """Put the raise before those who sign it."""
    try:
        limits = _limits(form)
    except Unread as error:
        told = Notice(kind="problem", text=f"Nothing was proposed. {error}")
        return _shown(seen, form, told, status=UNPROCESSABLE)
    done = seen.plant.promote(
        form.one("decision"), form.one("site"), form.one("zone") or ANY, to=form.one("to"),
        limits=limits, by=str(seen.person.person), because=form.one("because").strip(),
    )  # fmt: skip
    if isinstance(done, Refusal):
        told = Notice(kind="problem", text=f"Nothing was proposed. {words.sentence(done.because)}")
        return _shown(seen, form, told, status=STATUS_BY_CODE.get(done.code, UNPROCESSABLE))
    if isinstance(done, list):
        told = Notice(kind="problem", text=f"Nothing was proposed: {done[0]}")
        return _shown(seen, form, told, status=UNPROCESSABLE)
    said = f"{done.row.id} is proposed. {words.sentence(done.row.missing)}"
    return go(seen, f"/policy/requests/{done.row.id}", Notice(text=said.strip()))


def _shown(
    seen: Visit, asked: Filled, notice: Notice | None = None, *, status: int = 200
) -> Response:
    decision, site = asked.one("decision"), asked.one("site")
    zone, to = asked.one("zone") or ANY, asked.one("to")
    rows = [one for one in seen.plant.phases() if (one.decision, one.site) == (decision, site)]
    if not rows or to not in words.PHASES:
        told = Notice(kind="problem", text="There is no such decision, site or phase to raise.")
        return page(seen, "screens/missing.html", here=HERE, status=404, notice=told)
    now = min((row for row in rows if zone in (ANY, row.zone)), key=_rank, default=rows[0])
    found, why = _evidence(seen, asked, decision, site, zone)
    zones = sorted({row.zone for row in rows if row.zone})
    return page(
        seen,
        "screens/raise.html",
        here=HERE,
        status=status,
        notice=notice or why,
        decision=decision,
        site=site,
        zone=zone,
        to=to,
        now_is=now.phase.value,
        evidence=found,
        passed=bool(found) and all(one.passed for one in found),
        zones=choices([(ANY, "every zone"), *((name, name) for name in zones)], zone),
        fields=_fields(asked, now),
        transactions=_transactions(asked, now),
        automates=to == AUTOMATE,
        because=asked.one("because"),
    )


def _evidence(
    seen: Visit, asked: Filled, decision: str, site: str, zone: str
) -> tuple[tuple[Evidence, ...], Notice | None]:
    """What speaks for it, or why that cannot be said."""
    try:
        limits = _limits(asked)
    except Unread as error:
        return (), Notice(kind="problem", text=str(error))
    found = seen.plant.evidence_for(decision, site, zone, to=asked.one("to"), limits=limits)
    if isinstance(found, Refusal):
        return (), Notice(kind="problem", text=words.sentence(found.because))
    return found, None


def _rank(row: PhaseRow) -> int:
    return list(words.PHASES).index(row.phase.value)


def _limits(asked: Filled) -> AutomationLimits | None:
    """The limits of a form; None where it has none."""
    if asked.one("to") != AUTOMATE or not asked.one("cost_max"):
        return None
    count = asked.one("count_per_day_max").strip()
    if count and not (count.isascii() and count.isdecimal() and int(count) > 0):
        raise Unread(f"{count!r} is no number of proposals a day.")
    confidence = _number(asked, "confidence_min", "confidence") / PERCENT
    if not 0 <= confidence <= 1:
        raise Unread("Confidence is written in percent, from 0 to 100.")
    return AutomationLimits(
        transactions=frozenset(asked.all("transactions")) or frozenset({ANY}),
        cost_max=_money(asked, "cost_max"),
        confidence_min=float(confidence),
        spend_per_day_max=_money(asked, "spend_per_day_max"),
        bases=frozenset({"model", "fallback"} if asked.one("fallback") else {"model"}),
        count_per_day_max=int(count) if count else None,
    )


def _money(asked: Filled, name: str) -> Money:
    return Money.of(
        _number(asked, name, words.spoken(name).lower()), asked.one("currency") or "EUR"
    )


def _number(asked: Filled, name: str, what: str) -> Decimal:
    text = asked.one(name).strip().replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise Unread(f"{text!r} is no {what}: write a number such as 250.00.") from error
    if not number.is_finite() or number < 0:
        raise Unread(f"{text} is no {what}: write a number from 0 on.")
    return number


def _fields(asked: Filled, row: PhaseRow) -> Mapping[str, str]:
    """What the fields of the limits say: as typed, else as the text in force says it."""
    held = row.limits
    found = {
        "cost_max": f"{held.cost_max.amount}" if held else "",
        "currency": held.cost_max.currency if held else "EUR",
        "confidence_min": f"{held.confidence_min * PERCENT:g}" if held else "90",
        "spend_per_day_max": f"{held.spend_per_day_max.amount}" if held else "",
        "count_per_day_max": f"{held.count_per_day_max or ''}" if held else "",
        "fallback": "1" if held and "fallback" in held.bases else "",
    }
    typed = asked.single
    return found | {name: typed[name] for name in found if name in typed}


def _transactions(asked: Filled, row: PhaseRow) -> list[tuple[str, bool]]:
    chosen = asked.all("transactions") or (tuple(row.limits.transactions) if row.limits else ())
    return [(str(one), ANY in chosen or str(one) in chosen) for one in TransactionType]
