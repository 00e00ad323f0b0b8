"""What happens when a decision's model or sources fail it, and how its proposals then say so.

A doubt about what a question was read from travels in the question itself (its field ``doubt``), so
that the answer can be derived again; every proposal made in doubt is one of basis ``fallback``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import sqrt
from typing import Any, Final, Literal, Protocol, TypeVar, get_args, runtime_checkable

from chargehand.record.view import RecordView
from chargehand.vocabulary.distribution import CountDistribution
from chargehand.vocabulary.identifier import MaterialId, SiteId

Condition = Literal[
    "model_missing", "model_stale", "source_stale", "drifting", "unsure", "service_down"
]
CONDITIONS: Final[tuple[Condition, ...]] = get_args(Condition)
SOURCE_AGE_MAX: Final = timedelta(days=4)
"""Stock of which nothing was heard for longer is doubted: longer than a long weekend."""
MODEL_AGE_MAX: Final = timedelta(days=62)
"""A forecast of demand is doubted this long after the last day that it was made from."""
DRIFT_WINDOW: Final = timedelta(days=90)
DRIFT_DEVIATIONS: Final = 4.0
"""Use of the window may differ from the forecast by so many standard deviations."""

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What a decision does when something it relies on fails it."""

    when: Condition
    then: str
    """What it does then, in one sentence."""
    shown_as: str
    """How that shows to whoever has to decide, in a few words."""


@runtime_checkable
class KnowsAges(Protocol):
    """A record that can say how old what it knows is."""

    def heard_at(self, site: SiteId) -> datetime | None:
        """When something was last heard of the site's stock; None where nothing ever was."""
        ...

    def demand_until(self, site: SiteId) -> date | None:
        """The day up to which the site's use was known to its forecasts; None without any."""
        ...


_MARKED: Final = "basis fallback, with the reason"
_WAITS: Final = "its confidence, and why it waits"
_SHEET: Final = "floor-tasks.csv in the plant's folder"
_SOURCE: Final = Fallback(
    when="source_stale",
    then="It answers from the stock as it was last heard of, and is not automated as a model is.",
    shown_as=_MARKED,
)
_UNSURE: Final = Fallback(
    when="unsure",
    then="Below the confidence that the policy asks for it waits for a person.",
    shown_as=_WAITS,
)
_DOWN: Final = Fallback(
    when="service_down",
    then="Nothing new is proposed; receiving, kitting and open tasks go on from the task sheet.",
    shown_as=_SHEET,
)


def _unaffected(when: Condition) -> Fallback:
    return Fallback(
        when=when, then="It uses no forecast, so nothing changes.", shown_as="basis model, as ever"
    )


WITHOUT_MODEL: Final = (
    _unaffected("model_missing"), _unaffected("model_stale"), _SOURCE, _unaffected("drifting"),
    _UNSURE, _DOWN,
)  # fmt: skip
"""Of a decision that counts and compares, and forecasts nothing."""


def with_model(missing: str, shown_as: str = _MARKED) -> tuple[Fallback, ...]:
    """The fallbacks of a decision that rests on a forecast; ``missing``: what it does without."""
    stale = "It goes on with the last forecast, and is not automated as a fresh one is."
    drift = "It goes on with the forecast, and is not automated until use and forecast agree again."
    return (
        Fallback(when="model_missing", then=missing, shown_as=shown_as),
        Fallback(when="model_stale", then=stale, shown_as=_MARKED),
        _SOURCE,
        Fallback(when="drifting", then=drift, shown_as=_MARKED),
        _UNSURE,
        _DOWN,
    )


class Doubts:
    """Finds what makes the questions of one hearing doubtful; asks the record once for a site."""

    def __init__(self, record: RecordView) -> None:
        self._record = record
        self._ages = record if isinstance(record, KnowsAges) else None
        self._of_site: dict[SiteId, tuple[str, str]] = {}
        self._used: dict[SiteId, dict[MaterialId, Decimal]] = {}

    def doubted(self, question: Kept, site: SiteId, subject: str) -> Kept:
        """The question with what is to be doubted of it; unchanged where nothing is."""
        if self._ages is None or not hasattr(question, "doubt"):
            return question
        doubt = " ".join(self._found(question, site, subject))
        changed: Any = question
        return replace(changed, doubt=doubt) if doubt else question

    def _found(self, question: object, site: SiteId, subject: str) -> Iterator[str]:
        assert self._ages is not None
        if site not in self._of_site:
            self._of_site[site] = (self._source(self._ages, site), self._model(self._ages, site))
        source, model = self._of_site[site]
        if source:
            yield source
        forecast = getattr(question, "forecast", None)
        if forecast is not None:
            if model:
                yield model
            if drift := self._drift(forecast.demand, site, MaterialId(subject)):
                yield drift

    def _source(self, ages: KnowsAges, site: SiteId) -> str:
        heard = ages.heard_at(site)
        if heard is None or self._record.as_of - heard <= SOURCE_AGE_MAX:
            return ""
        days = (self._record.as_of - heard).days
        return f"Nothing was heard of the stock of {site} for {days} days: its source is stale."

    def _model(self, ages: KnowsAges, site: SiteId) -> str:
        until = ages.demand_until(site)
        if until is None or self._record.as_of.date() - until <= MODEL_AGE_MAX:
            return ""
        return f"The forecast knows of no use since {until:%Y-%m-%d}: it is stale."

    def _drift(self, demand: CountDistribution, site: SiteId, material: MaterialId) -> str:
        if site not in self._used:
            today = self._record.as_of.date()
            found = self._record.used(site, today - DRIFT_WINDOW, today)
            self._used[site] = {key: found[key] for key in found}
            self._record.take_evidence()  # what all other parts used is no evidence of this one
        used = float(self._used[site].get(material, 0))
        periods = DRIFT_WINDOW.days / demand.period_days
        mean, variance = demand.mean * periods, demand.variance * periods
        if abs(used - mean) <= DRIFT_DEVIATIONS * sqrt(max(variance, mean, 1.0)):
            return ""
        return (
            f"In {DRIFT_WINDOW.days} days {used:g} were used, where {mean:.1f} were forecast: it"
            " drifts."
        )


def marked(answer: Kept, question: object) -> Kept:
    """An answer to a question, marked as made by the fallback where the question is doubted."""
    doubt = getattr(question, "doubt", "")
    if not doubt or not hasattr(answer, "basis"):
        return answer
    changed: Any = answer
    note = f"{doubt} {changed.basis_note}"
    return replace(changed, basis="fallback", basis_note=note)  # type: ignore[no-any-return]
