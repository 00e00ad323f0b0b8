"""Trust figures on the command line."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import OK, PLAIN, Common, emit, open_plant, rows_of, say, wrong_use
from chargehand.cli.filters import wrong_place
from chargehand.cli.moments import read_moment

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.outcomes.baseline import Baseline
    from chargehand.outcomes.trust import TrustLine, TrustReport
    from chargehand.plant.baselines import BeforeAndNow

HOUR_S, MINUTE_S = 3600, 60


def trust(
    *,
    decision: Annotated[str | None, Parameter(help="Only this kind of decision.")] = None,
    site: Annotated[str | None, Parameter(help="Only this site.")] = None,
    since: Annotated[str | None, Parameter(help="From then on [30 days ago].")] = None,
    until: Annotated[str | None, Parameter(help="Up to then [now].")] = None,
    calibration: Annotated[
        bool, Parameter(negative="", help="The calibration curve of all of it instead.")
    ] = False,
    baseline: Annotated[
        bool, Parameter(negative="", help="What each site was like at first, and is now, instead.")
    ] = False,
    common: Common = PLAIN,
) -> int:
    """Say how far each decision can be relied on."""
    start = None if since is None else read_moment(since, "--since", common)
    end = None if until is None else read_moment(until, "--until", common)
    for wrong in (start, end):
        if isinstance(wrong, int):
            return wrong
    assert not isinstance(start, int)
    assert not isinstance(end, int)
    if start is not None and end is not None and start >= end:
        return wrong_use("--since must be before --until", json=common.json)
    with closing(open_plant(common.plant)) as plant:
        if (bad := wrong_place(plant, site=site, decision=decision, json=common.json)) is not None:
            return bad
        if baseline:
            return _baselines(plant.baselines(), site, json=common.json)
        report = plant.trust(decision=decision, site=site, since=start, until=end)
    emit(
        report,
        json=common.json,
        table=lambda: _curve(report) if calibration else _lines(report),
    )
    if not common.json and not calibration:
        _talk(report, quiet=common.quiet)
    return OK


def _lines(report: TrustReport) -> RenderableType:
    return rows_of(
        (
            "Decision!", "Site!", "Measured#", "Right#", "?At least#", "?Off by#", "Decided#",
            "Overruled#", "?People right#", "?Proposal right#", "Answered in#",
        ),
        (_row(line) for line in (*report.lines, report.total)),
        title=f"{report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}",
    )  # fmt: skip


def _row(line: TrustLine) -> tuple[object, ...]:
    seen = line.accuracy
    head = (
        "all" if line.decision == "*" else line.decision,
        "all" if line.site == "*" else line.site,
        seen.total, _percent(seen.share), _percent(seen.at_least if seen.total else None),
        _percent(line.calibration.error),
    )  # fmt: skip
    if line.people is None:
        return (*head, "few people", "", "", "", "")
    acts = line.people.acts
    overrides = acts.overrides
    return (
        *head, acts.decided, _percent(overrides.rate.share), overrides.people_right,
        overrides.proposal_right, _time(acts.latency_median_s),
    )  # fmt: skip


def _curve(report: TrustReport) -> RenderableType:
    return rows_of(
        ("Said", "Proposals#", "Said on average#", "Were right#"),
        (
            (
                f"{one.low:.0%} to {one.high:.0%}", one.count, _percent(one.expected),
                _percent(one.observed),
            )
            for one in report.total.calibration.bins
        ),
    )  # fmt: skip


FIGURES = (
    ("Parts stocked", "parts"), ("out of stock", "out"), ("at or below the reorder point", "below"),
    ("Pick faces", "faces"), ("empty", "faces_empty"), ("Value of the stock", "values"),
    ("Places with stock", "places"), ("never counted", "never_counted"),
    ("days since the last count (median)", "count_age_median_d"),
)  # fmt: skip


def _baselines(found: tuple[BeforeAndNow, ...], site: str | None, *, json: bool) -> int:
    asked = [one for one in found if site in (None, one.before.site)]
    emit(
        asked,
        json=json,
        table=lambda: rows_of(
            ("Site!", "Figure", "At first#", "Now#"),
            (
                (one.before.site, f"{what}", _shown(one.before, name), _shown(one.now, name))
                for one in asked
                for what, name in FIGURES
            ),
        ),
    )
    if not asked:
        say("No baseline yet: it is noted after the first hearing (`chargehand decide`).")
    return OK


def _shown(figures: Baseline, name: str) -> str:
    value = getattr(figures, name)
    if isinstance(value, float):
        return f"{value:.0f}"
    if isinstance(value, dict):
        return ", ".join(f"{currency} {amount}" for currency, amount in value.items()) or "-"
    return "-" if value is None else str(value)


def _talk(report: TrustReport, *, quiet: bool) -> None:
    for one in report.attention:
        rate = "-" if one.per_hour is None else f"{one.per_hour:.1f}"
        word = "within" if one.is_within else "ABOVE"
        say(
            f"{one.site}: {rate} questions per person-hour, {word} the budget of {one.budget:g}."
            f" {one.counted}",
            quiet=quiet,
        )
    people = report.total.people
    if people is not None and people.probes.planted:
        probes = people.probes
        say(
            f"Probes: {probes.caught} seen through, {probes.missed} approved,"
            f" {probes.unseen} not looked at, of {probes.planted}.",
            quiet=quiet,
        )
    drill = report.last_drill
    if drill is None:
        say("Fallbacks were never drilled here: chargehand drill.", quiet=quiet)
    else:
        how = "all worked" if drill.works else f"did not work: {', '.join(drill.failed)}"
        say(f"Fallbacks were drilled on {drill.at:%Y-%m-%d}: {how}.", quiet=quiet)
    withheld = [line for line in (*report.lines, report.total) if line.withheld]
    if withheld:
        say(f"few people: {withheld[0].withheld}", quiet=quiet)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds >= HOUR_S:
        return f"{seconds / HOUR_S:.1f} h"
    return f"{seconds / MINUTE_S:.0f} min" if seconds >= MINUTE_S else f"{seconds:.0f} s"
