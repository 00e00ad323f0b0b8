"""Which places a policy text tells apart, and what is granted there: for checking it as a whole.

A text of many grants names many sites and zones. Most pairs of them are alike: no grant and no rule
speaks of both, so what holds there is what holds in any other zone of the site. Places that are
alike are looked at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from chargehand.governance.authority import Grant
from chargehand.governance.phase import UNNAMED, PhaseRule, specificity
from chargehand.governance.submission import ANY
from chargehand.governance.terms import Policy
from chargehand.vocabulary.money import Money

ELSEWHERE = "(any other)"
"""Stands for every decision, site or zone that the text does not name."""
Scope = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PlaceMap:
    """The places that a policy text tells apart, with what is granted in each.

    Made by ``place_map``.
    """

    grants: Mapping[tuple[str, str], list[Grant]]
    """By site and zone, each of them ``*`` or the one of its kind that is looked at."""
    rules: Mapping[Scope, list[PhaseRule]]
    sites: tuple[str, ...]
    """One of each kind, in order; `ELSEWHERE` last."""
    zones: Mapping[str, set[str]]
    """By site (or ``*``): the zones that something said of that site names."""
    seen: dict[tuple[str, str], tuple[Grant, ...]] = field(default_factory=dict)

    def granted(self, site: str, zone: str) -> tuple[Grant, ...]:
        """Every grant that holds at a place."""
        key = (site, zone)
        if key not in self.seen:
            at = product((ANY, site), (ANY, zone))
            self.seen[key] = tuple(grant for place in at for grant in self.grants.get(place, ()))
        return self.seen[key]

    def governs(self, rule: PhaseRule, decision: str, site: str, zone: str) -> bool:
        """Whether a rule is the most specific one (or one of them) for a decision at a place."""
        found = [
            one
            for scope in product((decision, ANY), (site, ANY), (zone, ANY))
            for one in self.rules.get(scope, ())
        ]
        most = max((specificity(one.scope) for one in found), default=0)
        return rule in ([one for one in found if specificity(one.scope) == most] or [UNNAMED])

    def places(self, rule: PhaseRule) -> Iterator[tuple[str, str]]:
        """Site and zone of one place of each kind that a rule may speak of."""
        for site in self.sites if rule.site == ANY else (rule.site,):
            if rule.zone != ANY:
                yield site, rule.zone
                continue
            named = {*self.zones.get(site, ()), *self.zones.get(ANY, ())}
            for zone in (*sorted(named), ELSEWHERE):
                yield site, zone


def place_map(policy: Policy) -> PlaceMap:
    """Find which places a policy tells apart."""
    above = _thresholds(policy)
    names: dict[str, set[object]] = defaultdict(set)
    zone_names: dict[str, set[object]] = defaultdict(set)
    for grant in policy.grants:
        gives = (grant.role, grant.transactions, grant.decisions, *_reach(grant, above))
        for site in grant.sites - {ANY}:
            names[site].add((*gives, grant.zones))
        for zone in grant.zones - {ANY}:
            zone_names[zone].add((*gives, grant.sites))
    rules: dict[Scope, list[PhaseRule]] = defaultdict(list)
    for rule in policy.phases:
        rules[rule.scope].append(rule)
        names[rule.site].add(rule.scope)
        zone_names[rule.zone].add(rule.scope)
    for owner in policy.owners:
        for site in owner.sites - {ANY} & names.keys():
            names[site].add((owner.decision, owner.person))
    sites = _firsts(names)
    grants, zones = _granted(policy, sites, _firsts(zone_names))
    return PlaceMap(
        grants=grants, rules=rules, sites=(*sorted(sites - {ANY}), ELSEWHERE), zones=zones
    )


def _granted(
    policy: Policy, sites: frozenset[str], firsts: frozenset[str]
) -> tuple[dict[tuple[str, str], list[Grant]], dict[str, set[str]]]:
    """Grants by site and zone, and by site the zones that something says of it."""
    grants: dict[tuple[str, str], list[Grant]] = defaultdict(list)
    zones: dict[str, set[str]] = defaultdict(set)
    for grant in policy.grants:
        at = {ANY} if ANY in grant.sites else grant.sites & sites
        some = {ANY} if ANY in grant.zones else grant.zones & firsts
        for site, zone in product(at, some):
            grants[site, zone].append(grant)
            zones[site].add(zone)
    for rule in policy.phases:
        zones[rule.site].add(rule.zone)
    for found in zones.values():
        found.discard(ANY)
    return grants, zones


def _firsts(named: Mapping[str, Iterable[object]]) -> frozenset[str]:
    """Of all names of which the same is said, the first."""
    firsts: dict[frozenset[object], str] = {}
    for name in sorted(named):
        firsts.setdefault(frozenset(named[name]), name)
    return frozenset(firsts.values())


def _thresholds(policy: Policy) -> tuple[Money, ...]:
    asked = (rule.second_person_above for rule in policy.approvals)
    return tuple(dict.fromkeys(above for above in asked if above is not None))


def _reach(grant: Grant, thresholds: Iterable[Money]) -> tuple[bool, ...]:
    """What of a grant's limit makes a difference: whether there is one, and what it lies above."""
    return (grant.value_max is None, *(reaches_beyond(grant, above) for above in thresholds))


def reaches_beyond(grant: Grant, above: Money) -> bool:
    """Whether a grant allows more than a sum."""
    limit = grant.value_max
    return limit is None or (limit.currency == above.currency and above < limit)
