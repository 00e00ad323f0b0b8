"""The ruling, by worked examples of the demo plant."""

from __future__ import annotations

import re
import subprocess
import sys
from copy import copy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chargehand.governance import policy as governance
from chargehand.governance.breaker import BreakerRule, OpenBreaker
from chargehand.governance.clauses import Standing
from chargehand.governance.phase import Phase
from chargehand.governance.policy import (
    ApprovalRule,
    Awaiting,
    Cleared,
    Policy,
    approve,
    demo_policy_text,
    may_change,
    may_reject,
    parse_policy,
    recorded,
    rule,
    submit,
)
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.governance.strategies import (
    NOW,
    grant,
    limits,
    person,
    phase_rule,
    policy,
    proposal,
    refill,
    requisition,
    submission,
    transfer,
)

DEMO = parse_policy(demo_policy_text())
assert isinstance(DEMO, Policy)
WEBER, OKAFOR, KAYA = (DEMO.person(name) for name in ("m.weber", "a.okafor", "t.kaya"))
STANDING = Standing()
REASON = "Line 4 would stand still on Wednesday."


def ruled(given, of=DEMO, **standing):
    return rule(given, of, standing=replace(STANDING, **standing), now=NOW)


def waiting(given, of=DEMO):
    ruling = ruled(given, of).ruling
    assert isinstance(ruling, Awaiting)
    return ruling


def approved(awaiting, by=WEBER, of=DEMO, justification=REASON, now=NOW):
    return approve(awaiting, by, of, justification=justification, now=now)


def test_small_refill_in_the_spares_store_is_cleared_by_the_policy():
    outcome = ruled(submission(refill("180.00")))
    assert isinstance(outcome.ruling, Cleared)
    assert outcome.ruling.cleared_by == ("policy",)
    assert all(check.passed for check in outcome.checks)


