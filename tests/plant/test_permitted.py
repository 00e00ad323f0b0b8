"""The inbox of one person: exactly what they may approve, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.governance.access import KeyScope
from chargehand.governance.permission import permission
from chargehand.governance.policy import Phase, Standing, rule
from chargehand.plant import approvable, listing
from chargehand.plant.approvable import Approver
from chargehand.plant.proposing import proposal_row
from chargehand.vocabulary import wire
from tests.governance.strategies import NOW, person, phase_rule, policy, refill, submission
from tests.governance.test_cedar import clause, with_clauses
from tests.governance.test_permission import BASE, delegations, rules, standing_in
from tests.governance.test_residual import versions

pytestmark = pytest.mark.engines("sqlite", "postgres")
ASSISTED = policy(phase_rule(phase=Phase.ASSIST))
RARELY = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def wait(plant, some):
    """Let proposals wait, each as it would be written."""

    def work(docket):
        docket.sql("DELETE FROM journal WHERE kind = 'proposal'")
        docket.sql("DELETE FROM proposal")
        for number, one in enumerate(some, 1):
            ruled = rule(one, ASSISTED, standing=Standing(), now=docket.now())
            made = proposal_row(docket, number, one, ruled, ASSISTED)
            body = wire.write(one.proposal)
            entry = docket.entry(
                "proposal", f"P-{number}",
                wire.canonical({"changed_by": next(iter(one.changed_by), None)}), actor="x",
            )  # fmt: skip
            docket.put_proposal(
                {"seen": 0, "title": "T", "label": "L", "site": one.proposal.subject.site}
                | {"zone": one.proposal.subject.zone, "subject": f"s{number}", "question": "{}"}
                | {"as_of": made["created_at"], "evidence": "[]", "action_digest": ""}
                | made
                | {"body": body, "entry": entry}
            )

    plant.store.write(work)


def inbox(plant, approver, *, limit=100, after=None, **wanted):
    wanted = {"decision": None, "site": None, "zone": None} | wanted
    with plant.store.snapshot() as sql:
        return listing.proposals(
            sql, state="waiting", after=after, limit=limit, approver=approver, **wanted
        )


single = versions.filter(lambda one: 0 <= one.proposal.confidence <= 1).map(
    lambda one: replace(one, changed_by=one.changed_by[:1])
)


@RARELY
@given(
    base=with_clauses,
    some=st.lists(single, min_size=1, max_size=9),
    standing_in=delegations,
    allowed=rules,
    alone=st.sampled_from([0, 24]),
)
def test_the_inbox_of_a_person_is_what_they_may_approve(
    plant, monkeypatch, base, some, standing_in, allowed, alone
):
    monkeypatch.setattr(approvable, "KINDS_READ_ALONE", alone)
    base = replace(base, delegations=allowed)
    wait(plant, some)
    for who in base.people:
        approver = Approver(person=who, policy=base, now=NOW, delegations=standing_in)
        able = {
            f"P-{number}"
            for number, one in enumerate(some, 1)
            if permission(who, base, one, now=NOW, delegations=standing_in).given
        }
        assert {row.id for row in inbox(plant, approver).rows} == able


def test_pages_follow_the_order_of_the_inbox_and_hold_each_once(plant):
    some = [
        submission(refill(str(n % 7), zone=("MRO", "RAW")[n % 2]), decide_before=NOW + timedelta(n))
        for n in range(20, 0, -1)
    ]
    wait(plant, some)
    text = "forbid(principal, action, resource) when { context.cost * 1 > 300 };"
    for base in (policy(), policy(clauses=(clause(text),))):
        approver = Approver(person=base.people[0], policy=base, now=NOW)
        whole = [row.id for row in inbox(plant, approver).rows]
        assert len(whole) == (11 if base.clauses else 20)
        pages, after = [], None
        while not pages or after:
            page = inbox(plant, approver, limit=3, after=after)
            pages += [row.id for row in page.rows]
            after = page.next
        assert pages == whole
        assert [int(one[2:]) for one in whole] == sorted((int(o[2:]) for o in whole), reverse=True)
        raw = inbox(plant, approver, zone="RAW").rows
        assert {row.zone for row in raw} == {"RAW"}


def test_a_proposal_of_before_there_were_kinds_is_asked_about_by_itself(plant):
    wait(plant, [submission(refill("10")), submission(refill("900"))])
    plant.store.write(lambda docket: docket.sql("UPDATE proposal SET asked = 0, cents = 0"))
    approver = Approver(
        person=BASE.person("k.lee"), policy=BASE, now=NOW, delegations=(standing_in(),)
    )
    assert [row.id for row in inbox(plant, approver).rows] == ["P-1"]


def test_somebody_who_may_approve_nothing_has_an_empty_inbox(plant):
    wait(plant, [submission(refill("10"))])
    nobody = Approver(person=person("x", "guest"), policy=policy(), now=NOW)
    assert inbox(plant, nobody).rows == ()
    assert plant.inbox(may_approve="stranger").rows == ()
    assert [row.id for row in plant.inbox(may_approve="ben").rows] == ["P-1"]
    assert plant.inbox(may_approve="cleo").rows[0].cost.amount == 10
    assert plant.inbox(state="observed", may_approve="ben").rows == ()


def test_a_proposal_is_explained_by_its_id(plant):
    wait(plant, [submission(refill("60"))])
    ben, cleo = plant.explain("ben", "P-1"), plant.explain("cleo", "p-1")
    assert (ben.answer.passed, ben.answer.clause) == (True, "grants[1]")
    assert "cost EUR 60.00 is above your limit of EUR 50.00" in cleo.answer.text
    assert next(one.clause for one in cleo.looked_at if not one.passed) == "grants[2]"


@pytest.mark.parametrize(
    ("who", "what", "about", "said"),
    [
        ("cleo", "approve", {"transaction": "replenishment", "value": "EUR 50.00"}, True),
        ("cleo", "approve", {"transaction": "replenishment", "value": "EUR 50.01"}, False),
        ("cleo", "reject", {"transaction": "replenishment", "value": "EUR 50.01"}, True),
        ("cleo", "approve", {"transaction": "count", "site": "S1"}, False),
        ("cleo", "export", {"site": "S1"}, True),
        ("cleo", "administer", {}, False),
        ("ada", "administer", {}, True),
    ],
)
def test_what_nobody_has_proposed_is_explained_too(plant, who, what, about, said):
    assert plant.explain(who, what, **about).answer.passed is said


@pytest.mark.parametrize(
    ("who", "what", "about", "said"),
    [
        ("stranger", "P-1", {}, "not among the people"),
        ("ben", "P-99", {}, "P-99"),
        ("ben", "dance", {}, "one of approve, reject, change"),
        ("ben", "approve", {}, "say which transaction"),
        ("ben", "approve", {"transaction": "gift"}, "no transaction gift"),
        ("ben", "approve", {"transaction": "count", "value": "lots"}, "such as EUR 500.00"),
    ],
)
def test_what_cannot_be_explained_says_what_to_ask(plant, who, what, about, said):
    assert said in plant.explain(who, what, **about).because


def test_all_that_somebody_may_do_is_listed(plant):
    cleo = plant.permissions(person("cleo"))
    assert cleo.acts["read"] == ("*",)
    assert "administer" not in cleo.acts
    assert [(one.clause, str(one.value_max)) for one in cleo.grants] == [("grants[2]", "EUR 50.00")]
    limited = plant.permissions(person("cleo"), KeyScope(acts=frozenset({"read"})))
    assert limited.acts == {"read": ("*",)}
