"""Sections of a policy text that say who may do what: a table becomes a value.

A faulty entry is returned in its most generous form (see ``draft``), so that one mistake does not
make others appear.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chargehand.governance.authority import AccessRule, Area, Grant, Person
from chargehand.governance.clause import Clause
from chargehand.governance.delegation import DelegationRule
from chargehand.governance.owner import Owner
from chargehand.governance.releasing import HoldRule
from chargehand.governance.submission import ANY
from chargehand.governance.table import SENTENCE_LENGTH_MAX, Table
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.work import TransactionType

TRANSACTIONS = tuple(str(kind) for kind in TransactionType)
RESERVED = ("policy", ANY)
DAYS_MAX = 3660
ADMINISTRATION_KEYS = ("policy", "breakers", "four_eyes")
PERSON_KEYS = ("id", "name", "roles", "os_user", "subject", "active", "service")
GRANT_KEYS = (
    "role", "transactions", "decisions", "sites", "zones", "areas", "value_max", "valid_from",
    "valid_until",
)  # fmt: skip
AREA_KEYS = ("name", "site", "zones")
ACCESS_KEYS = ("role", "acts", "sites")
CLAUSE_KEYS = ("id", "because", "cedar")
DELEGATION_KEYS = ("roles", "days_max", "value_max")
OWNER_KEYS = ("decision", "sites", "person")
HOLD_KEYS = ("roles", "sites", "four_eyes")


def person(table: Table, roles: tuple[str, ...]) -> Person:
    """Read one entry of ``[[people]]``."""
    name = table.text("id")
    if name in RESERVED:
        table.note("id", f"{name!r} cannot be the id of a person.", "Choose another id.")
    held = table.names("roles", roles or None, any_too=False)
    return Person(
        person=PersonId(name),
        name=table.text("name"),
        roles=roles if table.faulty else tuple(held),
        os_user=table.text("os_user", default="") or None,
        active=table.flag("active", default=True),
        service=table.flag("service", default=False),
        subject=table.text("subject", default=""),
    )


def area(table: Table) -> Area:
    """Read one entry of ``[[areas]]``."""
    site = table.text("site")
    if site == ANY:
        table.note("site", "an area is at one site.", "Name the site; make one area for each.")
    return Area(
        name=table.text("name"),
        site=site,
        zones=any_if_faulty(table.names("zones", None)),
        clause=table.where,
    )


def grants(
    table: Table,
    roles: tuple[str, ...],
    decisions: Collection[str] | None,
    areas: Sequence[Area] = (),
) -> list[Grant]:
    """Read one entry of ``[[grants]]``: one grant, or one for each of its areas.

    Where its role is faulty, one for each role.
    """
    role = table.choice("role", roles or None)
    transactions = any_if_faulty(table.names("transactions", TRANSACTIONS))
    of = any_if_faulty(table.names("decisions", decisions))
    places = _places(table, areas)
    value_max = table.money("value_max", required=True, unlimited=True)
    since, until = table.moment("valid_from"), table.moment("valid_until")
    if since is not None and until is not None and until <= since:
        table.note("valid_until", "it ends before it begins.", "Name a moment after valid_from.")
    return [
        Grant(
            role=one,
            transactions=transactions,
            decisions=of,
            sites=sites,
            zones=zones,
            value_max=value_max,
            valid_from=since,
            valid_until=until,
            clause=table.where,
        )
        for one in ([role] if role is not None else roles)
        for sites, zones in places
    ]


def _places(table: Table, areas: Sequence[Area]) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Sites and zones of a grant: those it names, or those of its areas."""
    if not table.has("areas"):
        sites = any_if_faulty(table.names("sites", None))
        return [(sites, any_if_faulty(table.names("zones", None)))]
    for key in ("sites", "zones"):
        if table.has(key):
            cure = "Keep either the areas or sites and zones."
            table.note(key, f"{key} has no effect beside areas.", cure)
    by_name = {one.name: one for one in areas}
    named = [by_name[name] for name in table.names("areas", by_name, any_too=False)]
    anywhere = frozenset({ANY})
    return [(frozenset({one.site}), one.zones) for one in named] or [(anywhere, anywhere)]


def access_rule(table: Table, roles: tuple[str, ...], acts: Collection[str]) -> AccessRule | None:
    """Read one entry of ``[[access]]``; None where its role is faulty."""
    role = table.choice("role", roles or None)
    given = table.names("acts", acts)
    rule = AccessRule(
        role=role or "",
        acts=frozenset(acts if ANY in given or not given else given),
        sites=any_if_faulty(table.names("sites", None)),
        clause=table.where,
    )
    return rule if role is not None else None


def clause(table: Table) -> Clause:
    """Read one entry of ``[[clauses]]``; what its Cedar text says is looked at elsewhere."""
    return Clause(
        id=table.text("id"),
        cedar=table.passage("cedar"),
        because=table.text("because", longest=SENTENCE_LENGTH_MAX),
        clause=table.where,
    )


def delegation_rule(table: Table, roles: tuple[str, ...]) -> DelegationRule:
    """Read one entry of ``[[delegations]]``."""
    named = table.names("roles", roles or None, any_too=False)
    return DelegationRule(
        roles=frozenset(named or roles),
        days_max=table.whole("days_max", least=1, most=DAYS_MAX, required=True) or DAYS_MAX,
        value_max=table.money("value_max", unlimited=True),
        clause=table.where,
    )


def owner(table: Table, decisions: Collection[str] | None) -> Owner:
    """Read one entry of ``[[owners]]``."""
    return Owner(
        decision=table.choice("decision", or_any(decisions)) or ANY,
        sites=any_if_faulty(table.names("sites", None)),
        person=table.text("person"),
        clause=table.where,
    )


def hold_rule(table: Table, roles: tuple[str, ...]) -> HoldRule:
    """Read one entry of ``[[holds]]``."""
    held = table.names("roles", roles or None, any_too=False)
    return HoldRule(
        roles=frozenset(held or roles),
        sites=any_if_faulty(table.names("sites", None)),
        four_eyes=table.flag("four_eyes", default=True),
        clause=table.where,
    )


def or_any(decisions: Collection[str] | None) -> tuple[str, ...] | None:
    """The names that a scope may have: any, or one of these."""
    return None if decisions is None else (ANY, *sorted(decisions))


def any_if_faulty(names: list[str]) -> frozenset[str]:
    """What was read, or everything where it could not be."""
    return frozenset(names or [ANY])
