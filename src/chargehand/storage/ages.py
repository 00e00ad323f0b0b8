"""The part of the record's view that says how old what it knows is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from chargehand.vocabulary.identifier import SiteId
from chargehand.vocabulary.instant import instant


class Ages:
    """How old stock and forecasts are, of one snapshot of the database."""

    _sql: Callable[..., Any]

    def heard_at(self, site: SiteId) -> datetime | None:
        """When something was last heard of the site's stock; None where nothing ever was."""
        moved = self._sql(
            "SELECT recorded_at FROM journal"
            " WHERE number = (SELECT max(entry) FROM balance WHERE site = ?)",
            (site,),
        ).fetchone()
        listed = self._sql("SELECT max(taken_at) FROM snapshot WHERE site = ?", (site,)).fetchone()
        moments = [row[0] for row in (moved, listed) if row is not None and row[0]]
        return max(map(instant, moments), default=None)

    def demand_until(self, site: SiteId) -> date | None:
        """The day up to which the site's use was known to its forecasts; None without any."""
        row = self._sql(
            "SELECT body FROM journal WHERE kind <> 'movement' AND kind = 'forecast' AND key = ?"
            " ORDER BY number DESC LIMIT 1",
            (f"demand|{site}",),
        ).fetchone()
        if row is None:
            return None
        return date.fromisoformat(json.loads(json.loads(row["body"])["basis"])["until"])
