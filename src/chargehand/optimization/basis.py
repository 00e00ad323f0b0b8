"""Say in plain words what a forecast rests on and how well it did in its back-test."""

from __future__ import annotations

from typing import Final, Protocol

from chargehand.vocabulary.distribution import CountDistribution

COVERAGE_PERIODS: Final = 24
"""History below which a share of covered periods says nothing (periods)."""
_NAMES: Final = ((1, "days"), (7, "weeks"), (30, "months"), (91, "quarters"))


class Forecast(Protocol):
    """What a recorded forecast tells of itself."""

    @property
    def method(self) -> str:
        """What made it."""

    @property
    def version(self) -> str:
        """Of the code that made it."""

    @property
    def demand(self) -> CountDistribution:
        """Units demanded in one period."""

    @property
    def periods(self) -> int:
        """History behind it (periods)."""

    @property
    def cost_ratio(self) -> float:
        """Cost in the back-test relative to the ERP default; below 1 is better."""

    @property
    def coverage(self) -> float:
        """Share of the back-test whose demand lay within the .95 quantile (fraction)."""


def basis_text(forecast: Forecast | None) -> str:
    """Return what a forecast rests on, in plain words first, its method and version last."""
    if forecast is None:
        return "No forecast is recorded for it: too little history, or the model has not run yet."
    history = f"Forecast from {_span(forecast.periods, forecast.demand.period_days)} of use"
    tested = f"in the back-test it cost {_against(forecast.cost_ratio)} the usual ERP rule"
    covered = ""
    if forecast.periods >= COVERAGE_PERIODS:
        covered = f", and demand stayed within its upper bound {forecast.coverage:.0%} of the time"
    return f"{history}; {tested}{covered} ({forecast.method}@{forecast.version})."


def _span(periods: int, days: float) -> str:
    name = next((name for length, name in _NAMES if abs(days - length) < 1), None)
    if name is None:
        return f"{periods} periods of {days:g} days"
    return f"{periods} {name[:-1] if periods == 1 else name}"


def _against(ratio: float) -> str:
    percent = round(abs(1 - ratio) * 100)
    if percent == 0:
        return "as much as"
    return f"{percent} % {'less' if ratio < 1 else 'more'} than"
