"""Every route of the API, from its own table: nobody does more by it than they may, nor elsewhere.

A new route is tested here without being named. Where it names a thing of a new kind, the test says
that it needs one of that kind to try with.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from itertools import count

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from chargehand.api import site_scope
from chargehand.api.__main__ import description
from chargehand.api.access import OWN, needs
from chargehand.api.app import build_app, routes
from chargehand.api.guard import API_PREFIX
from chargehand.api.permission_table import DECIDES, RouteUndeclared, Where, doors
from chargehand.governance.access import Act, KeyScope
from chargehand.plant.folder import create_plant
from chargehand.plant.history import Chosen
from chargehand.plant.plant import Plant
from tests.api.conftest import SITE, VALVE
from tests.api.least import least
from tests.api.two_sites import (
    BOSS,
    CLERK,
    LINK,
    OTHER,
    OTHER_VALVE,
    POLICY,
    VISITOR,
    fill,
    key_of,
)

TABLE = doors(routes(), API_PREFIX)
DOCUMENT = json.loads(description())
UNTOUCHED = "SELECT count(*) FROM journal WHERE kind NOT LIKE 'credential%'"
HERE = KeyScope(sites=frozenset({SITE}))
OWNER = {SITE: "K", OTHER: f"{OTHER}-"}
FORMS = {"form": "csv", "order": "WO-1", "decision": "mro_replenishment"}


def named(door):
    return f"{door.method} {door.path}"


def at(site):
    return [door for door in TABLE if door.need.site is site]


def by_object():
    return [door for door in TABLE if not isinstance(door.need.site, Where)]


every = pytest.mark.parametrize("door", TABLE, ids=named)


@pytest.fixture(scope="module")
def plant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two") / "plant"
    create_plant(folder, enterprise="Two", policy_text=POLICY)
    plant = Plant.open(folder)
    fill(plant)
    yield plant
    plant.close()


@pytest.fixture(scope="module")
def app(plant):
    return build_app(plant)


@pytest.fixture(scope="module")
def asking(app, plant):
    """Ask a route as somebody, with a key that may be limited or ended."""
    keys, tries = {}, count()

    def asking(door, person, *, site=SITE, query=None, key=None, **limits):
        name = (person, *limits.items())
        if key is None and name not in keys:
            keys[name] = key_of(plant, person, **limits)
        sent = {"Authorization": f"Bearer {key or keys[name]}", "If-Match": "*"}
        sent["Idempotency-Key"] = f"try-{next(tries)}"
        with TestClient(app, headers=sent, client=(named(door), 1)) as client:
            return client.request(
                door.method,
                address(door, plant, site),
                params=query,
                json=body(door, site, plant.inbox(site=site).rows[0].id),
            )

    return asking


def things(plant, site):
    """What stands at a site, by the finder of its kind."""
    material = {SITE: VALVE, OTHER: OTHER_VALVE}[site]
    moved = plant.movements(Chosen(site=site)).rows[0]
    return {
        site_scope.of_proposal: {"id": plant.inbox(site=site).rows[0].id},
        site_scope.of_task: {"key": plant.tasks(state="all", site=site).rows[0].key},
        site_scope.of_hold: {"key": f"{OWNER[site]}HOLD"},
        site_scope.of_reservation: {"key": f"{OWNER[site]}RES"},
        site_scope.of_unit: {"unit": f"{OWNER[site]}UNIT"},
        site_scope.of_difference: {
            "difference": plant.differences(site=site, state=None).rows[0].id
        },
        site_scope.of_movement: {"entry": str(moved.entry)},
        site_scope.of_lot: {"material": material, "lot": "LOTTED"},
    }


def address(door, plant, site):
    names = dict.fromkeys(re.findall(r"\{(\w+)", door.path), "1") | FORMS
    names |= {"material": {SITE: VALVE, OTHER: OTHER_VALVE}[site], "lot": "LOTTED"}
    if not isinstance(door.need.site, Where):
        found = things(plant, site).get(door.need.site)
        assert found, f"say in things() what {named(door)} can be tried with"
        names |= found
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda part: names[part[1]], door.path)


def body(door, site, waiting):
    path = re.sub(r"\{(\w+):\w+\}", r"{\1}", door.path)
    operation = DOCUMENT["paths"][path][door.method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return None
    said = least(content["application/json"]["schema"], DOCUMENT)
    if isinstance(said, dict):
        said |= {name: FORMS[name] for name in said if name in FORMS}
    said = json.loads(json.dumps(said).replace('"P-12"', json.dumps(waiting)))
    if door.need.site is Where.BODY and isinstance(said, dict):
        said["site"] = site
    return said


def wanting(door):
    """The least query: what a route wants to be told, beside the site."""
    path = re.sub(r"\{(\w+):\w+\}", r"{\1}", door.path)
    told = DOCUMENT["paths"][path][door.method.lower()].get("parameters", ())
    required = [one for one in told if one["in"] == "query" and one.get("required")]
    asked = {one["name"]: least(one["schema"], DOCUMENT) for one in required}
    return {name: FORMS.get(name, value) for name, value in asked.items() if name != "site"}


def refusing(door):
    """How a route says no: where the policy's grants decide, after it has looked at the thing."""
    if door.need.act != DECIDES:
        return {403}
    one_by_one = {200} if door.need.site is Where.HANDLED else set()
    return {403, 404, 409, 412, 422, *one_by_one}


def size(plant):
    with plant.store.snapshot() as sql:
        return sql.execute(UNTOUCHED).fetchone()[0]


