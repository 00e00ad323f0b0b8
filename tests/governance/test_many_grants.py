"""Texts of many grants: the same mistakes are found as by looking at every site with every zone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.approvers import missing_approvers, missing_second_people, unapprovable
from chargehand.governance.authority import Grant, Person, covers, grants_of
from chargehand.governance.cells import ELSEWHERE
from chargehand.governance.coherence_people import unmanned
from chargehand.governance.draft import Cell, Draft
from chargehand.governance.owner import Owner
from chargehand.governance.phase import Phase, PhaseRule, governing
from chargehand.governance.submission import ANY, Place
from chargehand.governance.terms import ApprovalRule, Policy
from chargehand.governance.without_effect import is_within, without_effect
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.money import Money

DECISIONS = {"cycle_count": ["count"], "mro_replenishment": ["replenishment", "transfer"]}
ROLES = ("clerk", "planner")


def one_of(*names):
    named = st.frozensets(st.sampled_from(names), min_size=1, max_size=2)
    return st.one_of(st.just(frozenset({ANY})), named)


sums = st.one_of(st.none(), st.sampled_from([Money.of(10), Money.of(500), Money.of(900)]))
granted = st.builds(
    Grant, role=st.sampled_from(ROLES), transactions=one_of("count", "transfer", "replenishment"),
    decisions=one_of(*DECISIONS), sites=one_of("S1", "S2", "S3"), zones=one_of("Z1", "Z2", "Z3"),
    value_max=sums,
)  # fmt: skip
ruled = st.builds(
    PhaseRule, decision=st.sampled_from([ANY, *DECISIONS]), site=st.sampled_from([ANY, "S1", "S4"]),
    zone=st.sampled_from([ANY, "Z1", "Z4"]), phase=st.sampled_from(Phase),
)  # fmt: skip
approved = st.builds(
    ApprovalRule, decisions=one_of(*DECISIONS), transactions=st.just(frozenset({ANY})),
    second_person_above=sums, second_person_confidence_below=st.sampled_from([None, 0.5]),
    owner_may_approve=st.booleans(),
)  # fmt: skip
owned = st.builds(
    Owner, decision=st.sampled_from([ANY, *DECISIONS]), sites=one_of("S1", "S2", "S5"),
    person=st.sampled_from(["p0", "p1"]),
)  # fmt: skip
people = st.lists(
    st.tuples(st.sets(st.sampled_from(ROLES)), st.sampled_from([True, True, True, False])),
    min_size=1, max_size=3,
)  # fmt: skip


def numbered(section, rules):
    return tuple(replace(one, clause=f"{section}[{n}]") for n, one in enumerate(rules, start=1))


@st.composite
def drafts(draw):
    policy = Policy(
        version=1,
        title="Many",
        roles=ROLES,
        people=tuple(
            Person(
                person=PersonId(f"p{n}"), name=f"P{n}", roles=tuple(roles), os_user=None, active=on
            )
            for n, (roles, on) in enumerate(draw(people))
        ),
        grants=numbered("grants", draw(st.lists(granted, max_size=5))),
        phases=numbered("phases", draw(st.lists(ruled, max_size=4))),
        approvals=numbered("approvals", draw(st.lists(approved, max_size=2))),
        owners=numbered("owners", draw(st.lists(owned, max_size=2))),
    )
    return Draft(
        policy=policy, decisions=list(DECISIONS), transactions_of=DECISIONS, faulty=frozenset()
    )


@dataclass(frozen=True)
class EveryPair:
    """The slow way: every site with every zone that the text names anywhere, each by itself."""

    policy: Policy
    faulty: frozenset[str] = frozenset()

    def cells(self, rule):
        if rule.phase is Phase.OBSERVE:
            return
        policy = self.policy
        sites = {rule.site for rule in policy.phases}.union(*(one.sites for one in policy.grants))
        zones = {rule.zone for rule in policy.phases}.union(*(one.zones for one in policy.grants))
        for decision in DECISIONS if rule.decision == ANY else (rule.decision,):
            for site in (*sites - {ANY}, ELSEWHERE) if rule.site == ANY else (rule.site,):
                for zone in (*zones - {ANY}, ELSEWHERE) if rule.zone == ANY else (rule.zone,):
                    if rule in governing(policy.phases, decision, Place(site, zone)):
                        for kind in DECISIONS[decision]:
                            place = Place(site, zone)
                            yield Cell(decision=decision, place=place, transaction=kind)

    def approvers(self, cell):
        for person in self.policy.people:
            for grant in grants_of(person, self.policy.grants):
                if (
                    covers(grant.transactions, cell.transaction)
                    and covers(grant.decisions, cell.decision)
                    and covers(grant.sites, cell.place.site)
                    and covers(grant.zones, cell.place.zone)
                ):
                    yield person, grant


def places(findings):
    return sorted(where for where, _, _ in findings)


@given(drafts())
def test_the_same_is_found_as_by_every_site_with_every_zone(draft):
    slow = EveryPair(draft.policy)
    for look in (missing_approvers, missing_second_people, unmanned, unapprovable):
        assert places(look(draft)) == places(look(slow))


@given(drafts())
def test_in_every_case_looked_at_those_may_approve_who_may_by_the_grants(draft):
    slow = EveryPair(draft.policy)
    for rule in draft.policy.phases:
        for cell in draft.cells(rule):
            fast = {(one.person, grant.clause) for one, grant in draft.approvers(cell)}
            assert fast == {(one.person, grant.clause) for one, grant in slow.approvers(cell)}


@given(st.lists(granted, max_size=6))
def test_the_same_grants_are_without_effect_as_by_each_against_every_other(rules):
    grants = numbered("grants", rules)
    slow = set()
    for earlier, later in combinations(grants, 2):
        if is_within(later, earlier):
            slow.add(later.clause)
        elif is_within(earlier, later):
            slow.add(earlier.clause)
    found = list(without_effect(grants))
    assert sorted(small.clause for small, _ in found) == sorted(slow)
    assert all(is_within(small, large) and small != large for small, large in found)


def test_a_site_is_looked_at_with_its_own_zones_and_any_other():
    grant = Grant(
        role="clerk", transactions=frozenset({ANY}), decisions=frozenset({ANY}),
        sites=frozenset({ANY}), zones=frozenset({ANY}), value_max=None,
    )  # fmt: skip
    grants = tuple(
        replace(grant, sites=frozenset({f"S{n}"}), zones=frozenset({f"Z{n}"})) for n in range(40)
    )
    rule = PhaseRule(decision=ANY, site=ANY, zone=ANY, phase=Phase.ASSIST, clause="phases[1]")
    draft = Draft(
        policy=Policy(version=1, title="Many", grants=grants, phases=(rule,)),
        decisions=["cycle_count"], transactions_of=DECISIONS, faulty=frozenset(),
    )  # fmt: skip
    seen = [(cell.place.site, cell.place.zone) for cell in draft.cells(rule)]
    own = {(f"S{n}", zone) for n in range(40) for zone in (f"Z{n}", ELSEWHERE)}
    assert set(seen) == {*own, (ELSEWHERE, ELSEWHERE)}
    assert len(seen) == len(set(seen))
