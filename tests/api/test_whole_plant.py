"""Keys that are limited to a site change nothing of the whole plant, and nothing of other sites."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from chargehand.api.app import build_app, routes
from chargehand.api.guard import API_PREFIX
from chargehand.api.permission_table import Where, doors
from chargehand.governance.access import KeyScope
from chargehand.governance.breaker import OpenBreaker
from chargehand.plant.folder import create_plant
from chargehand.plant.notices import notice
from chargehand.plant.plant import Plant
from chargehand.plant.standing import open_it
from tests.api.conftest import SITE
from tests.api.two_sites import BOSS, CLERK, OTHER, POLICY, UNLIMITED, key_of

HERE = KeyScope(sites=frozenset({SITE}))
BOTH = KeyScope(sites=frozenset({SITE, OTHER}))
SECOND = """
[[people]]
id = "s.econd"
name = "Sami Econd"
roles = ["boss", "admin"]

"""
TWO = POLICY.replace("[[access]]", SECOND + "[[access]]", 1)
NEXT = TWO.replace("version = 1", "version = 2")
ACCOUNTS = ("GET /accounts", "POST /accounts/x/link", "POST /accounts/x/lock")


@pytest.fixture
def plant(tmp_path):
    create_plant(tmp_path / "two", enterprise="Two", policy_text=TWO)
    plant = Plant.open(tmp_path / "two")
    yield plant
    plant.close()


@pytest.fixture
def asking(plant):
    def asking(person, scope, method, path, body=None, **headers):
        key = key_of(plant, person, scope=scope)
        headers |= {"Authorization": f"Bearer {key}", "Idempotency-Key": "k-1"}
        with TestClient(build_app(plant)) as client:
            return client.request(method, f"/v1{path}", json=body, headers=headers)

    return asking


def opened(plant, site):
    breaker = OpenBreaker(
        decision="*", site=site, zone="*", cause="failures", because="two failures", cure="mend"
    )
    plant.store.write(lambda docket: open_it(docket, breaker))


@pytest.mark.parametrize("scope", [HERE, BOTH], ids=["one site", "all there are"])
@pytest.mark.parametrize("word", ["signature", "rejection", "withdrawal"])
def test_nobody_decides_on_the_policy_with_a_key_for_some_sites(plant, asking, scope, word):
    made = plant.propose_policy(NEXT, by=BOSS, because="the planners asked for it")
    path = f"/change-requests/{made.row.id}"
    answer = asking(
        "s.econd", scope, "POST", f"{path}/{word}", {"because": "looked"}, **{"If-Match": "*"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "not_authorized")
    assert "not limited to sites" in answer.json()["detail"]
    assert plant.policy_text()[0] == 1
    assert plant.change_request(made.row.id).row.state == "waiting"


def test_nobody_proposes_a_policy_with_a_key_for_some_sites(plant, asking):
    body = {"text": NEXT, "because": "the planners asked for it"}
    assert asking(BOSS, HERE, "POST", "/change-requests", body).status_code == 403
    assert plant.change_requests(state=None) in ([], ())
    assert asking(BOSS, UNLIMITED, "POST", "/change-requests", body).status_code == 201


@pytest.mark.parametrize("said", [{"site": "*"}, {}, {"site": OTHER}])
def test_a_key_for_one_site_closes_no_breaker_of_others(plant, asking, said):
    opened(plant, said.get("site", "*"))
    body = {"decision": "*", "zone": "*", "reason": "the aisle is free again", **said}
    answer = asking(BOSS, HERE, "POST", "/breakers/close", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_authorized")
    assert asking(BOSS, UNLIMITED, "POST", "/breakers/close", body).status_code == 200


def test_a_key_for_one_site_closes_the_breaker_of_its_site(plant, asking):
    opened(plant, SITE)
    body = {"site": SITE, "reason": "it was mended today"}
    assert asking(BOSS, HERE, "POST", "/breakers/close", body).status_code == 200


def test_nobody_resumes_the_whole_plant_with_a_key_for_one_site(plant, asking):
    plant.stop_automation(by=CLERK, reason="forklift in the aisle")
    body = {"reason": "the aisle is free again"}
    assert asking(BOSS, HERE, "POST", "/breakers/close", body).status_code == 403


@pytest.mark.parametrize("door", ACCOUNTS)
def test_accounts_are_administered_with_no_key_for_one_site(asking, door):
    method, path = door.replace("x", CLERK).split(" ")
    body = {"because": "lost"} if path.endswith("lock") else None
    assert asking(BOSS, HERE, method, path, body).status_code == 403
    assert asking(BOSS, UNLIMITED, method, path, body).status_code in {200, 201, 204}


def test_a_key_for_administering_makes_no_link_that_lets_in_further(asking):
    limited = KeyScope(acts=frozenset({"administer"}))
    assert asking(BOSS, limited, "POST", f"/accounts/{BOSS}/link").status_code == 403
    assert asking(BOSS, limited, "GET", "/accounts").status_code == 200


def test_notices_of_another_site_are_not_told(plant, asking):
    plant.store.write(lambda docket: notice(docket, "breaker", text="open", site=OTHER))
    assert OTHER not in asking(BOSS, HERE, "GET", "/notices").text
    assert OTHER in asking(BOSS, UNLIMITED, "GET", "/notices").text
    assert OTHER not in repr(plant.notices(person=CLERK))


def test_every_act_of_people_says_at_which_site_it_is():
    """Deciding with a key for one site must never be open by a default."""
    table = doors(routes(), API_PREFIX)
    assert not [
        door.path
        for door in table
        if door.need.act == "decides" and door.need.site in {Where.ANYWHERE, Where.SHARED}
    ]