# a route that says nothing of what it needs


def test_a_route_that_declares_nothing_stops_the_app_from_starting():
    router = APIRouter(prefix=API_PREFIX)

    @router.get("/forgotten")
    def forgotten() -> None: ...

    app = FastAPI()
    app.include_router(router)
    with pytest.raises(RouteUndeclared, match="GET /v1/forgotten"):
        doors(app, API_PREFIX)
    needs(Act.READ)(forgotten)
    assert [named(door) for door in doors(app, API_PREFIX)] == ["GET /v1/forgotten"]


def test_the_description_says_of_every_route_what_it_needs():
    told = [
        (method.upper(), path, operation["x-act"])
        for path, operations in DOCUMENT["paths"].items()
        if path.startswith(f"{API_PREFIX}/")
        for method, operation in operations.items()
    ]
    known = {(d.method, re.sub(r":\w+\}", "}", d.path), str(d.need.act)) for d in TABLE}
    assert set(told) == known
    for operations in DOCUMENT["paths"].values():
        for operation in operations.values():
            if "x-act" in operation:
                assert {"401", "403", "429"} <= set(operation["responses"])


# who asks


@every
def test_nobody_gets_in_without_a_key_that_holds(door, plant, asking):
    before = size(plant)
    revoked = key_of(plant, BOSS)
    plant.revoke_key(revoked.split("_")[1])
    for key in ("chk_0123456789ab_unknown", revoked, key_of(plant, BOSS, life=timedelta(0))):
        answer = asking(door, BOSS, key=key)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert size(plant) == before


@every
def test_who_has_no_role_for_it_does_nothing(door, plant, asking):
    before = size(plant)
    answer = asking(door, VISITOR)
    if door.need.act == OWN:
        assert answer.status_code not in {401, 500}
        return
    assert answer.status_code in refusing(door), answer.text
    assert size(plant) == before


@every
def test_a_key_for_other_acts_does_nothing(door, plant, asking):
    other = Act.REVIEW if door.need.act is not Act.REVIEW else Act.HOLD
    before = size(plant)
    answer = asking(door, BOSS, scope=KeyScope(acts=frozenset({other})))
    assert answer.status_code == 403, answer.text
    assert size(plant) == before


@pytest.mark.parametrize("door", [d for d in TABLE if d.need.act == DECIDES], ids=named)
def test_a_service_account_decides_nothing(door, plant, asking):
    before = size(plant)
    answer = asking(door, LINK)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_authorized")
    assert size(plant) == before


# of which site


@pytest.mark.parametrize("door", by_object(), ids=named)
def test_a_thing_of_another_site_is_out_of_reach(door, plant, asking):
    before = size(plant)
    assert asking(door, BOSS, site=OTHER, scope=HERE).status_code == 403
    assert asking(door, CLERK, site=OTHER).status_code in refusing(door)
    assert size(plant) == before
    if door.method == "GET":
        assert asking(door, CLERK, site=SITE).status_code == 200
        assert asking(door, BOSS, site=OTHER).status_code == 200


@pytest.mark.parametrize("act", ["approval", "rejection", "change"])
def test_nobody_decides_at_a_site_of_others(plant, asking, act):
    (door,) = [door for door in TABLE if door.path == f"/v1/proposals/{{id}}/{act}"]
    for person in (CLERK, VISITOR, LINK):
        answer = asking(door, person, site=OTHER)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_authorized")


@pytest.mark.parametrize("door", at(Where.FILTER), ids=named)
def test_a_list_is_of_ones_own_sites(door, asking):
    foreign = asking(door, CLERK, query={"site": OTHER})
    assert foreign.status_code == 403
    twice = asking(door, CLERK, query=[("site", SITE), ("site", OTHER)])
    assert twice.status_code == 422
    wanted = wanting(door)
    own = asking(door, CLERK, query=wanted)  # also without a site, where one has to be named
    whole = asking(door, BOSS, query={**wanted, "site": OTHER})
    assert OTHER not in own.text
    for answer in (own, whole):
        assert answer.status_code in {200, *({404, 409, 422} if wanted or "{" in door.path else ())}


@pytest.mark.parametrize("door", at(Where.EVERYWHERE), ids=named)
def test_what_is_of_the_whole_plant_needs_the_right_everywhere(door, plant, asking):
    before = size(plant)
    assert asking(door, CLERK).status_code == 403
    assert asking(door, BOSS, scope=HERE).status_code == 403
    assert size(plant) == before
    assert asking(door, BOSS).status_code != 403


@pytest.mark.parametrize("door", at(Where.BODY), ids=named)
def test_an_act_at_another_site_is_refused(door, plant, asking):
    before = size(plant)
    assert asking(door, CLERK, site=OTHER).status_code == 403
    assert asking(door, BOSS, site=OTHER, scope=HERE).status_code == 403
    assert size(plant) == before


@pytest.mark.parametrize(
    "door",
    [
        door
        for door in TABLE
        if door.need.site in {Where.HANDLED, Where.ANYWHERE} and door.need.act is not Act.REPORT
    ],
    ids=named,
)
def test_what_is_of_no_site_names_no_other_one(door, plant, asking):
    before = size(plant)
    answer = asking(door, CLERK, site=OTHER)
    assert answer.status_code < 500
    assert (OTHER if door.method == "GET" else OTHER_VALVE) not in answer.text
    if door.need.act != OWN:
        assert size(plant) == before
