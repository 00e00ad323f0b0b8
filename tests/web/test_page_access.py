"""Pages of the console for people who may see one site, or nothing: by real rights of a plant."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from chargehand.cli.server import build_app
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.web import console
from chargehand.web.session import COOKIE
from tests.api.conftest import SITE
from tests.api.two_sites import BOSS, CLERK, OTHER, POLICY, VISITOR, fill

GET = [
    route.path
    for module in console.PAGES
    if module not in console.OPEN
    for route in module.router.routes
    if "GET" in route.methods and "{" not in route.path
]
LISTED = ("/inbox", "/floor", "/stock", "/movements", "/holds", "/reconciliation", "/outcomes")
WHOLE = ("/audit", "/sources", "/recall", "/find")


@pytest.fixture(scope="module")
def plant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two") / "plant"
    create_plant(folder, enterprise="Two", policy_text=POLICY)
    plant = Plant.open(folder)
    fill(plant)
    yield plant
    plant.close()


@pytest.fixture(scope="module")
def visiting(plant):
    app = build_app(plant)
    people = {}

    def visiting(person):
        if person not in people:
            session = plant.redeem(plant.login_token(person))
            people[person] = TestClient(app, cookies={COOKIE: session}, follow_redirects=False)
        return people[person]

    return visiting


@pytest.mark.parametrize("path", GET)
def test_who_may_do_nothing_sees_no_page(visiting, path):
    answer = visiting(VISITOR).get(path)
    assert answer.status_code == 403
    assert OTHER not in answer.text


@pytest.mark.parametrize("path", LISTED)
def test_a_list_is_narrowed_to_the_one_site_of_somebody(visiting, path):
    client = visiting(CLERK)
    onward = client.get(path, headers={"Accept": "text/html"})
    assert onward.status_code == 303
    assert f"site={SITE}" in onward.headers["Location"]
    assert client.get(onward.headers["Location"]).status_code == 200
    assert client.get(path, params={"site": OTHER}).status_code == 403
    assert visiting(BOSS).get(path).status_code == 200


@pytest.mark.parametrize("path", WHOLE)
def test_a_page_of_the_whole_plant_is_for_who_may_see_all_of_it(visiting, path):
    assert visiting(CLERK).get(path).status_code == 403
    assert visiting(BOSS).get(path).status_code != 403


def test_a_thing_of_another_site_is_out_of_reach(plant, visiting):
    client, boss = visiting(CLERK), visiting(BOSS)
    proposal = plant.inbox(site=OTHER).rows[0].id
    difference = plant.differences(site=OTHER, state=None).rows[0].id
    for path in (
        f"/inbox/{proposal}",
        f"/holds/one?key={OTHER}-HOLD",
        f"/reconciliation/{difference}",
    ):
        assert client.get(path).status_code == 403, path
        assert boss.get(path).status_code == 200, path