@pytest.mark.parametrize(
    ("given", "standing", "clause", "said"),
    [
        (submission(refill("250.01")), {}, "phases[6].cost_max", "EUR 250.01 is above EUR 250.00"),
        (submission(confidence=0.89), {}, "phases[6].confidence_min", "confidence 89%, 90% needed"),
        (submission(basis="fallback"), {}, "phases[6].bases", "made by fallback"),
        (submission(requisition()), {}, "phases[6].transactions", "requisition is not among"),
        (submission(refill(zone="RAW")), {}, "phases[2].phase", "a person approves each one"),
        (submission(refill(site="WERK2")), {}, "phases[2].phase", "a person approves each one"),
        (submission(), {"stopped": True}, "stop", "all automation has been stopped"),
        (
            submission(),
            {"spent_today": Money.of("1820.01")},
            "breakers[1].spend_per_day_max",
            "with this one, EUR 2,000.01 cleared today, EUR 2,000.00 allowed",
        ),
        (
            submission(),
            {
                "open_breakers": (
                    OpenBreaker(
                        decision="mro_replenishment",
                        site="HALLE3",
                        zone="*",
                        cause="rejections",
                        because="6 of 10 decided proposals were rejected",
                        cure="Read the reasons.",
                    ),
                )
            },
            "breaker.rejections",
            "the circuit breaker is open: 6 of 10",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "[" in value else None,
)
def test_beyond_any_limit_a_person_is_asked_and_told_which(given, standing, clause, said):
    outcome = ruled(given, **standing)
    assert isinstance(outcome.ruling, Awaiting)
    assert outcome.clause == outcome.ruling.clause == clause
    assert said in outcome.ruling.because
    assert outcome.ruling.needs == "approval"
    assert outcome.ruling.expires_at == NOW + timedelta(hours=72)


def test_spending_a_limit_to_the_cent_is_within_it():
    assert isinstance(ruled(submission(), spent_today=Money.of(1820)).ruling, Cleared)
    assert isinstance(ruled(submission(refill("250.00"))).ruling, Cleared)


def test_daily_count_stops_at_its_limit():
    of = policy(phase_rule(phase=Phase.AUTOMATE, of=limits(count_per_day_max=2)))
    assert isinstance(ruled(submission(), of, cleared_today=1).ruling, Cleared)
    assert ruled(submission(), of, cleared_today=2).clause.endswith("count_per_day_max")


@pytest.mark.parametrize("confidence", [float("nan"), 7.0, -1.0, float("inf")])
def test_confidence_that_is_no_fraction_clears_nothing(confidence):
    outcome = ruled(submission(confidence=confidence))
    assert outcome.clause == "phases[6].confidence_min"


def test_observed_decision_is_refused_with_its_rule():
    outcome = ruled(submission(decision="kitting"))
    assert isinstance(outcome.ruling, Refusal)
    assert outcome.ruling.code is RefusalCode.READ_ONLY
    assert outcome.clause == "phases[1].phase"
    assert "kitting is observed only" in outcome.ruling.because


def test_decision_that_no_rule_speaks_of_is_observed():
    outcome = ruled(submission(), policy(phase_rule("kitting", phase=Phase.AUTOMATE)))
    assert outcome.ruling.code is RefusalCode.READ_ONLY


def test_subject_in_the_automated_zone_does_not_carry_actions_elsewhere():
    subject = proposal(refill()).subject
    given = submission(refill(), refill(zone="RAW"), subject=subject, cost=Money.of(1))
    assert ruled(given).clause == "phases[2].phase"


def test_site_that_gives_counts_as_much_as_the_one_that_receives():
    of = policy(
        phase_rule(phase=Phase.AUTOMATE, of=limits(transactions=frozenset({"*"}))),
        phase_rule(site="WERK2", zone="RAW", phase=Phase.OBSERVE),
    )
    assert ruled(submission(transfer(from_site="WERK2")), of).ruling.code is RefusalCode.READ_ONLY
    assert isinstance(ruled(submission(transfer(from_site="WERK4")), of).ruling, Cleared)


def test_understated_cost_is_found_in_the_actions():
    given = submission(refill("200.00"), refill("200.00"), cost=Money.of(1))
    assert "EUR 400.00 is above EUR 250.00" in ruled(given).ruling.because


def test_action_that_releases_money_makes_no_room_for_one_that_spends():
    given = submission(refill("300.00"), refill("-299.00"), cost=Money.of(1))
    assert ruled(given).clause == "phases[6].cost_max"


def test_cost_in_another_currency_is_never_cleared_but_may_be_approved_without_limit():
    given = submission(requisition("1.00", currency="USD"), cost=Money.of(1, "USD"))
    of = policy(phase_rule(phase=Phase.AUTOMATE, of=limits(transactions=frozenset({"*"}))))
    assert "another currency than EUR 250.00" in ruled(given, of).ruling.because
    refused = approved(waiting(given), by=KAYA)
    assert "USD 1.00 is in another currency than your limit of EUR 5,000.00" in refused.because
    assert isinstance(approved(waiting(given, of), of=of), Cleared)


def test_mixed_currencies_are_never_cleared():
    given = submission(refill("1.00"), requisition("1.00", currency="USD"))
    of = policy(phase_rule(phase=Phase.AUTOMATE, of=limits(transactions=frozenset({"*"}))))
    assert "several currencies" in ruled(given, of).ruling.because


def test_nothing_to_do_is_a_failed_decision():
    given = submit(
        proposal(refill(), actions=()),
        proposal_id="P-1",
        version=1,
        decision="mro_replenishment",
        proposer="chargehand",
    )
    assert ruled(given).ruling.code is RefusalCode.DECISION_FAILED


def test_actions_exchanged_after_submission_are_refused_by_ruling_and_approval():
    given = submission(refill())
    swapped = replace(given, proposal=proposal(refill(quantity=400)))
    assert ruled(swapped).ruling.code is RefusalCode.CHANGE_INVALID
    forged = replace(waiting(submission(requisition())), submission=swapped)
    assert approved(forged).code is RefusalCode.CHANGE_INVALID


def test_planner_approves_with_what_is_asked_for():
    given = waiting(submission(requisition("2500.01")))
    assert approved(given, justification="ok").code is RefusalCode.JUSTIFICATION_MISSING
    assert approved(given, justification=" ").code is RefusalCode.JUSTIFICATION_MISSING
    assert approved(given).cleared_by == ("m.weber",)
    assert isinstance(approved(waiting(submission(requisition("2500"))), justification=""), Cleared)


def test_buyer_is_told_the_limit():
    refused = approved(waiting(submission(requisition("5001"))), by=KAYA)
    assert refused.code is RefusalCode.NOT_AUTHORIZED
    assert refused.because == "cost EUR 5,001.00 is above your limit of EUR 5,000.00"


def test_second_person_is_asked_for_and_must_be_another():
    given = waiting(submission(requisition("10000.01")))
    once = approved(given)
    assert isinstance(once, Awaiting)
    assert (once.needs, once.approvals) == ("second_person", ("m.weber",))
    assert approved(once).code is RefusalCode.SECOND_PERSON_NEEDED
    assert approved(once, by=OKAFOR).cleared_by == ("m.weber", "a.okafor")


def test_first_approval_by_somebody_without_authority_does_not_count():
    given = waiting(submission(requisition("10000.01")))
    forged = replace(given, approvals=("t.kaya", "nobody"), needs="second_person")
    assert isinstance(approved(forged), Awaiting)


def test_nobody_is_named_twice_for_one_approval():
    forged = replace(waiting(submission(requisition())), approvals=("m.weber", "m.weber"))
    assert approved(forged).cleared_by == ("m.weber",)


def test_shortest_time_of_all_rules_counts_and_three_days_without_any():
    of = policy()
    assert waiting(submission(), of).expires_at == NOW + timedelta(days=3)
    everything = {"decisions": frozenset({"*"}), "transactions": frozenset({"*"})}
    days = [ApprovalRule(**everything, expires_after=timedelta(days=n)) for n in (9, 2, 5)]
    assert waiting(submission(), replace(of, approvals=tuple(days))).expires_at == NOW + timedelta(
        days=2
    )


def test_first_approval_is_asked_again_after_a_change_of_policy():
    once = approved(waiting(submission(requisition("10000.01"))))
    again = approved(once, by=OKAFOR, of=replace(DEMO, version=2))
    assert isinstance(again, Awaiting)
    assert (again.approvals, again.policy_version) == (("a.okafor",), 2)


def test_present_policy_counts_at_the_click():
    given = waiting(submission(requisition("100.00")))
    observing = replace(DEMO, version=2, phases=())
    assert approved(given, of=observing).code is RefusalCode.READ_ONLY
    stricter = replace(DEMO.approvals[0], justification_above=Money.of(50))
    asks_more = replace(DEMO, version=2, approvals=(stricter,))
    assert approved(given, of=asks_more, justification="").code is RefusalCode.JUSTIFICATION_MISSING
    gone = replace(DEMO, people=(replace(WEBER, active=False),))
    assert approved(given, of=gone).code is RefusalCode.NOT_AUTHORIZED
    assert approved(given, of=replace(DEMO, people=())).code is RefusalCode.UNKNOWN_PERSON


def test_roles_are_those_of_the_policy_not_those_that_are_claimed():
    claimed = replace(KAYA, roles=("plant_manager",))
    refused = approved(waiting(submission(requisition("5001"))), by=claimed)
    assert refused.code is RefusalCode.NOT_AUTHORIZED


@pytest.mark.parametrize(("late", "clears"), [(timedelta(0), False), (-timedelta(seconds=1), True)])
def test_approval_ends_at_its_moment(late, clears):
    given = waiting(submission(requisition()))
    answer = approved(given, now=given.expires_at + late)
    assert isinstance(answer, Cleared) is clears
    assert clears or answer.code is RefusalCode.EXPIRED


def test_proposer_and_programs_cannot_approve():
    own = waiting(submission(requisition(), proposer="m.weber"))
    assert "m.weber proposed it" in approved(own).because
    robot = person("copilot", "planner", service=True)
    of = policy(people=(robot,))
    assert "only people approve" in approved(waiting(submission(), of), by=robot, of=of).because


def test_rejection_needs_authority_and_a_reason_but_no_value():
    given = submission(requisition("9000"))
    assert may_reject(given, KAYA, DEMO, reason="not_needed", now=NOW) is None
    assert may_reject(given, KAYA, DEMO, reason="", now=NOW).code is RefusalCode.REASON_MISSING
    assert (
        "not_needed, wrong_quantity" in may_reject(given, KAYA, DEMO, reason="no", now=NOW).because
    )
    assert may_reject(given, KAYA, DEMO, reason="other", now=NOW).code is RefusalCode.REASON_MISSING
    assert may_reject(given, KAYA, DEMO, reason="other", text="Valve is obsolete", now=NOW) is None
    count = submission(refill())
    assert may_reject(count, KAYA, DEMO, reason="other", now=NOW).code is RefusalCode.NOT_AUTHORIZED
    assert may_change(count, KAYA, DEMO, now=NOW).code is RefusalCode.NOT_AUTHORIZED
    stranger = person("x.unknown")
    assert may_change(count, stranger, DEMO, now=NOW).code is RefusalCode.UNKNOWN_PERSON


def test_whoever_made_a_version_may_withdraw_it():
    own = submission(requisition(), proposer="m.weber")
    assert may_reject(own, WEBER, DEMO, reason="other_plan", now=NOW) is None


def test_cleared_cannot_be_built_copied_onto_other_content_or_derived():
    cleared = ruled(submission()).ruling
    fields = {
        "submission": cleared.submission,
        "cleared_by": ("policy",),
        "clause": cleared.clause,
        "policy_version": 1,
        "checks": (),
    }
    for seal in (None, object(), "seal"):
        with pytest.raises(TypeError, match="only governance"):
            Cleared(**fields, seal=seal)
    with pytest.raises(TypeError, match="only governance"):
        Cleared(**fields, seal=cleared.seal)
    for other in (
        {"submission": submission(requisition("90000"))},
        {"cleared_by": ("a.okafor",)},
        {"policy_version": 99},
    ):
        with pytest.raises(TypeError, match="only governance"):
            replace(cleared, **other)
    with pytest.raises(TypeError, match="no other kinds"):
        type("Mine", (Cleared,), {})
    assert copy(cleared) == replace(cleared) == cleared


def test_no_other_file_builds_a_clearance_or_touches_its_seal():
    here = Path(governance.__file__)
    source = here.parents[1]
    files = [file for file in source.rglob("*.py") if file != here]
    assert len(files) > 20
    touching = re.compile(r"\bCleared\(|\b_Seal\b|Cleared\.__new__|\bseal\s*=")
    assert not [str(file) for file in files if touching.search(file.read_text("utf-8"))]
    assert touching.search(here.read_text("utf-8"))


def test_seal_holds_without_assertions():
    code = (
        "from chargehand.governance.policy import Cleared\n"
        "try:\n"
        "    Cleared(submission=1, cleared_by=(), clause='', policy_version=1, checks=(), seal=1)\n"
        "except TypeError:\n"
        "    raise SystemExit(7)\n"
    )
    assert subprocess.run([sys.executable, "-O", "-c", code], check=False).returncode == 7


def test_limits_of_every_place_are_kept():
    of = policy(
        phase_rule(phase=Phase.AUTOMATE),
        phase_rule(zone="RAW", phase=Phase.AUTOMATE, of=limits(cost_max=Money.of(5))),
    )
    assert isinstance(ruled(submission(refill("6")), of).ruling, Cleared)
    both = submission(refill("3"), refill("3", zone="RAW"))
    assert "EUR 6.00 is above EUR 5.00" in ruled(both, of).ruling.because


def test_breaker_of_any_place_of_an_action_counts():
    of = policy(phase_rule(phase=Phase.AUTOMATE))
    opened = OpenBreaker(
        decision="*", site="HALLE3", zone="RAW", cause="spend", because="used up", cure="Wait."
    )
    given = submission(refill("1"), refill("1", zone="RAW"))
    assert ruled(given, of, open_breakers=(opened,)).clause == "breaker.spend"
    assert isinstance(ruled(submission(), of, open_breakers=(opened,)).ruling, Cleared)


def test_breaker_limit_counts_what_the_ruling_would_add():
    of = policy(
        phase_rule(phase=Phase.AUTOMATE),
        breakers=(
            BreakerRule(decision="*", site="*", zone="MRO", spend_per_day_max=Money.of(200)),
        ),
    )
    assert isinstance(ruled(submission(), of, spent_today=Money.of(20)).ruling, Cleared)
    crossing = ruled(submission(), of, spent_today=Money.of("20.01"))
    assert crossing.clause == "breakers.spend_per_day_max"
    elsewhere = submission(refill(zone="RAW"))
    assert isinstance(ruled(elsewhere, of, spent_today=Money.of(1000)).ruling, Cleared)


def test_automation_does_not_pass_over_what_needs_two_people():
    strict = replace(DEMO.approvals[0], second_person_above=Money.of(100))
    outcome = ruled(submission(), replace(DEMO, approvals=(strict,)))
    assert outcome.clause == "approvals[1].second_person_above"


def test_kept_ruling_says_who_cleared_which_actions():
    given = submission(refill(), requisition())
    record = recorded(4, given, approved(waiting(given)), policy_version=1)
    assert (record.verdict, record.cleared_by) == ("cleared", ("m.weber",))
    assert len(record.action_digests) == 2
    kept = recorded(5, given, waiting(given), policy_version=1)
    assert (kept.verdict, kept.cleared_by) == ("awaiting", ())
    assert (
        recorded(
            6, given, Refusal(code=RefusalCode.READ_ONLY, because=""), policy_version=1
        ).verdict
        == "refused"
    )


def test_grant_of_one_zone_does_not_reach_a_giving_site():
    of = policy(grants=(grant(zones={"MRO"}),))
    refused = approved(waiting(submission(transfer()), of), of=of)
    assert "may not approve transfer at site WERK2, all its zones" in refused.because


def test_every_name_of_the_contract_is_offered():
    assert set(governance.__all__) <= set(dir(governance))
