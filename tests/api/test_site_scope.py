"""Who may do things at one site only: what they tell, take out, freeze, and are shown."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from chargehand.api.app import build_app
from chargehand.governance.access import Act, KeyScope
from chargehand.plant.folder import create_plant
from chargehand.plant.history import Chosen
from chargehand.plant.plant import Plant
from chargehand.signals.stock_kinds import HoldPlaced
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.api.conftest import BULK, MASTER, SITE, VALVE, envelope, received
from tests.api.two_sites import (
    BOSS,
    CLERK,
    LINK,
    OTHER,
    OTHER_VALVE,
    POLICY,
    VISITOR,
    fill,
    hold_of,
    key_of,
    list_of,
    moved_to_other,
)

HERE = KeyScope(sites=frozenset({SITE}))
TWO_OF_THREE = POLICY.replace(f'sites = ["{SITE}"]', f'sites = ["{SITE}", "{OTHER}"]')


@pytest.fixture(scope="module")
def plant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two") / "plant"
    create_plant(folder, enterprise="Two", policy_text=POLICY)
    plant = Plant.open(folder)
    fill(plant)
    yield plant
    plant.close()


@pytest.fixture
def client_of(plant):
    def client_of(person, **limits):
        key = key_of(plant, person, **limits)
        return TestClient(build_app(plant), headers={"Authorization": f"Bearer {key}"})

    return client_of


def told(client, *signals):
    """Post signals; the status and the refusal's code of each."""
    answer = client.post("/v1/signals", json=list(signals))
    assert answer.status_code == 200, answer.text
    refusals = [one["refusal"] for one in answer.json()["receipts"]]
    return [None if one is None else one["code"] for one in refusals]


def of(person, signal):
    return {**signal, "source": f"person:{person}"}


def about(site):
    """A signal of each way in which a site can be meant, of things that stand at a site."""
    material, mark = {SITE: (VALVE, "K"), OTHER: (OTHER_VALVE, f"{OTHER}-")}[site]
    quantity = {"amount": "1", "unit": "H87"}
    yield envelope(
        "s-counted", "stock_counted", site=site, location=BULK, material=material,
        counted={"amount": "9", "unit": "H87"},
    )  # fmt: skip
    yield envelope(
        "s-moved", "movement_reported", site=site, business_step="receiving",
        legs=[
            {"material": material, "quantity": {"amount": "-1", "unit": "H87"},
             "outside": "supplier"},
            {"material": material, "quantity": quantity, "location": BULK},
        ],
    )  # fmt: skip
    yield envelope(
        "s-place", "location_defined",
        definition={"location": "NEW-1", "site": site, "kind": "bulk"},
    )  # fmt: skip
    yield envelope(
        "s-lot", "lot_defined", definition={"lot": "LOTTED", "material": material},
    )  # fmt: skip
    yield envelope("s-void", "reservation_voided", reservation=f"{mark}RES", reason="not needed")
    yield envelope("s-unpacked", "handling_unit_unpacked", handling_unit=f"{mark}UNIT")
    yield hold_of(site, material, f"{mark}HOLD-2")
    yield list_of(site, material, f"{mark}again")


ABOUT = [signal["key"] for signal in about(SITE)]


@pytest.mark.parametrize("n", range(len(ABOUT)), ids=ABOUT)
def test_what_is_told_of_another_site_is_refused(plant, client_of, n):
    foreign = of(CLERK, list(about(OTHER))[n])
    before = plant.journal(limit=1).rows[0].number
    assert told(client_of(CLERK), foreign) == ["not_authorized"]
    limited = client_of(BOSS, scope=HERE)
    assert told(limited, of(BOSS, list(about(OTHER))[n])) == ["not_authorized"]
    kinds = {row.kind for row in plant.journal(limit=5).rows if row.number > before}
    assert kinds <= {"credential"}
    own = of(CLERK, {**list(about(SITE))[n], "key": f"own-{ABOUT[n]}"})
    assert told(client_of(CLERK), own) == [None]


def test_the_signals_of_one_request_are_judged_one_by_one(client_of):
    mixed = [
        of(CLERK, received("mix-1")), *[of(CLERK, one) for one in moved_to_other([received("x")])]
    ]  # fmt: skip
    assert told(client_of(CLERK), *mixed) == [None, "not_authorized"]


