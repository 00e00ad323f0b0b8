"""How far people can rely on decisions: accuracy, calibration, overrides, latency, questions."""

from __future__ import annotations

from datetime import datetime, timedelta

from chargehand.outcomes.trust import TrustReport, trust_lines
from chargehand.plant import policies
from chargehand.plant.baselines import BeforeAndNow, compared, take_missing
from chargehand.plant.drilling import last_drill
from chargehand.plant.trust_reads import Scope, attentions, seen
from chargehand.runtime import clock
from chargehand.storage.store import Store

PERIOD_DEFAULT = timedelta(days=30)
LONG = timedelta(days=28)
"""A shorter period is a part of the whole: see ``outcomes.together``."""


class Trust:
    """How far people can rely on decisions, as figures."""

    store: Store

    def trust(
        self,
        *,
        decision: str | None = None,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> TrustReport:
        """The trust figures of a period, by default of the last 30 days.

        Accuracy and calibration are of what was measured in it, acts of what was decided in it.
        """
        end = until or clock.now()
        scope = Scope(since=since or end - PERIOD_DEFAULT, until=end)
        policy = policies.in_force(self.store)
        with self.store.snapshot() as sql:
            lines, total = trust_lines(
                seen(sql, scope), decision=decision, site=site,
                is_long=scope.until - scope.since >= LONG,
            )  # fmt: skip
            asked = attentions(sql, scope, policy)
            drilled = last_drill(sql)
        return TrustReport(
            since=scope.since,
            until=scope.until,
            lines=lines,
            total=total,
            attention=tuple(one for one in asked if site in (None, one.site)),
            last_drill=drilled,
        )

    def baselines(self) -> tuple[BeforeAndNow, ...]:
        """What each site was like before anything was switched on, beside what it is like now."""
        take_missing(self.store)
        with self.store.snapshot() as sql:
            return compared(sql, clock.now())
