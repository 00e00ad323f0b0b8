"""A breaker that opens holds back, takes back and tells; one that is closed proves itself first."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from chargehand.execution.order import Sent, Voided
from chargehand.governance.breaker import BreakerRule, OpenBreaker
from chargehand.governance.submission import Place
from chargehand.plant.breaker_readings import ClearedSum, cleared_lately, reading, use_of
from chargehand.plant.reading import Done
from chargehand.plant.standing import open_it, standing
from chargehand.runtime import clock
from chargehand.vocabulary.money import Money
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, VALVE, Teller, count, master, policy_text, used

DECISION = "mro_replenishment"
EVERYTHING = ("*", "*", "*")
RULES = """
[[breakers]]
decision = "*"
site = "*"
zone = "*"
window_days = 30
"""


def with_breaker(plant, *lines, phase="automate"):
    """The plant under a policy with one breaker of these limits."""
    text = policy_text(version=2, phase=phase).partition("[[breakers]]")[0]
    done = plant.activate_policy(text + RULES + "\n".join(lines), by="ada")
    assert isinstance(done, Done), done
    return plant


PUMP, SEAL = "PUMP", "SEAL"


def of(material, body):
    """A body of the small plant, about another material."""
    if hasattr(body, "definition"):
        if getattr(body.definition, "material", None) is None:
            return body
        return replace(body, definition=replace(body.definition, material=material))
    return replace(body, material=material)


@pytest.fixture
def automated(make_plant):
    plant = make_plant(phase="automate", name="auto")
    Teller(plant)(
        *master(), *(of(part, body) for part in (PUMP, SEAL) for body in master()),
        count(BULK, 40), count(FACE, 9), of(SEAL, count(BULK, 40)), of(SEAL, count(FACE, 9)),
    )  # fmt: skip
    return plant


def refill(plant, pieces=2, material=VALVE):
    """Have one refill proposed."""
    Teller(plant)(of(material, count(FACE, pieces)))
    rows = plant.decide(decision=DECISION, as_of=AS_OF).proposals
    return next(row.id for row in rows if material in row.headline)


def rejected(plant, *counts):
    """Have requisitions of another part proposed, which are not automated, and reject them."""
    for pieces in counts:
        Teller(plant)(of(PUMP, count(FACE, pieces)))
        for row in plant.decide(decision=DECISION, as_of=AS_OF).proposals:
            if PUMP in row.headline:
                assert isinstance(plant.reject(row.id, by="ada", reason="not_needed"), Done)


def closed(plant):
    done = plant.close_breaker(*EVERYTHING, by="ada", reason="talked with those who rejected")
    assert isinstance(done, Done), done
    return done.state


def state(plant, name):
    return plant.proposal(name).row.state


def open_now(plant):
    return [(one.cause, one.state) for one in plant.overview().breakers]


def confirm_all(plant):
    for row in plant.tasks().rows:
        plant.confirm(row.key, by="ben")


class System:
    """Another system, which takes orders back as long as nobody has begun."""

    name = "wms"

    def __init__(self):
        self.sent, self.voided = [], []

    def accepts(self, action):
        return True

    def find(self, key):
        return None

    def send(self, order):
        self.sent.append(order.key)
        return Sent(reference="T1")

    def void(self, key):
        self.voided.append(key)
        return Voided(key=key)


def connected(plant):
    plant.owners["replenishment"] = "wms"
    plant.targets["wms"] = System()
    return plant.targets["wms"]


REJECTIONS = ("rejection_rate_max = 0.5", "rejection_count_min = 3")


@pytest.mark.engines("sqlite", "postgres")
def test_what_was_cleared_and_nobody_began_waits_again(automated):
    with_breaker(automated, *REJECTIONS)
    name = refill(automated)
    assert state(automated, name) == "sent"
    rejected(automated, 3, 2, 1)
    assert open_now(automated) == [("rejections", "open")]
    assert automated.tasks().rows == ()
    assert state(automated, name) == "waiting"
    again = refill(automated, 2, SEAL)
    assert "the circuit breaker is open" in automated.proposal(again).ruling_text
    assert automated.verify().holds


def test_what_another_system_has_is_called_back_by_the_worker(automated):
    with_breaker(automated, *REJECTIONS)
    wms = connected(automated)
    name = refill(automated)
    automated.work()
    assert wms.sent
    rejected(automated, 3, 2, 1)
    automated.work()
    assert wms.voided == wms.sent
    assert state(automated, name) in {"waiting", "superseded"}


def test_a_limit_that_is_used_up_takes_nothing_back(automated):
    with_breaker(automated, "count_per_day_max = 1")
    name = refill(automated)
    automated.work()
    assert open_now(automated) == [("count", "open")]
    assert state(automated, name) == "sent"


def test_those_who_close_breakers_are_told(automated):
    with_breaker(automated, *REJECTIONS)
    rejected(automated, 3, 2, 1)
    told = automated.notices(person="ada")
    assert [one.topic for one in told] == ["breaker"]
    assert "3 of 3 decided proposals were rejected" in told[0].text
    assert automated.unseen_notices("ben") == 0
    assert automated.notice_seen(told[0].number, by="ben") is not None
    assert automated.notice_seen(told[0].number, by="ada") is None
    assert automated.unseen_notices("ada") == 0
    assert automated.verify().holds


@pytest.mark.engines("sqlite", "postgres")
def test_a_closed_breaker_lets_one_through_at_a_time_until_all_went_well(automated):
    with_breaker(automated, *REJECTIONS, "trial_count = 2")
    rejected(automated, 3, 2, 1)
    assert closed(automated) == "half_open"
    assert open_now(automated) == [("rejections", "half_open")]
    first = refill(automated, 2)
    assert state(automated, first) == "sent"
    assert automated.overview().breakers[0].trials_left == 1
    second = refill(automated, 1, SEAL)
    assert state(automated, second) == "waiting"
    assert "the one cleared before is not done yet" in automated.proposal(second).ruling_text
    confirm_all(automated)
    third = refill(automated, 0, SEAL)
    assert state(automated, third) == "sent"
    confirm_all(automated)
    automated.work()
    assert open_now(automated) == []
    assert automated.verify().holds


@pytest.mark.engines("sqlite", "postgres")
def test_a_trial_that_fails_opens_it_again(automated):
    with_breaker(automated, *REJECTIONS, "trial_count = 2")
    rejected(automated, 3, 2, 1)
    closed(automated)
    refill(automated)
    automated.decline(automated.tasks().rows[0].key, by="ben", reason="the bin is empty")
    automated.work()
    assert open_now(automated) == [("failures", "open")]
    assert "did not go well" in automated.overview().breakers[0].because
    assert state(automated, refill(automated, 1, SEAL)) == "waiting"
    assert automated.verify().holds


EDITS = {
    "the row says closed": "UPDATE breaker SET closed_at = opened_at, state = 'closed'",
    "the row is gone": "DELETE FROM breaker",
    "the row is of another place": "UPDATE breaker SET site = 'S9'",
}


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_editing_the_row_of_a_breaker_lets_nothing_through(automated, edit):
    with_breaker(automated, *REJECTIONS)
    rejected(automated, 3, 2, 1)
    with behind_the_back(automated.folder) as sql:
        assert sql.execute(edit).rowcount
    assert state(automated, refill(automated)) == "waiting"
    assert not automated.verify().holds


def test_a_source_that_falls_silent_is_noticed_by_nobodys_act(automated, monkeypatch):
    with_breaker(automated, "stale_hours_max = 12")
    automated.work()
    assert open_now(automated) == []
    later = clock.now() + timedelta(hours=13)
    monkeypatch.setattr(automated.store, "_clock", lambda: later)
    monkeypatch.setattr(clock, "now", lambda: later)
    automated.work()
    assert open_now(automated) == [("stale", "open")]
    assert "nothing was told of stock for 13" in automated.overview().breakers[0].because


@pytest.mark.engines("sqlite", "postgres")
def test_readings_count_what_people_did_and_what_policy_cleared(automated):
    with_breaker(automated, "override_rate_max = 1.0", "override_count_min = 9",
                 'spend_per_hour_max = "EUR 900.00"', "mix_distance_max = 1.0")  # fmt: skip
    name = refill(automated)
    confirm_all(automated)
    rejected(automated, 1)
    policy = automated.policy()

    def read(docket):
        cleared = cleared_lately(docket.sql, docket.now())
        return reading(docket.sql, policy.breakers[0], docket.now(), "", cleared)

    seen = automated.store.write(read)
    cost = automated.proposal(name).row.cost
    assert (seen.cleared_hour, seen.cleared_today, seen.spent_hour) == (1, 1, cost)
    assert (seen.rejected, seen.overridden, seen.mix_count) == (1, 1, 1)
    assert seen.spent_today.currency == Money.of(0).currency


@pytest.mark.engines("sqlite", "postgres")
def test_nothing_is_cleared_after_the_moment_in_which_a_breaker_opened(automated):
    with_breaker(automated, "rejection_rate_max = 0.0", "rejection_count_min = 1")
    Teller(automated)(of(PUMP, count(FACE, 1)))
    rows = automated.decide(decision=DECISION, as_of=AS_OF).proposals
    name = next(row.id for row in rows if PUMP in row.headline)
    confirm_all(automated)
    ready = threading.Barrier(2)

    def reject():
        ready.wait()
        automated.reject(name, by="ada", reason="not_needed")

    rejecting = threading.Thread(target=reject)
    rejecting.start()
    ready.wait()
    for pieces in (3, 2, 1, 2):
        Teller(automated)(count(BULK, 40), count(FACE, pieces), of(SEAL, count(FACE, pieces)))
        automated.decide(decision=DECISION, as_of=AS_OF)
        confirm_all(automated)
    rejecting.join()
    with automated.store.snapshot() as sql:
        opened = sql.execute("SELECT min(entry) FROM breaker").fetchone()[0]
        after = sql.execute(
            "SELECT count(*) FROM ruling WHERE verdict = 'cleared' AND entry > ?", (opened,)
        ).fetchone()[0]
    assert opened is not None
    assert after == 0


def test_demand_that_has_changed_opens_it(automated):
    with_breaker(automated, "drift_max = 0.25")
    steady = [used(month, 1, year) for year in (2023, 2024) for month in range(1, 13)]
    risen = [used(month, 30 if month > 9 else 1) for month in range(1, 13)]
    Teller(automated)(*steady, *risen)
    automated.decide(decision=DECISION, as_of=AS_OF)
    automated.decide(decision=DECISION, as_of=AS_OF)
    assert open_now(automated) == [("drift", "open")]
    assert "the demand of 1 of 1 parts has changed" in automated.overview().breakers[0].because


@pytest.mark.engines("sqlite", "postgres")
def test_a_bar_in_the_name_of_a_zone_does_not_keep_others_from_being_ruled(automated):
    at = {"decision": "*", "site": "*", "zone": "A|B"}
    breaker = OpenBreaker(cause="failures", because="two failures", cure="mend", **at)
    automated.store.write(lambda docket: open_it(docket, breaker))
    stood = automated.store.write(lambda docket: standing(docket, docket.now(), "EUR"))
    assert [one.zone for one in stood.open_breakers] == ["A|B"]
    assert automated.verify().holds
    done = automated.close_breaker("*", "*", "A|B", by="ada", reason="the zone has another name")
    assert isinstance(done, Done), done
    assert automated.overview().breakers == ()


def cleared_sum(*places):
    return ClearedSum(
        decision="transfer", site="TO", zone="Z1", places=places, count_hour=1, count_today=1,
        spent_hour=Money.of(1), spent_today=Money.of(1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("site", "zone", "counted"),
    [("FROM", "*", 1), ("TO", "*", 1), ("TO", "Z1", 1), ("FROM", "Z1", 1), ("TO", "Z2", 0)],
)
def test_what_takes_effect_at_two_sites_is_counted_at_both(site, zone, counted):
    rule = BreakerRule(decision="*", site=site, zone=zone, count_per_day_max=1)
    at = cleared_sum(Place("TO", "Z1"), Place("FROM", None))
    assert use_of(rule, [at]).count_today == counted


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize(
    ("site", "zone", "read"),
    [("FROM", "*", 1), ("FROM", "Z9", 1), ("*", "Z9", 1), ("FRO", "*", 0), ("S9", "*", 0)],
)
def test_breakers_read_what_takes_effect_beside_the_place_of_its_subject(
    automated, site, zone, read
):
    rejected(automated, 1)
    rule = BreakerRule(decision="*", site=site, zone=zone, rejection_rate_max=0.5)

    def at_two(docket):
        docket.sql("UPDATE proposal SET elsewhere = ?", ("\nFROM\t*\n",))
        return reading(docket.sql, rule, docket.now(), "", ())

    assert automated.store.write(at_two).rejected == read