def test_what_holds_for_every_site_is_told_by_who_may_report_everywhere(client_of):
    material = {**MASTER[0], "key": "m-new"}
    material["body"] = {
        "kind": "material_defined",
        "definition": {"material": "NEW-PART", "description": "New"},
    }
    assert told(client_of(CLERK), of(CLERK, material)) == ["not_authorized"]
    assert told(client_of(BOSS), of(BOSS, material)) == [None]


def test_a_key_that_reports_nothing_and_one_that_freezes_nothing(client_of):
    read = KeyScope(acts=frozenset({Act.READ}))
    answer = client_of(BOSS, scope=read).post("/v1/signals", json=[])
    assert answer.status_code == 403
    report = client_of(BOSS, scope=KeyScope(acts=frozenset({Act.REPORT})))
    frozen = of(BOSS, hold_of(SITE, VALVE, "BY-REPORT"))
    assert told(report, of(BOSS, received("rep-1")), frozen) == [None, "not_authorized"]


def test_events_of_another_site_are_not_captured(plant, client_of):
    text = client_of(BOSS).get("/v1/epcis/events").text
    foreign = json.loads(text)
    events = foreign["epcisBody"]["eventList"]
    assert any(OTHER in json.dumps(event) for event in events)
    for event in events:
        event.pop("eventID", None)
    for event in (one for one in events if OTHER in json.dumps(one)):
        event["eventTime"] = "2026-01-05T05:11:00Z"
    foreign["epcisBody"]["eventList"] = [one for one in events if OTHER in json.dumps(one)]
    before = plant.stock_rows(Chosen(site=OTHER)).rows
    answer = client_of(LINK, scope=HERE).post("/v1/epcis/capture", json=foreign)
    assert answer.status_code == 200, answer.text
    codes = {one["refusal"] and one["refusal"]["code"] for one in answer.json()["receipts"]}
    assert codes == {"not_authorized"}
    assert plant.stock_rows(Chosen(site=OTHER)).rows == before


def test_who_has_several_sites_names_one(tmp_path):
    create_plant(tmp_path / "plant", enterprise="Two", policy_text=TWO_OF_THREE)
    plant = Plant.open(tmp_path / "plant")
    headers = {"Authorization": f"Bearer {key_of(plant, CLERK)}"}
    client = TestClient(build_app(plant), headers=headers)
    answer = client.get("/v1/stock")
    assert (answer.status_code, answer.json()["code"]) == (400, "site_missing")
    assert f"{OTHER}, {SITE}" in answer.json()["detail"]
    assert client.get("/v1/stock", params={"site": SITE}).status_code == 200
    assert client.get("/v1/journal").status_code == 200, "these are all sites that there are"
    plant.close()


def test_the_next_window_stays_at_the_site(client_of):
    client = client_of(CLERK)
    first = client.get("/v1/proposals", params={"state": "all", "limit": 2}).json()
    assert f"site={SITE}" in first["next"]
    rows = client.get(first["next"]).json()["rows"]
    assert rows
    assert {row["site"] for row in rows} == {SITE}


# the plant's own door, by whatever way


def test_a_hold_is_placed_by_who_may_at_its_site(plant):
    body = HoldPlaced(hold="DOOR-1", site=OTHER, reason="dented", material=OTHER_VALVE)
    for person in (CLERK, VISITOR):
        refused = plant.place_hold(body, by=person)
        assert isinstance(refused, Refusal)
        assert refused.code is RefusalCode.NOT_AUTHORIZED
    assert plant.hold("DOOR-1") is None
    assert plant.place_hold(body, by=BOSS).state == "active"


@pytest.mark.parametrize(
    ("person", "what", "site", "code"),
    [
        (VISITOR, "stock", SITE, "not_authorized"),
        (CLERK, "stock", OTHER, "not_authorized"),
        (CLERK, "stock", None, "not_authorized"),
        (CLERK, "journal", SITE, "not_authorized"),
        ("nobody", "stock", SITE, "unknown_person"),
        (CLERK, "stock", SITE, None),
        (BOSS, "journal", None, None),
    ],
)
def test_a_list_is_taken_out_by_who_may_at_its_site(plant, person, what, site, code):
    made = plant.export(what, "csv", Chosen(site=site), by=person)
    if code is None:
        assert b"".join(made.chunks)
    else:
        assert isinstance(made, Refusal)
        assert made.code == code
