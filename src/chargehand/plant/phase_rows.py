"""One line for each decision, site and zone: its phase, what lowers it, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from chargehand.governance.demotion import Demotion, lowering
from chargehand.governance.phase import RANK, AutomationLimits, Phase, governing, lowest
from chargehand.governance.policy import Policy
from chargehand.governance.raising import lifted
from chargehand.governance.submission import ANY, Place
from chargehand.plant import installed
from chargehand.plant.breaker_readings import BY_POLICY, NO_PROBE
from chargehand.plant.said_after import act_of, said
from chargehand.plant.standing import demotions
from chargehand.plant.track_record import JUDGED, OVERRULED
from chargehand.storage.docket import Docket
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode

DAYS = 7
Where = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRow:
    """How far a decision goes by itself at one place."""

    decision: str
    title: str
    site: str
    zone: str
    policy_phase: Phase
    """What the policy text says."""
    phase: Phase
    """What holds: less, where it is demoted."""
    demotions: tuple[Demotion, ...]
    """What lowers it, the lowest first."""
    limits: AutomationLimits | None
    clause: str
    """Where the policy text says it."""
    cleared: int
    """In the last seven days, by the policy itself."""
    asked: int
    """In the last seven days, put before people."""
    overruled: int
    """Of those asked or cleared: rejected, changed or taken back by people."""


def phase_rows(docket: Docket, policy: Policy) -> tuple[PhaseRow, ...]:
    """Every decision at every place that the record or the policy text names."""
    held = tuple(_with_reason(docket, one) for one in demotions(docket.sql))
    cleared, asked, overruled = _counts(docket)
    places = _places(docket, policy)
    rows = []
    for name in installed.names():
        title = installed.load(name).title
        for site, zone in places:
            place = Place(site, zone)
            rule = lowest(governing(policy.phases, name, place))
            low = _low(policy, held, name, place, rule.phase)
            where = (name, site, zone)
            rows.append(
                PhaseRow(
                    decision=name, title=title, site=site, zone=zone, policy_phase=rule.phase,
                    phase=low[0].phase if low else rule.phase, demotions=tuple(low),
                    limits=rule.limits, clause=rule.clause, cleared=cleared[where],
                    asked=asked[where], overruled=overruled[where],
                )
            )  # fmt: skip
    return tuple(rows)


def _with_reason(docket: Docket, one: Demotion) -> Demotion:
    """A demotion with the reason that was said after it."""
    act = act_of(docket.sql, "demotion", f"{one.decision}|{one.site}|{one.zone}|{one.cause}")
    return one if act is None else replace(one, because=said(docket.sql, act))


def _low(
    policy: Policy, held: tuple[Demotion, ...], decision: str, place: Place, phase: Phase
) -> list[Demotion]:
    """What lowers a phase at a place, the lowest first."""
    up_to = lifted(policy, decision, place)
    found = [
        one
        for one in held
        if lowering((one,), decision, (place,), phase, lambda _: up_to) is not None
    ]
    return sorted(found, key=lambda one: RANK[one.phase])


def unknown_place(docket: Docket, policy: Policy, site: str, zone: str) -> Refusal | None:
    """Refuse a site or zone that neither the record nor the policy text knows; ``*`` is any."""
    rows = docket.sql(
        "SELECT DISTINCT site, json_extract(body, '$.zone') AS zone FROM master"
        " WHERE kind = 'location'"
    ).fetchall()
    places = {(row["site"], row["zone"] or "") for row in rows} | {*_places(docket, policy)}
    sites = {one for one, _ in places}
    if site not in {ANY, *sites}:
        because = f"there is no site {site}; there are {', '.join(sorted(sites)) or 'none yet'}"
        return Refusal(code=RefusalCode.UNKNOWN_SITE, because=because)
    zones = {name for one, name in places if site in (ANY, one)} | {
        rule.zone for rule in policy.phases if ANY in (site, rule.site) or rule.site == site
    }
    if zone in {ANY, *zones}:
        return None
    named = ", ".join(sorted(zones - {"", ANY})) or "none"
    because = f"there is no zone {zone} at {'any site' if site == ANY else site}: there are {named}"
    return Refusal(code=RefusalCode.UNKNOWN_LOCATION, because=because)


def _places(docket: Docket, policy: Policy) -> list[tuple[str, str]]:
    """Sites and zones of proposals, those of places, and those that the text names."""
    found = {
        (row["site"], row["zone"]) for row in docket.sql("SELECT DISTINCT site, zone FROM proposal")
    }
    sites = {
        row["site"] for row in docket.sql("SELECT DISTINCT site FROM balance WHERE site <> ''")
    }
    found |= {
        (site, rule.zone)
        for rule in policy.phases
        if rule.zone != ANY
        for site in ({rule.site} if rule.site != ANY else sites)
    }
    known = {site for site, _ in found}
    named = {rule.site for rule in policy.phases} - {ANY}
    return sorted(found | {(site, "") for site in (sites | named) - known})


def _counts(docket: Docket) -> tuple[Counter[Where], Counter[Where], Counter[Where]]:
    since = written(docket.now() - timedelta(days=DAYS))
    rows = docket.sql(
        "SELECT p.decision, p.site, p.zone, count(*) AS n,"
        " count(CASE WHEN EXISTS (SELECT 1 FROM ruling r WHERE r.proposal = p.number"
        " AND r.verdict = 'cleared' AND r.cleared_by = ?) THEN 1 END) AS cleared,"
        f" count(CASE WHEN {OVERRULED} THEN 1 END) AS overruled,"
        f" count(CASE WHEN p.state = 'waiting' OR {JUDGED} THEN 1 END) AS asked"
        f" FROM proposal p WHERE p.updated_at >= ? AND {NO_PROBE}"
        " GROUP BY p.decision, p.site, p.zone",
        (BY_POLICY, since),
    ).fetchall()
    found: tuple[Counter[Where], ...] = (Counter(), Counter(), Counter())
    for row in rows:
        where = (row["decision"], row["site"], row["zone"])
        for counter, name in zip(found, ("cleared", "asked", "overruled"), strict=True):
            counter[where] = row[name]
    return found[0], found[1], found[2]
