"""The server as a process: where it listens, behind a proxy, and how it ends."""

from __future__ import annotations

import socket
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from chargehand.cli.server import build_app, serve
from chargehand.plant.fault import PlantFault
from tests.chaos.storm import PATIENCE_S, Server


def ask(url, **headers):
    """Return status and text of an answer."""
    try:
        with urlopen(Request(url, headers=headers), timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_server_behind_a_proxy_answers_under_its_path_and_ends_when_told(plant, folder):
    key = plant.issue_key("m.weber", label="test")
    with Server(folder, root_path="/plants/kent/") as server:
        assert server.url.endswith("/plants/kent")
        for prefix in (server.url, f"http://{server.address}"):
            assert ask(f"{prefix}/readyz")[0] == 200
            assert ask(f"{prefix}/v1/stock")[0] == 401
        status, text = ask(f"{server.url}/v1/journal?limit=1", Authorization=f"Bearer {key}")
        assert status == 200
        assert '"next":"/plants/kent/v1/journal?limit=1&after=' in text
        assert server.stop() == 0


def test_a_port_that_is_taken_is_said_with_a_cure(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PlantFault, match=f"port {port}") as fault:
            serve(folder, "127.0.0.1", port)
    assert "another" in fault.value.cure


def test_a_folder_that_is_no_plant_is_said(tmp_path):
    with pytest.raises(PlantFault):
        serve(tmp_path, "127.0.0.1", 0)


def test_the_api_is_served_with_and_without_the_console(plant):
    for console in (True, False):
        paths = build_app(plant, console=console).openapi()["paths"]
        assert "/v1/proposals" in paths
