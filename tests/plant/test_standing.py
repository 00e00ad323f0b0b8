"""What is open, and what policy did today already, hold policy back on the plant's next ruling."""

from __future__ import annotations

import pytest

from chargehand.plant.reading import Done
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master, policy_text

DECISION = "mro_replenishment"


@pytest.fixture
def automated(make_plant):
    plant = make_plant(phase="automate")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    return plant


def decide(plant):
    return plant.decide(decision=DECISION, as_of=AS_OF)


def test_an_open_breaker_lets_nothing_through_though_nobody_stopped_anything(automated):
    for pieces in (3, 2, 1):  # requisitions are not automated: they wait, and are rejected
        Teller(automated)(count(BULK, 0), count(FACE, pieces))
        for row in decide(automated).proposals:
            assert isinstance(automated.reject(row.id, by="ada", reason="not_needed"), Done)
    assert [one.cause for one in automated.overview().breakers] == ["rejections"]
    Teller(automated)(count(BULK, 40), count(FACE, 2))
    refill = decide(automated).proposals[0]
    assert refill.state == "waiting"
    assert "the circuit breaker is open" in automated.proposal(refill.id).ruling_text


def test_what_policy_cleared_today_counts_against_its_daily_number(automated):
    text = policy_text(version=2, phase="automate")
    limited = text.replace("confidence_min", "count_per_day_max = 1\nconfidence_min")
    assert isinstance(automated.activate_policy(limited, by="ada"), Done)
    first = decide(automated).proposals[0]
    assert first.state == "sent"
    automated.confirm(automated.tasks().rows[0].key, by="ben")
    Teller(automated)(count(FACE, 1))
    second = decide(automated).proposals[0]
    assert second.state == "waiting"
    assert "1 cleared today, 1 allowed" in automated.proposal(second.id).ruling_text


def test_what_policy_spent_today_counts_against_its_limit_of_the_day(automated):
    first = decide(automated).proposals[0]
    assert first.state == "sent"
    limit = first.cost.amount * 3 / 2
    text = policy_text(version=2, phase="automate")
    tight = text.replace('"EUR 100.00"', f'"EUR {limit:.2f}"').replace(
        'spend_per_day_max = "EUR 1000.00"\nbases', f'spend_per_day_max = "EUR {limit:.2f}"\nbases'
    )
    assert isinstance(automated.activate_policy(tight, by="ada"), Done)
    automated.confirm(automated.tasks().rows[0].key, by="ben")
    Teller(automated)(count(FACE, 1))
    second = decide(automated).proposals[0]
    assert second.cost.amount <= limit
    assert second.state == "waiting"
    assert "cleared today" in automated.proposal(second.id).ruling_text
