"""Outcomes: how far decisions can be relied on, and what came of each proposal, right or wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.web.calibration_chart import calibration_chart
from chargehand.web.pages.filters import choices, site_choices
from chargehand.web.render import page, query
from chargehand.web.session import Seen
from chargehand.web.titles import titled

if TYPE_CHECKING:
    from chargehand.outcomes.trust import TrustLine, TrustReport

LIMIT = 50
PERIODS = {"7": "last 7 days", "30": "last 30 days", "90": "last 90 days", "365": "last year"}
PERIOD = "30"

router = APIRouter(include_in_schema=False)


@router.get("/outcomes")
def outcomes(request: Request, seen: Seen) -> Response:
    """Show the trust figures of a period, then measured outcomes, the newest first."""
    asked = request.query_params
    after, days = asked.get("after", ""), asked.get("days", PERIOD)
    days = days if days in PERIODS else PERIOD
    decision, site = asked.get("decision", ""), asked.get("site", "")
    overview = seen.plant.overview()
    window = seen.plant.outcomes(site=site or None, after=after or None, limit=LIMIT)
    report = None
    if not after:
        since = overview.as_of - timedelta(days=int(days))
        report = seen.plant.trust(decision=decision or None, site=site or None, since=since)
    kinds = [
        ("", "All decisions"),
        *((name, titled(name)) for name, _, _ in seen.plant.decisions()),
    ]
    filters = [
        ("days", "Period", choices(PERIODS.items(), days)),
        ("decision", "Decision", choices(kinds, decision)),
        ("site", "Site", site_choices(overview, site)),
    ]
    return page(
        seen,
        "screens/outcomes.html",
        here="/outcomes",
        overview=overview,
        report=report,
        whole=_whole(report) if report else None,
        chart=calibration_chart(_whole(report).calibration) if report else "",
        filters=[one for one in filters if len(one[2]) > 1],
        measured=window.rows,
        more=query(site=site, after=window.next) if window.next else "",
        from_top=not after,
    )


def _whole(report: TrustReport) -> TrustLine:
    """The line of everything; where one decision at one site was asked for, that line."""
    return report.lines[0] if len(report.lines) == 1 else report.total
