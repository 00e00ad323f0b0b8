"""From a policy back to its text, so that tools can make the next version of it.

What is written is read as the same policy: ``parse_policy(written(policy))`` differs from it in
digest and remarks only. Comments of the text it was read from are not part of a policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, fields, replace
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any, ClassVar, Protocol

from chargehand.governance.authority import Grant
from chargehand.governance.breaker import BreakerRule
from chargehand.governance.phase import PhaseRule
from chargehand.governance.promotion import PromotionRule
from chargehand.governance.roster import Roster, Shift
from chargehand.governance.sections_autonomy import BREAKER_PAIRS
from chargehand.governance.sections_people import DAYS
from chargehand.governance.spans import said
from chargehand.governance.table import UNLIMITED
from chargehand.governance.terms import Policy
from chargehand.vocabulary.money import Money

Table = Mapping[str, Any]


class _Entry(Protocol):
    """A dataclass of the policy's terms."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def written(policy: Policy) -> str:
    """The text of a policy in TOML, every section in the order of the reference."""
    import tomlkit

    return tomlkit.dumps(tables(policy))


def tables(policy: Policy) -> dict[str, Any]:
    """What a policy text holds, key by key, as TOML has it."""
    administration: dict[str, Any] = {
        "policy": sorted(policy.administrators),
        "breakers": sorted(policy.breaker_closers),
    }
    if policy.four_eyes is not None:
        administration["four_eyes"] = policy.four_eyes
    sections: dict[str, Iterable[Table]] = {
        "people": (_entry(one, person="id") for one in policy.people),
        "areas": (_entry(one) for one in policy.areas),
        "grants": _grants(policy),
        "clauses": (_entry(one) for one in policy.clauses),
        "access": (_entry(one) for one in policy.access),
        "owners": (_entry(one) for one in policy.owners),
        "delegations": (_entry(one) for one in policy.delegations),
        "phases": (_phase(one) for one in policy.phases),
        "promotions": (_promotion(one) for one in policy.promotions),
        "approvals": (_entry(one) for one in policy.approvals),
        "rosters": (_roster(one) for one in policy.rosters),
        "breakers": (_breaker(one) for one in policy.breakers),
        "reviews": (_entry(one) for one in policy.reviews),
        "probes": (_entry(one) for one in policy.probes),
        "holds": (_entry(one) for one in policy.holds),
    }
    return {
        "version": policy.version,
        "title": policy.title,
        "roles": list(policy.roles),
        "administration": administration,
        "attention": {"questions_per_hour_max": policy.questions_per_hour_max},
        **{name: found for name, some in sections.items() if (found := list(some))},
    }


def _entry(entry: _Entry, **names: str) -> Table:
    """The fields of an entry that say something else than their default, under their names."""
    table: dict[str, Any] = {}
    for field in fields(entry):
        value = getattr(entry, field.name)
        if field.name == "clause" or value is None or value == field.default:
            continue
        table[names.get(field.name, field.name)] = _value(field.name, value)
    return table


def _value(name: str, value: object) -> object:
    import tomlkit

    match value:
        case Money():
            return str(value)
        case timedelta():
            return said(value)
        case frozenset():
            return sorted(value)
        case tuple():
            return list(value)
        case datetime():
            return value
        case str() if name == "cedar":
            return tomlkit.string(value, multiline=True)
    return value


def _grants(policy: Policy) -> Iterator[Table]:
    """Each entry once: the grants of several areas stand in one entry together."""
    areas = {(frozenset({one.site}), one.zones): one.name for one in policy.areas}
    for _, of_entry in groupby(policy.grants, key=lambda grant: grant.clause):
        some = list(of_entry)
        table = dict(_entry(some[0]))
        if some[0].value_max is None:
            table["value_max"] = UNLIMITED
        if len(some) > 1:
            del table["sites"], table["zones"]
            table["areas"] = [areas[_place(one)] for one in some]
        yield table


def _place(grant: Grant) -> tuple[frozenset[str], frozenset[str]]:
    return grant.sites, grant.zones


def _phase(rule: PhaseRule) -> Table:
    table = {**_entry(replace(rule, limits=None)), "phase": str(rule.phase)}
    return table if rule.limits is None else {**table, **_entry(rule.limits)}


def _breaker(rule: BreakerRule) -> Table:
    table = dict(_entry(rule))
    table["window_days"] = rule.window_days
    # Always said: a text without it reads as its default, and needs one limit to be about.
    table["failure_count_max"] = rule.failure_count_max
    for rate, count in BREAKER_PAIRS:
        if rate in table:
            table[count] = getattr(rule, count)
    return table


def _promotion(rule: PromotionRule) -> Table:
    table = {"decisions": sorted(rule.decisions), "sites": sorted(rule.sites), **_entry(rule)}
    if rule.override_rate_max is None:
        table["override_rate_max"] = UNLIMITED
    return table


def _roster(roster: Roster) -> Table:
    return {**_entry(roster), "shifts": [_shift(one) for one in roster.shifts]}


def _shift(shift: Shift) -> Table:
    return {
        "days": [DAYS[day] for day in sorted(shift.days)],
        "hours": f"{_clock(shift.start)}-{_clock(shift.end)}",
        "people": list(shift.people),
    }


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"
