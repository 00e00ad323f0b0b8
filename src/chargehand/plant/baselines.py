"""The baseline of each site: noted once, after its first hearing, and compared with today."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from chargehand.outcomes.baseline import Baseline, baseline
from chargehand.plant.pacing import Paced
from chargehand.storage.docket import Docket
from chargehand.storage.personal import Sql
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import SiteId

HEARINGS_MAX = 50
"""Hearings of late that are looked at: the night's is among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAndNow:
    """A site's baseline beside the same figures of today."""

    before: Baseline
    now: Baseline


def take_missing(store: Store) -> int:
    """Note the baseline of each site that was heard and has none yet; returns how many.

    Before the first hearing its records may be half imported.
    """
    with store.snapshot() as sql:
        missing = _heard(sql) - _kept(sql.execute).keys()
    return store.write(lambda docket: _take(docket, missing)) if missing else 0


tend = Paced(lambda plant: take_missing(plant.store))
"""What the worker calls each round."""


def compared(sql: Session, at: datetime) -> tuple[BeforeAndNow, ...]:
    """Each site's baseline beside its figures of a moment."""
    view = SqlRecordView(sql, at)
    return tuple(
        BeforeAndNow(before=before, now=_figures(view, site, at))
        for site, before in sorted(_kept(sql.execute).items())
    )


def _take(docket: Docket, sites: frozenset[str] | set[str]) -> int:
    view = SqlRecordView(docket.transaction.session, docket.now())
    taken = sorted(sites - _kept(docket.sql).keys())  # another process may have been first
    for site in taken:
        body = wire.write(_figures(view, site, docket.now()))
        docket.entry("baseline", site, body, actor="chargehand")
    return len(taken)


def _figures(view: SqlRecordView, site: str, at: datetime) -> Baseline:
    name = SiteId(site)
    return baseline(site, at, view.materials(), view.stocking(name), view.stock(name))


def _heard(sql: Session) -> set[str]:
    """Sites that a hearing was held about and that hold stock."""
    rows = sql.execute("SELECT DISTINCT site FROM balance WHERE site <> ''").fetchall()
    stocked = {row["site"] for row in rows}
    heard = sql.execute(
        "SELECT body FROM journal WHERE kind <> 'movement' AND kind = 'hearing'"
        f" ORDER BY number DESC LIMIT {HEARINGS_MAX}"
    ).fetchall()
    return stocked & {site for row in heard for site in json.loads(row["body"])["sites"]}


def _kept(sql: Sql) -> dict[str, Baseline]:
    """The baselines that were noted, the first of each site."""
    rows = sql(
        "SELECT key, body FROM journal WHERE kind <> 'movement' AND kind = 'baseline'"
        " ORDER BY number DESC"
    ).fetchall()
    return {row["key"]: wire.read(Baseline, row["body"]) for row in rows}
