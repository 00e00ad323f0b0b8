"""Taking away what decisions rely on, in a copy of a plant's record: each inside a transaction.

None of this may ever run on a plant itself: it edits the record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from chargehand.forecast.demand import DemandForecast
from chargehand.optimization.fallback import DRIFT_WINDOW, MODEL_AGE_MAX, SOURCE_AGE_MAX
from chargehand.storage.docket import Docket
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.quantity import SCALE

MARGIN = timedelta(days=10)
"""How much older than is allowed something is made."""
SURGE = 1000
"""Units that are used beyond any forecast."""


def no_model(docket: Docket, _as_of: datetime) -> None:
    """Every forecast is gone."""
    docket.sql("DELETE FROM estimate")


def old_model(docket: Docket, as_of: datetime) -> None:
    """Every forecast of demand was made long ago."""
    until = (as_of - MODEL_AGE_MAX - MARGIN).date().isoformat()
    for row in docket.sql(
        "SELECT number, key, body FROM journal WHERE kind <> 'movement' AND kind = 'forecast'"
    ).fetchall():
        if not row["key"].startswith("demand|"):
            continue
        fact = json.loads(row["body"])
        basis = json.loads(fact["basis"]) | {"until": until}
        fact["basis"] = json.dumps(basis)
        docket.sql(
            "UPDATE journal SET body = ? WHERE number = ?", (json.dumps(fact), row["number"])
        )


def old_source(docket: Docket, as_of: datetime) -> None:
    """Nothing was heard of any stock for long."""
    then = written(as_of - SOURCE_AGE_MAX - MARGIN)
    docket.sql("UPDATE snapshot SET taken_at = ?", (then,))
    newest = docket.sql(
        "SELECT max(entry) AS entry FROM balance WHERE site <> '' GROUP BY site"
    ).fetchall()
    for row in newest:
        docket.sql("UPDATE journal SET recorded_at = ? WHERE number = ?", (then, row["entry"]))


def drifting(docket: Docket, as_of: datetime) -> None:
    """Far more of each material was used lately than was forecast."""
    rows = docket.sql(
        "SELECT site, subject, body FROM estimate WHERE kind = ?", (DemandForecast.__name__,)
    ).fetchall()
    used_on = (as_of - DRIFT_WINDOW / 2).date().isoformat()
    for n, row in enumerate(rows, start=1):
        mean = wire.read(DemandForecast, row["body"]).demand.mean
        docket.sql(
            "INSERT INTO usage (entry, site, material, used_on, scaled) VALUES (?, ?, ?, ?, ?)",
            (-n, row["site"], row["subject"], used_on, int(SURGE * (1 + mean)) * SCALE),
        )


def as_it_is(_docket: Docket, _as_of: datetime) -> None:
    """Nothing is taken away."""


TAKEN: Mapping[str, Callable[[Docket, datetime], None]] = {
    "model_missing": no_model,
    "model_stale": old_model,
    "source_stale": old_source,
    "drifting": drifting,
}
"""What is done to the record for each condition that is about what a decision reads."""
