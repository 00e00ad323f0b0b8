"""Who may approve what, and the reason where not."""

from __future__ import annotations

import pytest

from chargehand.governance.authority import permits
from chargehand.vocabulary.money import Money
from tests.governance.strategies import grant, person, refill, requisition, submission, transfer

LIMIT = Money.of(5000)


@pytest.mark.parametrize(
    ("who", "grants", "said"),
    [
        (person(active=False), (grant(),), "m.weber is no longer active"),
        (person(service=True), (grant(),), "only people approve"),
        (person("chargehand"), (grant(),), "chargehand proposed it"),
        (person("m.weber", "guest"), (grant(),), "m.weber (guest) is granted no approvals"),
        (person(), (grant(transactions={"count"}),), "(planner) may not approve requisition"),
        (
            person(),
            (grant(decisions={"cycle_count"}),),
            "may not approve requisition of mro_replenishment",
        ),
        (person(), (grant(sites={"WERK2"}),), "may not approve requisition at site HALLE3"),
        (person(), (grant(zones={"RAW"}),), "at site HALLE3, zone MRO"),
        (
            person(),
            (grant(value_max=LIMIT), grant(value_max=Money.of(100))),
            "cost EUR 5,001.00 is above your limit of EUR 5,000.00",
        ),
        (
            person(),
            (grant(value_max=Money.of(9000, "USD")),),
            "cost EUR 5,001.00 is in another currency than your limit of USD 9,000.00",
        ),
    ],
)
def test_no_comes_with_its_reason(who, grants, said):
    check = permits(who, grants, submission(requisition("5001")))
    assert not check.passed
    assert said in check.text


@pytest.mark.parametrize("cost", ["0", "4999.99", "5000"])
def test_within_all_limits_is_permitted(cost):
    check = permits(person(), (grant(value_max=LIMIT),), submission(requisition(cost)))
    assert check.passed
    assert check.text == "m.weber (planner) may approve it"


def test_grants_of_several_roles_add_up_action_by_action():
    both = person("m.weber", "planner", "buyer")
    grants = (grant(transactions={"replenishment"}), grant("buyer", transactions={"requisition"}))
    mixed = submission(refill("10"), requisition("20"))
    assert permits(both, grants, mixed).passed
    assert not permits(person(), grants, mixed).passed


def test_splitting_a_proposal_does_not_slip_under_the_limit():
    halves = submission(requisition("2501"), requisition("2501"), cost=Money.of(2501))
    check = permits(person(), (grant(value_max=LIMIT),), halves)
    assert check.text == "cost EUR 5,002.00 is above your limit of EUR 5,000.00"


@pytest.mark.parametrize(
    ("kind", "here", "elsewhere"),
    [
        ("transactions", "requisition", "count"),
        ("decisions", "mro_replenishment", "cycle_count"),
        ("sites", "HALLE3", "WERK2"),
        ("zones", "MRO", "RAW"),
    ],
)
def test_limit_of_one_grant_does_not_serve_another_scope(kind, here, elsewhere):
    grants = (grant(**{kind: {elsewhere}}), grant(value_max=Money.of(100), **{kind: {here}}))
    assert permits(person(), grants, submission(requisition("100"))).passed
    assert not permits(person(), grants, submission(requisition("101"))).passed


def test_scope_of_one_grant_does_not_complete_another():
    grants = (grant(sites={"HALLE3"}, zones={"RAW"}), grant(sites={"WERK2"}, zones={"MRO"}))
    assert not permits(person(), grants, submission(requisition())).passed


def test_transfer_needs_authority_at_both_sites():
    receiving = (grant(sites={"HALLE3"}),)
    check = permits(person(), receiving, submission(transfer()))
    assert check.text == "your role (planner) may not approve transfer at site WERK2"
    assert permits(person(), (grant(sites={"HALLE3", "WERK2"}),), submission(transfer())).passed


def test_action_that_calls_its_site_a_star_is_not_everywhere():
    assert not permits(person(), (grant(sites={"HALLE3"}),), submission(refill(site="*"))).passed
