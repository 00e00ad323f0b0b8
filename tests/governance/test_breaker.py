"""Breakers open on bad readings, and close by a person who says why."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.breaker import (
    CURES,
    BreakerRule,
    Cause,
    Reading,
    evaluate,
    may_close,
)
from chargehand.governance.clauses import Standing, Trial, Use
from chargehand.governance.phase import Phase
from chargehand.governance.policy import Cleared, rule
from chargehand.governance.submission import all_places_of
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import RefusalCode
from tests.governance.strategies import (
    LAW,
    NOW,
    WIDE,
    harmless,
    person,
    phase_rule,
    policy,
    refill,
    submission,
)

EVERYTHING = policy(phase_rule(phase=Phase.AUTOMATE, of=WIDE))
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


ALL_LIMITS = replace(
    RULE,
    spend_per_hour_max=Money.of(500),
    count_per_hour_max=5,
    count_per_day_max=9,
    override_rate_max=0.4,
    override_count_min=10,
    calibration_error_max=0.1,
    calibration_count_min=10,
    mix_distance_max=0.5,
    mix_count_min=20,
    stale_hours_max=12.0,
    drift_max=0.25,
)


@pytest.mark.parametrize(
    ("reading", "cause", "said"),
    [
        (Reading(decided=10, overridden=4), None, ""),
        (Reading(decided=10, overridden=5), "overrides", "rejected, changed or taken back (50%)"),
        (Reading(measured=10, wrong=1, confidence=0.99), None, ""),
        (Reading(measured=10, wrong=2, confidence=0.95), "calibration", "95% sure on average"),
        (Reading(measured=10, wrong=0, confidence=0.5), "calibration", "50% apart"),
        (Reading(measured=9, wrong=0, confidence=0.5), None, ""),
        (Reading(mix_count=19, mix_distance=1.0), None, ""),
        (Reading(mix_count=20, mix_distance=0.5), None, ""),
        (Reading(mix_count=20, mix_distance=0.6), "action_mix", "differ by 60%"),
        (Reading(series=4, drifting=1), None, ""),
        (Reading(series=4, drifting=2), "drift", "2 of 4 parts has changed (50%)"),
        (Reading(stale_hours=12.0, stale_source="stock"), None, ""),
        (
            Reading(stale_hours=12.5, stale_source="stock"),
            "stale",
            "nothing was told of stock for 12.5",
        ),
        (Reading(cleared_hour=4, cleared_today=8), None, ""),
        (Reading(cleared_hour=5), "count", "5 cleared in the last hour, 5 allowed"),
        (Reading(cleared_today=9), "count", "9 cleared today, 9 allowed"),
        (Reading(spent_hour=Money.of("499.99")), None, ""),
        (Reading(spent_hour=Money.of(501)), "spend", "cleared in the last hour"),
    ],
)
def test_every_limit_opens_on_its_reading(reading, cause, said):
    opened = evaluate(ALL_LIMITS, reading)
    assert (opened and opened.cause) == cause
    if opened is not None:
        assert said in opened.because
        assert opened.cure.endswith(".")


def test_every_cause_has_a_cure():
    assert set(CURES) == set(get_args(Cause))


worse = st.fixed_dictionaries(
    {},
    optional={
        "failed": st.integers(0, 9), "overridden": st.integers(0, 40),
        "cleared_hour": st.integers(0, 9), "cleared_today": st.integers(0, 20),
        "mix_distance": st.floats(0, 1), "stale_hours": st.floats(0, 99),
        "drifting": st.integers(0, 20), "wrong": st.integers(0, 40),
        "spent_hour": st.integers(0, 999).map(Money.of),
    },
)  # fmt: skip


@LAW
@given(st.data())
def test_a_worse_reading_opens_whenever_a_better_one_does(data):
    rule = replace(ALL_LIMITS, calibration_error_max=None)
    better = Reading(
        decided=40, measured=40, mix_count=20, series=20, **data.draw(worse, label="better")
    )
    added = data.draw(worse, label="worse")
    higher = {name: max(getattr(better, name), value) for name, value in added.items()}
    if evaluate(rule, better) is not None:
        assert evaluate(rule, replace(better, **higher)) is not None


@LAW
@given(harmless, st.integers(0, 3), st.integers(0, 2), st.sampled_from(["*", "HALLE3"]))
def test_half_open_lets_one_through_at_a_time_and_no_more_than_its_trials(of, left, busy, site):
    trial = Trial(decision="*", site=site, zone="*", left=left, under_way=busy)
    ruling = rule(of, EVERYTHING, standing=Standing(trials=(trial,)), now=NOW).ruling
    covered = any(trial.covers(of.decision, at) for at in all_places_of(of.proposal))
    if covered and (busy or not left):
        assert not isinstance(ruling, Cleared)
    free = rule(of, EVERYTHING, standing=Standing(), now=NOW).ruling
    if (left and not busy) or not covered:
        assert isinstance(ruling, Cleared) is isinstance(free, Cleared)


@LAW
@given(harmless, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_a_lower_number_of_the_hour_or_day_never_clears_more(of, hour, day, used, less):
    scope = {"decision": "*", "site": "*", "zone": "*"}
    limited = BreakerRule(**scope, count_per_hour_max=hour, count_per_day_max=day)
    tighter = replace(
        limited, count_per_hour_max=max(hour - less, 0), count_per_day_max=max(day - less, 0)
    )
    stood = Standing(uses=(Use(**scope, count_hour=used, count_today=used),))
    laxer, stricter = (
        rule(of, replace(EVERYTHING, breakers=(one,)), standing=stood, now=NOW).ruling
        for one in (limited, tighter)
    )
    assert isinstance(laxer, Cleared) or not isinstance(stricter, Cleared)
    if isinstance(laxer, Cleared):
        assert used < min(hour, day)


def test_what_one_site_cleared_does_not_use_up_the_number_of_another():
    here, there = (
        BreakerRule(decision="*", site=site, zone="*", count_per_day_max=3)
        for site in ("HALLE3", "WERK2")
    )
    of = replace(EVERYTHING, breakers=(here, there))
    uses = tuple(
        Use(decision="*", site=site, zone="*", count_today=count)
        for site, count in (("HALLE3", 2), ("WERK2", 3))
    )
    stood = Standing(uses=uses, cleared_today=5)
    assert isinstance(rule(submission(), of, standing=stood, now=NOW).ruling, Cleared)
    full = rule(submission(refill(site="WERK2")), of, standing=stood, now=NOW)
    assert full.clause.endswith("count_per_day_max")


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
