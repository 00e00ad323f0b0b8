"""API keys: made by whom, limited to what, replaced without a gap, and ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chargehand.governance.access import Act, KeyScope, may
from chargehand.plant.plant import Plant
from chargehand.runtime import clock
from chargehand.storage.personal import ERASED
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.behind import behind_the_back, everything
from tests.plant.conftest import policy_text

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
SERVICE = """
[[people]]
id = "svc.mes"
name = "MES"
roles = ["clerk"]
service = true
"""


@pytest.fixture
def time(monkeypatch):
    class Clock:
        moment = START

        def __call__(self):
            return self.moment

        def passes(self, **span):
            self.moment += timedelta(**span)

    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture
def plant(time, make_plant):
    plant = make_plant()
    known = policy_text(version=2).replace("[[grants]]", f"{SERVICE}\n[[grants]]", 1)
    plant.activate_policy(known, by="ada")
    assert plant.person("svc.mes")
    return plant


def made(plant, who="svc.mes", by="ada", **words):
    key = plant.make_key(who, by=by, label="line 2", **words)
    assert not isinstance(key, Refusal), key
    return key


def test_people_make_their_own_keys_and_administrators_any(plant):
    assert plant.bearer(made(plant, "ben", by="ben").key).person.person == "ben"
    assert plant.bearer(made(plant).key).person.person == "svc.mes"
    for who, by in (("ada", "ben"), ("svc.mes", "ben"), ("svc.mes", "svc.mes"), ("ben", "gone")):
        refusal = plant.make_key(who, by=by, label="x")
        assert refusal.code in {RefusalCode.NOT_AUTHORIZED, RefusalCode.UNKNOWN_PERSON}
    assert plant.make_key("gone", by="ada", label="x").code == RefusalCode.UNKNOWN_PERSON


@pytest.mark.engines("sqlite", "postgres")
def test_a_key_is_limited_to_acts_and_sites(plant):
    bearer = plant.bearer(made(plant, acts=["report"], sites=["S1"]).key)
    assert bearer.scope == KeyScope(acts=frozenset({"report"}), sites=frozenset({"S1"}))
    policy = plant.policy()
    assert may(bearer.person, Act.REPORT, "S1", policy, bearer.scope).passed
    assert not may(bearer.person, Act.REPORT, "S2", policy, bearer.scope).passed
    assert not may(bearer.person, Act.READ, "S1", policy, bearer.scope).passed
    assert plant.verify().holds


@pytest.mark.parametrize(
    "words",
    [{"acts": ["write"]}, {"sites": ["*"]}, {"sites": [""]}, {"days": 0}, {"days": 367}],
)
def test_a_key_of_senseless_limits_is_refused(plant, words):
    assert plant.make_key("ben", by="ben", label="x", **words).code == RefusalCode.CHANGE_INVALID


def test_a_key_expires(plant, time):
    key = made(plant, days=1).key
    time.passes(hours=23)
    assert plant.bearer(key)
    time.passes(hours=1)
    assert plant.bearer(key) is None


@pytest.mark.engines("sqlite", "postgres")
def test_a_rotated_key_holds_beside_its_successor_for_the_overlap(plant, time):
    old = made(plant, acts=["read"], days=30)
    time.passes(days=10)
    new = plant.rotate_key(old.prefix, by="ada")
    assert (new.replaces, new.replaced_ends_at) == (old.prefix, time() + timedelta(hours=24))
    assert new.expires_at == time() + timedelta(days=30)
    assert plant.bearer(new.key).scope == plant.bearer(old.key).scope
    listed = {row.prefix: row for row in plant.keys(by="ada")}
    assert listed[old.prefix].replaced_by == new.prefix
    time.passes(hours=25)
    assert plant.bearer(old.key) is None
    assert plant.bearer(new.key)
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE credential SET expires_at = '2999-01-01T00:00:00.000000+00:00'")
    assert plant.bearer(old.key) is None, "an edited row gives no more time"
    assert not plant.verify().holds


def test_a_key_is_rotated_once_by_those_who_may(plant):
    old = made(plant)
    assert plant.rotate_key(old.prefix, by="ben").code == RefusalCode.NOT_AUTHORIZED
    assert plant.rotate_key(old.prefix, by="svc.mes").code == RefusalCode.NOT_AUTHORIZED
    too_long = plant.rotate_key(old.prefix, by="ada", overlap=timedelta(days=8))
    assert too_long.code == RefusalCode.CHANGE_INVALID
    assert plant.rotate_key(old.prefix, by="ada", overlap=timedelta(0)).replaces == old.prefix
    assert plant.bearer(old.key) is None
    assert plant.rotate_key(old.prefix, by="ada").code == RefusalCode.UNKNOWN_CREDENTIAL
    kept = made(plant)
    assert plant.rotate_key(kept.prefix, by="ada").replaces == kept.prefix
    assert plant.rotate_key(kept.prefix, by="ada").code == RefusalCode.CHANGE_INVALID
    assert plant.rotate_key("none", by="ada").code == RefusalCode.UNKNOWN_CREDENTIAL


def test_a_key_is_ended_by_its_holder_or_an_administrator(plant):
    own, service = made(plant, "ben", by="ben"), made(plant)
    assert plant.end_key(service.prefix, by="ben").code == RefusalCode.NOT_AUTHORIZED
    assert plant.end_key(own.prefix, by="ben").person == "ben"
    assert plant.end_key(service.prefix, by="ada").person == "svc.mes"
    assert plant.bearer(own.key) is plant.bearer(service.key) is None
    assert plant.end_key(own.prefix, by="ben").code == RefusalCode.UNKNOWN_CREDENTIAL


def test_use_is_noted_once_an_hour_and_the_list_shows_no_secret(plant, time):
    key = made(plant)
    first = time()
    for _ in range(5):
        plant.bearer(key.key)
        time.passes(minutes=10)
    assert plant.keys(by="ada")[0].last_used_at == first
    time.passes(minutes=11)
    plant.bearer(key.key)
    rows = plant.keys(by="ada")
    assert rows[0].last_used_at == time()
    assert key.key.split("_", 2)[2] not in repr(rows)
    assert plant.keys(by="ben").code == RefusalCode.NOT_AUTHORIZED
    assert plant.keys(by="ben", person="ben") == ()
    assert plant.verify().holds


def test_people_who_have_left_and_keys_of_other_plants_open_nothing(plant, make_plant):
    key = made(plant, "cleo", by="cleo").key
    other: Plant = make_plant(name="other")
    assert other.bearer(key) is None
    gone = policy_text(version=3).replace('id = "cleo"', 'id = "cleo"\nactive = false')
    done = plant.activate_policy(gone, by="ada")
    assert not isinstance(done, list | Refusal), done
    assert plant.bearer(key) is None


def test_what_a_key_is_called_can_be_erased_and_goes_on_to_a_successor(plant):
    words = "the phone of Benjamin Miller"
    key = plant.make_key("ben", by="ben", label=words)
    after = plant.rotate_key(key.prefix, by="ben", overlap=timedelta(hours=1))
    assert [row.label for row in plant.keys(by="ben", person="ben")] == [words, words]
    with plant.store.snapshot() as sql:
        assert words not in everything(sql, but="personal")
    plant.erase(person="ben", by="ada")
    assert [row.label for row in plant.keys(by="ben", person="ben")] == [ERASED, ERASED]
    assert plant.bearer(after.key) is not None
    assert plant.verify().holds
