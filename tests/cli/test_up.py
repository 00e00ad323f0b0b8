"""The server, from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from urllib.request import urlopen


def test_up_says_where_it_is_and_ends_when_told(cli, plant):
    code = "import sys; from chargehand.cli.main import run; sys.exit(run())"
    words = ["up", "--port", "0", "--json", "--plant", str(plant)]
    server = subprocess.Popen(
        [sys.executable, "-P", "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with server:
        told = "".join(iter(server.stdout.readline, "}\n")) + "}"
        address = json.loads(told)["address"]
        with urlopen(f"{address}/livez", timeout=30) as answer:
            assert b"alive" in answer.read()
        port = address.rpartition(":")[2]
        settings = plant / "chargehand.toml"
        settings.write_text(settings.read_text().replace("port = 8470", f"port = {port}"))
        found = cli("doctor", "--json", "--plant", plant).json["findings"]
        assert "served" in next(f["found"] for f in found if f["check"] == "port")
        server.send_signal(signal.SIGTERM)
        server.stdout.read()
    assert server.returncode == 0


def test_a_taken_port_is_told_with_the_cure(cli, plant):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = cli("up", "--port", taken.getsockname()[1], "--plant", plant)
    assert ended.code == 1
    assert "another address or port" in ended.err
    assert cli("up", "--port", 99999, "--plant", plant).code == 2
