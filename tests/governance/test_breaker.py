"""Breakers open on bad readings, and close by a person who says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.breaker import BreakerRule, Reading, evaluate, may_close
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import RefusalCode
from tests.governance.strategies import LAW, person

RULE = BreakerRule(
    decision="mro_replenishment",
    site="HALLE3",
    zone="*",
    rejection_rate_max=0.3,
    rejection_count_min=10,
    window_days=30,
    spend_per_day_max=Money.of(2000),
    outcome_error_max=0.2,
    outcome_count_min=10,
    failure_count_max=2,
)


@pytest.mark.parametrize(
    ("reading", "cause", "said"),
    [
        (Reading(decided=9, rejected=9), None, ""),
        (Reading(decided=10, rejected=3), None, ""),
        (Reading(decided=10, rejected=4), "rejections", "4 of 10 decided proposals were rejected"),
        (Reading(measured=9, wrong=9), None, ""),
        (Reading(measured=10, wrong=2), None, ""),
        (Reading(measured=10, wrong=3), "outcome_error", "(30%), 20% allowed"),
        (Reading(failed=2), None, ""),
        (Reading(failed=3), "failures", "3 failures in 30 days, 2 allowed"),
        (Reading(spent_today=Money.of("1999.99")), None, ""),
        (Reading(spent_today=Money.of(2000)), "spend", "used up"),
        (Reading(spent_today=Money.of(2001)), "spend", "EUR 2,001.00 cleared today"),
        (Reading(spent_today=Money.of(1, "USD")), "spend", "USD 1.00 cleared today"),
    ],
)
def test_opens_on_its_reading(reading, cause, said):
    opened = evaluate(RULE, reading)
    if cause is None:
        assert opened is None
    else:
        assert (opened.cause, opened.decision, opened.site) == (cause, RULE.decision, "HALLE3")
        assert said in opened.because
        assert opened.cure.endswith(".")


def test_names_every_cause_and_leads_with_the_gravest():
    opened = evaluate(RULE, Reading(decided=10, rejected=9, failed=7, spent_today=Money.of(9999)))
    assert opened.cause == "failures"
    assert opened.because.count(";") == 2


def test_what_is_not_limited_is_not_watched():
    rule = BreakerRule(decision="*", site="*", zone="*")
    reading = Reading(decided=9, rejected=9, measured=9, wrong=9, spent_today=Money.of(10**6))
    assert evaluate(rule, reading) is None


def test_day_without_spending_does_not_open_a_limit_of_nothing():
    assert evaluate(replace(RULE, spend_per_day_max=Money.of(0)), Reading()) is None


counts = st.integers(0, 40)
readings = st.builds(
    lambda decided, rejected, measured, wrong, failed, spent: Reading(
        decided=max(decided, rejected),
        rejected=min(decided, rejected),
        measured=max(measured, wrong),
        wrong=min(measured, wrong),
        failed=failed,
        spent_today=Money.of(spent),
    ),
    counts, counts, counts, counts, st.integers(0, 5), st.integers(0, 3000),
)  # fmt: skip


@LAW
@given(
    readings,
    st.fixed_dictionaries(
        {},
        optional={
            "rejection_rate_max": st.floats(0, 0.3),
            "rejection_count_min": st.integers(1, 10),
            "spend_per_day_max": st.integers(0, 2000).map(Money.of),
            "outcome_error_max": st.floats(0, 0.2),
            "outcome_count_min": st.integers(1, 10),
            "failure_count_max": st.integers(0, 2),
        },
    ),
)
def test_stricter_rule_opens_whenever_the_laxer_one_does(reading, stricter):
    if evaluate(RULE, reading) is not None:
        assert evaluate(replace(RULE, **stricter), reading) is not None


def test_closing_takes_a_role_and_a_reason():
    opened = evaluate(RULE, Reading(failed=3))
    closers = frozenset({"plant_manager"})
    manager = person("a.okafor", "plant_manager")
    reason = "Interface to the WMS was repaired."
    assert may_close(opened, manager, closers, reason=reason) is None
    refused = may_close(opened, manager, closers, reason="ok")
    assert refused.code is RefusalCode.REASON_MISSING
    for other in (
        person("m.weber"),
        replace(manager, active=False),
        replace(manager, service=True),
    ):
        refused = may_close(opened, other, closers, reason=reason)
        assert refused.code is RefusalCode.NOT_AUTHORIZED
        assert "plant_manager" in refused.because
