"""Automation within limits, breakers, stop, expiry, hindsight: governance at work on a plant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chargehand.decisions import catalogue
from chargehand.plant import installed
from chargehand.plant.fault import PlantFault
from chargehand.plant.reading import Done
from chargehand.signals import kinds
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.behind import behind_the_back, everything, no_longer, on_each_ruling
from tests.plant.conftest import (
    AS_OF,
    BULK,
    FACE,
    SITE,
    VALVE,
    Teller,
    count,
    master,
    policy_text,
    used,
)

DECISION = "mro_replenishment"


@pytest.fixture
def automated(make_plant):
    """A plant that may refill its pick face by itself."""
    plant = make_plant(phase="automate")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    return plant


def decide(plant):
    return plant.decide(decision=DECISION, as_of=AS_OF)


def test_within_its_limits_policy_clears_and_the_ruling_is_on_record(automated):
    report = decide(automated)
    assert report.cleared == 1
    detail = automated.proposal(report.proposals[0].id)
    assert detail.row.state == "sent"
    assert detail.ruling_text.startswith("cleared by policy version 1")
    assert automated.tasks().rows[0].proposal == detail.row.id
    assert automated.verify().holds


def test_stop_is_for_everybody_and_resuming_for_few(automated):
    automated.stop_automation(by="cleo", reason="forklift in the aisle")
    report = decide(automated)
    assert (report.cleared, report.proposals[0].state) == (0, "waiting")
    assert [one.cause for one in automated.overview().breakers] == ["stop"]
    scope = ("*", "*", "*")
    refused = automated.close_breaker(*scope, by="ben", reason="the aisle is free again")
    assert refused.code is RefusalCode.NOT_AUTHORIZED
    assert automated.close_breaker(*scope, by="ada", reason="").code is RefusalCode.REASON_MISSING
    assert isinstance(
        automated.close_breaker(*scope, by="ada", reason="the aisle is free again"), Done
    )
    assert automated.overview().breakers == ()


def test_rejections_open_the_breaker_and_nothing_is_cleared_until_it_is_closed(automated):
    automated.stop_automation(by="ada", reason="first some judging by hand")
    for pieces in (1, 2, 3):
        Teller(automated)(count(FACE, pieces))
        for row in decide(automated).proposals:
            automated.reject(row.id, by="ada", reason="not_needed")
    opened = [one for one in automated.overview().breakers if one.cause == "rejections"]
    assert "3 of 3 decided proposals were rejected" in opened[0].because
    Teller(automated)(count(FACE, 0))
    assert decide(automated).proposals[0].state == "waiting"
    scope = ("*", "*", "*")
    automated.close_breaker(*scope, by="ada", reason="the counts were wrong, now mended")
    Teller(automated)(count(BULK, 39))
    Teller(automated)(count(FACE, 4))
    assert [row.state for row in decide(automated).proposals] == ["sent"]


def test_what_nobody_decides_expires_and_is_not_done(plant):
    name = decide(plant).proposals[0].id
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE proposal SET expires_at = '2020-01-01T00:00:00+00:00'")
    assert plant.approve(name, by="ada").code is RefusalCode.EXPIRED
    plant.work()
    assert plant.proposal(name).row.state == "expired"
    assert plant.tasks().rows == ()


def test_a_costly_proposal_needs_a_reason_and_two_people(plant):
    tell = Teller(plant)
    dear = next(one for one in master() if isinstance(one, kinds.SupplierItemDefined))
    price = dear.definition.price * 20
    tell(count(BULK, 0), count(FACE, 1))
    tell(kinds.SupplierItemDefined(definition=replace(dear.definition, price=price)))
    name = decide(plant).proposals[0].id
    assert plant.proposal(name).row.cost.amount > 5000
    assert plant.approve(name, by="ada").code is RefusalCode.JUSTIFICATION_MISSING
    first = plant.approve(name, by="ada", justification="line L1 would stop for weeks")
    assert (first.state, first.orders) == ("waiting", ())
    again = plant.approve(name, by="ada", justification="line L1 would stop for weeks")
    assert again.code is RefusalCode.SECOND_PERSON_NEEDED
    second = plant.approve(name, by="ben", justification="seen the machine, it is worn out")
    assert second.state == "sent"
    assert second.orders
    assert plant.verify().holds


def test_hindsight_says_whether_the_shortage_was_real(plant):
    tell = Teller(plant)
    tell(count(BULK, 0), count(FACE, 1), *(used(month, 2) for month in range(1, 13)))
    name = decide(plant).proposals[0].id
    plant.reject(name, by="ada", reason="not_needed")
    due = plant.proposal(name).proposal.measure_after
    assert plant.measure(as_of=due - timedelta(days=1)) == []
    for day in range(1, 6):
        tell(kinds.UsageReported(site=SITE, material=VALVE, quantity=Quantity.pieces(2),
                                 used_on=(AS_OF + timedelta(days=day)).date()))  # fmt: skip
    outcome = plant.measure(as_of=due + timedelta(days=1))[0]
    assert (outcome.followed, outcome.right) == ("overruled", True)
    assert outcome.worth.amount > 0
    assert plant.measure(as_of=due + timedelta(days=2)) == []
    assert plant.outcomes().rows[0].proposal.id == name
    assert plant.verify().holds


def test_keys_are_shown_once_kept_as_hashes_and_end(plant):
    key = plant.issue_key("ada", label="laptop")
    assert plant.who(key).person == "ada"
    assert plant.who(key[:-1] + "x") is None
    assert plant.who("chk_x") is None
    assert plant.who("") is None
    with behind_the_back(plant.folder) as sql:
        stored = everything(sql)
    assert "laptop" in stored
    assert key.split("_", 2)[2] not in stored
    assert plant.revoke_key(key.split("_")[1])
    assert plant.who(key) is None
    assert not plant.revoke_key(key.split("_")[1])


def test_a_login_link_works_once(plant):
    token = plant.login_token("ben")
    session = plant.redeem(token)
    assert plant.session(session).person == "ben"
    assert plant.redeem(token) is None
    assert plant.who(session) is None
    assert plant.session(token) is None


@pytest.mark.engines("sqlite", "postgres")
def test_what_policy_would_clear_but_cannot_be_placed_waits_for_a_person(make_plant):
    plant = make_plant(phase="automate", name="second")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    with behind_the_back(plant.folder) as sql:
        on_each_ruling(
            sql, "BEFORE", "UPDATE balance SET reserved = scaled WHERE location = 'BULK-1'"
        )
    row = decide(plant).proposals[0]
    detail = plant.proposal(row.id)
    assert (detail.row.state, detail.verdict) == ("waiting", "awaiting")
    assert "can be used" in detail.ruling_text
    with behind_the_back(plant.folder) as sql:
        no_longer(sql)
        sql.execute("UPDATE balance SET reserved = 0")
    assert plant.approve(row.id, by="ada").state == "sent"


def test_a_proposal_edited_after_its_ruling_cannot_be_approved(plant):
    name = decide(plant).proposals[0].id
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE proposal SET body = replace(body, '\"8\"', '\"30\"')")
    assert plant.approve(name, by="ada").code is RefusalCode.NO_RULING
    assert plant.tasks().rows == ()


def test_what_was_observed_waits_once_the_policy_assists(make_plant):
    plant = make_plant(phase="observe")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    first = decide(plant).proposals[0]
    assert first.state == "observed"
    assert decide(plant).unchanged == 1
    plant.activate_policy(policy_text(version=2, phase="assist"), by="ada")
    second = decide(plant).proposals[0]
    assert second.state == "waiting"
    assert plant.proposal(first.id).row.state == "superseded"


def test_a_decision_that_cannot_ask_stops_nobody_and_loses_nothing(plant, monkeypatch):
    name = decide(plant).proposals[0].id

    def broken(view):
        raise RuntimeError("no such column")

    whole = installed.load(DECISION)
    others = catalogue.load
    monkeypatch.setattr(
        installed, "load", lambda n: replace(whole, ask=broken) if n == DECISION else others(n)
    )
    report = plant.decide(as_of=AS_OF)
    assert report.refused["decision_failed"] == 1
    assert plant.proposal(name).row.state == "waiting"
    assert "no such column" in plant.refusals(decision=DECISION)[0].because


def test_a_night_that_was_cut_off_is_held_again(plant, monkeypatch):
    plant.work(until_idle=True)
    held = len(plant.journal(kind="hearing").rows)
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE job SET run_at = '2020-01-01T00:00:00+00:00' WHERE kind = 'nightly'")

    def cut_off(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(plant, "decide", cut_off)
        with pytest.raises(KeyboardInterrupt):
            plant.work()
    plant.work()
    assert len(plant.journal(kind="hearing").rows) == held
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE job SET lease_until = '2020-01-01T00:00:00+00:00'")
    plant.work()
    assert len(plant.journal(kind="hearing").rows) > held


def test_the_policy_that_holds_is_the_one_in_the_journal(plant):
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE policy SET text = replace(text, 'assist', 'observe')")
    assert decide(plant).proposals[0].state == "waiting"
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE journal SET body = replace(body, 'assist', 'observe')"
                    " WHERE kind = 'policy'")  # fmt: skip
    with pytest.raises(PlantFault, match="was edited"):
        plant.policy()
