"""Laws of the ruling: what holds for any policy, any proposal and any standing."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chargehand.decisions.decision import Proposal
from chargehand.governance.authority import permits
from chargehand.governance.clauses import Standing
from chargehand.governance.phase import Phase, governing
from chargehand.governance.policy import Awaiting, Cleared, approve, rule
from chargehand.governance.submission import Place
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal
from tests.governance.strategies import (
    LAW,
    NOW,
    OFTEN,
    UNRULED,
    WIDE,
    all_limits,
    approval_rules,
    automating,
    breaker_rules,
    grants,
    harmless,
    open_breakers,
    phase_rule,
    policies,
    sites,
    standings,
    submissions,
    unruled_fields,
    zones,
)
from tests.governance.strategies import policy as policy_of

REASON = "Line 4 would stand still."
RULED_FIELDS = {"subject", "actions", "cost", "confidence", "basis"}


def cleared(submission, policy, standing):
    return isinstance(rule(submission, policy, standing=standing, now=NOW).ruling, Cleared)


def awaiting(submission, policy):
    answer = rule(submission, policy, standing=Standing(stopped=True), now=NOW).ruling
    assume(isinstance(answer, Awaiting))
    return answer


def test_the_cases_below_reach_every_ruling_often_enough():
    seen = Counter()

    @settings(LAW, derandomize=True, database=None)
    @given(policies, submissions(), standings)
    def count(policy, submission, standing):
        seen[type(rule(submission, policy, standing=standing, now=NOW).ruling)] += 1

    count()
    assert set(seen) == {Cleared, Awaiting, Refusal}
    assert min(seen.values()) >= 7, seen


def _less(money):
    return st.sampled_from(["0.00", "0.01", "9.99", "249.99"]).map(
        lambda amount: min(money, Money.of(amount, money.currency))
    )


@st.composite
def tightened_limits(draw, limits):
    """The same limits with one of them lowered."""
    return draw(
        st.one_of(
            _less(limits.cost_max).map(lambda m: replace(limits, cost_max=m)),
            _less(limits.spend_per_day_max).map(lambda m: replace(limits, spend_per_day_max=m)),
            st.just(replace(limits, confidence_min=(limits.confidence_min + 1) / 2)),
            st.just(replace(limits, bases=limits.bases - {"fallback"})),
            st.just(replace(limits, transactions=frozenset({"count"}))),
            st.just(replace(limits, count_per_day_max=1)),
        )
    )


@st.composite
def tightened(draw, policy):
    """The same policy, stricter in one thing."""
    options = [
        approval_rules.map(lambda one: replace(policy, approvals=(*policy.approvals, one))),
        breaker_rules.map(lambda one: replace(policy, breakers=(*policy.breakers, one))),
    ]
    for at, one in enumerate(policy.phases):
        stricter = [Phase.OBSERVE, Phase.ASSIST]
        changed = st.sampled_from(stricter).map(lambda p, r=one: replace(r, phase=p))
        if one.phase is Phase.OBSERVE:
            continue
        if one.limits:
            changed |= tightened_limits(one.limits).map(lambda of, r=one: replace(r, limits=of))
        options.append(
            changed.map(
                lambda r, at=at: replace(
                    policy, phases=(*policy.phases[:at], r, *policy.phases[at + 1 :])
                )
            )
        )
    return draw(st.one_of(options))


@OFTEN
@given(policies, submissions(), standings, st.data())
def test_lowering_a_limit_never_clears_more(policy, submission, standing, data):
    stricter = data.draw(tightened(policy))
    assert not cleared(submission, stricter, standing) or cleared(submission, policy, standing)


@LAW
@given(harmless, open_breakers, st.integers(0, 1), st.integers(0, 7))
def test_an_open_breaker_clears_nothing_in_its_scope(submission, one, at, wide):
    everything = policy_of(phase_rule(phase=Phase.AUTOMATE, of=WIDE))
    assert cleared(submission, everything, Standing())
    action = submission.proposal.actions[at % len(submission.proposal.actions)]
    breaker = replace(
        one,
        decision="*" if wide & 1 else submission.decision,
        site="*" if wide & 2 else action.site,
        zone="*" if wide & 4 else action.zone,
    )
    assert not cleared(submission, everything, Standing(open_breakers=(breaker,)))


@LAW
@given(policies, submissions(), standings)
def test_stopped_automation_clears_nothing(policy, submission, standing):
    assert not cleared(submission, policy, replace(standing, stopped=True))


@LAW
@given(policies, submissions(), standings)
def test_observe_never_clears_neither_by_policy_nor_by_people(policy, submission, standing):
    observing = replace(
        policy,
        phases=tuple(replace(one, phase=Phase.OBSERVE, limits=None) for one in policy.phases),
    )
    answer = rule(submission, observing, standing=standing, now=NOW).ruling
    assert isinstance(answer, Refusal)
    waits = awaiting(submission, policy)
    for person in policy.people:
        approved = approve(waits, person, observing, justification=REASON, now=NOW)
        assert isinstance(approved, Refusal)


@OFTEN
@given(automating, harmless, sites, zones)
def test_every_place_of_an_action_must_be_automated_whatever_the_subject(
    policy, submission, site, zone
):
    subject = replace(submission.proposal.subject, site=site, zone=zone)
    given_so = replace(submission, proposal=replace(submission.proposal, subject=subject))
    if cleared(given_so, policy, Standing()):
        for action in submission.proposal.actions:
            assert policy.phase(submission.decision, action.site, action.zone) is Phase.AUTOMATE


@OFTEN
@given(policies, harmless, st.just(Standing()) | standings)
def test_every_action_keeps_the_limits_of_its_place(policy, submission, standing):
    if cleared(submission, policy, standing):
        for action in submission.proposal.actions:
            place = Place(action.site, action.zone)
            for one in governing(policy.phases, submission.decision, place):
                assert keeps(one.limits, submission.proposal, standing)


def keeps(limits, proposal, standing):
    """Whether a proposal keeps every limit: said once more, in the plainest way."""
    costs = [action.cost for action in proposal.actions]
    named = {m.currency for m in (proposal.cost, *costs, standing.spent_today) if m.amount}
    value = max(proposal.cost.amount, sum(cost.amount for cost in costs))
    total = standing.spent_today.amount + value
    return (
        (value == 0 or (value <= limits.cost_max.amount and named <= {limits.cost_max.currency}))
        and total <= limits.spend_per_day_max.amount
        and (total == 0 or named <= {limits.spend_per_day_max.currency})
        and limits.confidence_min <= proposal.confidence <= 1
        and proposal.basis in limits.bases
        and all(limits.transactions & {"*", str(a.transaction)} for a in proposal.actions)
        and standing.cleared_today < (limits.count_per_day_max or 99)
    )


@OFTEN
@given(all_limits, harmless | submissions(), st.just(Standing()) | standings)
def test_the_policy_clears_exactly_what_keeps_every_limit(limits, submission, standing):
    standing = replace(standing, stopped=False, open_breakers=())
    automated = policy_of(phase_rule(phase=Phase.AUTOMATE, of=limits))
    expected = keeps(limits, submission.proposal, standing)
    assert cleared(submission, automated, standing) is expected


@LAW
@given(policies, submissions(), standings, unruled_fields)
def test_what_a_proposer_writes_does_not_move_the_ruling(policy, submission, standing, written):
    assert not RULED_FIELDS & set(written)
    other = replace(submission, proposal=replace(submission.proposal, **written))
    first, second = (rule(s, policy, standing=standing, now=NOW) for s in (submission, other))
    assert (first.checks, first.clause) == (second.checks, second.clause)
    assert type(first.ruling) is type(second.ruling)
    if isinstance(first.ruling, Awaiting):
        assert first.ruling.expires_at == second.ruling.expires_at
    for person in policy.people:
        assert permits(person, policy.grants, submission) == permits(person, policy.grants, other)


def test_no_field_of_a_proposal_escapes_the_law_above():
    written = set(UNRULED)
    proposal = {field.name for field in fields(Proposal)}
    assert proposal == written | RULED_FIELDS


@LAW
@given(policies, submissions(), st.integers(0, 3))
def test_removing_a_grant_never_lets_more_through(policy, submission, at):
    waits = awaiting(submission, policy)
    less = replace(policy, grants=policy.grants[:at] + policy.grants[at + 1 :])
    for person in policy.people:
        few = approve(waits, person, less, justification=REASON, now=NOW)
        if not isinstance(few, Refusal):
            many = approve(waits, person, policy, justification=REASON, now=NOW)
            assert type(few) is type(many)


@LAW
@given(submissions(), st.lists(approval_rules, min_size=1, max_size=2), st.integers(1, 4))
def test_one_person_never_is_two(submission, rules, times):
    policy = policy_of(approvals=tuple(rules))
    answer = awaiting(submission, policy)
    alone = policy.people[0]
    for _ in range(times):
        if isinstance(answer, Awaiting):
            answer = approve(answer, alone, policy, justification=REASON, now=NOW)
    above = [r.second_person_above for r in policy.approval_rules(submission)]
    if isinstance(answer, Cleared):
        amount = submission.proposal.cost.amount
        assert all(limit is None or amount <= limit.amount for limit in above)
        assert answer.cleared_by == (alone.person,)


@LAW
@given(policies, submissions(), st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=99)))
def test_expired_never_clears(policy, submission, late):
    waits = awaiting(submission, policy)
    for person in policy.people:
        answer = approve(waits, person, policy, justification=REASON, now=waits.expires_at + late)
        assert isinstance(answer, Refusal)


@OFTEN
@given(st.lists(grants, max_size=4), harmless)
def test_nobody_clears_without_a_grant_for_every_action(granted, submission):
    policy = policy_of(grants=tuple(granted))
    waits = awaiting(submission, policy)
    for person in policy.people:
        answer = approve(waits, person, policy, justification=REASON, now=NOW)
        if isinstance(answer, Refusal):
            continue
        for action in submission.proposal.actions:
            assert any(
                g.role in person.roles
                and g.sites & {"*", action.site}
                and g.zones & {"*", action.zone}
                and g.transactions & {"*", str(action.transaction)}
                and g.decisions & {"*", submission.decision}
                and (g.value_max is None or action.cost.amount <= g.value_max.amount)
                for g in policy.grants
            )


@LAW
@given(policies, submissions())
def test_phase_of_a_submission_is_the_lowest_of_its_places(policy, submission):
    order = list(Phase)
    phases = [
        policy.phase(submission.decision, a.site, a.zone) for a in submission.proposal.actions
    ]
    assert order.index(policy.phase_of(submission)) <= min(order.index(p) for p in phases)
