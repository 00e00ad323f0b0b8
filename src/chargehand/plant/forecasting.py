"""The forecasts of a plant as recorded facts: made from the record, kept with their version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from chargehand.forecast.demand import VERSION, forecast_demand
from chargehand.forecast.drift import drifting
from chargehand.forecast.lead_time import (
    Delivery,
    forecast_lead_times,
    supplier_performance,
)
from chargehand.signals.kinds import DeliveryReported
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.material import Supplier
from chargehand.vocabulary.quantity import SCALE

HORIZON_MONTHS = 6
DELIVERIES = (
    "SELECT body FROM journal j"
    " WHERE kind <> 'movement' AND kind = 'delivery_reported' AND NOT EXISTS"
    " (SELECT 1 FROM inbox i WHERE i.entry = j.number AND i.status <> 'accepted') ORDER BY number"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a forecast was made from; the same basis needs no new forecast."""

    site: str
    until: str
    version: str
    newest: int
    count: int

    def text(self) -> str:
        """In one line."""
        return wire.write(self)


def refresh(store: Store, sites: Sequence[str], as_of: datetime) -> None:
    """Make the forecasts that are missing or made from an older record."""
    suppliers(store, as_of.date())
    for site in sites:
        demand(store, site, as_of.date())


def demand(store: Store, site: str, as_of: date) -> None:
    """Forecast the demand of a site's materials from whole months before a day."""
    until = as_of.replace(day=1)
    with store.snapshot() as connection:
        count, newest = connection.execute(
            "SELECT count(*), coalesce(max(entry), 0) FROM usage WHERE site = ? AND used_on < ?",
            (site, until.isoformat()),
        ).fetchone()
        basis = Basis(
            site=site, until=until.isoformat(), version=VERSION, newest=newest, count=count
        )
        if count == 0 or _made(connection, f"demand|{site}") == basis.text():
            return
        materials, history = _monthly(connection, site, until)
    made = forecast_demand(history, horizon_periods=HORIZON_MONTHS)
    rows = {
        material: wire.write(one)
        for material, one in zip(materials, made, strict=True)
        if one is not None
    }
    changed = int(drifting(history).sum())
    _keep(store, "DemandForecast", site, rows, f"demand|{site}", basis.text(), drifting=changed)


def _made(connection: Session, key: str) -> str | None:
    row = connection.execute(
        "SELECT body FROM journal WHERE kind <> 'movement' AND kind = 'forecast' AND key = ?"
        " ORDER BY number DESC LIMIT 1",
        (key,),
    ).fetchone()
    return None if row is None else str(wire.read(dict[str, Any], row["body"])["basis"])


def _monthly(connection: Session, site: str, until: date) -> tuple[list[str], Any]:
    """Units used by material and month, from the site's first recorded month up to ``until``."""
    import numpy as np

    rows = connection.execute(
        "SELECT material, CAST(substr(used_on, 1, 4) AS INTEGER) * 12"
        " + CAST(substr(used_on, 6, 2) AS INTEGER) - 1 AS month, sum(scaled) AS scaled"
        " FROM usage WHERE site = ? AND used_on < ? GROUP BY material, month ORDER BY material",
        (site, until.isoformat()),
    ).fetchall()
    first = min(row["month"] for row in rows)
    last = until.year * 12 + until.month - 1
    materials = sorted({row["material"] for row in rows})
    index = {material: n for n, material in enumerate(materials)}
    history = np.zeros((len(materials), max(last - first, 1)))
    for row in rows:
        history[index[row["material"]], row["month"] - first] = round(row["scaled"] / SCALE)
    return materials, history


def suppliers(store: Store, as_of: date) -> None:
    """Forecast the lead times of suppliers from deliveries before a day."""
    with store.snapshot() as connection:
        reported = [
            wire.read(DeliveryReported, row["body"]) for row in connection.execute(DELIVERIES)
        ]
        declared = declared_days(connection)
        known = [one for one in reported if one.delivered_on < as_of]
        digest = sha256(repr((len(known), sorted(declared.items()))).encode()).hexdigest()
        basis = f"{as_of:%Y-%m-%d} {digest[:16]}"
        if _made(connection, "lead_time|") == basis:
            return
    deliveries = [
        Delivery(
            supplier=one.supplier,
            ordered_on=one.ordered_on,
            promised_on=one.promised_on,
            delivered_on=one.delivered_on,
        )
        for one in known
    ]
    times = forecast_lead_times(deliveries, declared_days=declared)
    rows = {supplier: wire.write(one) for supplier, one in times.items()}
    _keep(store, "LeadTimeDistribution", "", rows, "lead_time|", basis)
    performance = supplier_performance(deliveries)
    rows = {supplier: wire.write(one) for supplier, one in performance.items()}
    _keep(store, "SupplierPerformance", "", rows, "performance|", basis)


def declared_days(connection: Session) -> dict[str, int]:
    """Lead times that suppliers declare (days)."""
    rows = connection.execute("SELECT body FROM master WHERE kind = 'supplier'")
    found = (wire.read(Supplier, row["body"]) for row in rows)
    return {one.supplier: one.lead_time_days for one in found if one.lead_time_days is not None}


def _keep(
    store: Store,
    kind: str,
    site: str,
    rows: Mapping[str, str],
    key: str,
    basis: str,
    **found: int,
) -> None:
    def work(docket: Any) -> None:
        digest = sha256("\n".join(f"{k}\t{rows[k]}" for k in sorted(rows)).encode()).hexdigest()
        fact = {"kind": kind, "basis": basis, "count": len(rows), "sha256": digest, **found}
        body = wire.canonical(fact)
        entry = docket.entry("forecast", key, body, actor="chargehand")
        docket.sql("DELETE FROM estimate WHERE kind = ? AND site = ?", (kind, site))
        docket.transaction.executemany(
            "INSERT INTO estimate (kind, site, subject, body, entry) VALUES (?, ?, ?, ?, ?)",
            [(kind, site, subject, body, entry) for subject, body in rows.items()],
        )

    store.write(work)
