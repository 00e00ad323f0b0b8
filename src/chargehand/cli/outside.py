"""The doctor's checks of what surrounds a plant: the port, and the systems that get its orders."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from chargehand.cli.findings import Finding, Patient, ok, problem, warning

LOCKS = ("chargehand.db-wal", "chargehand.db-shm")


def port(patient: Patient) -> Finding:
    """The port is free, or it is a plant that answers there."""
    server = patient.settings().server
    where = f"{server.host} port {server.port}"
    try:
        socket.create_server((server.host, server.port)).close()
    except OSError as error:
        if not _is_chargehand(server.host, server.port):
            return problem(
                "port",
                f"cannot listen on {where}: {error.strerror or error}",
                "Stop what listens there, or set another port in chargehand.toml.",
            )
        if _is_open(patient):
            return ok("port", f"chargehand is served on {where}")
        return warning(
            "port",
            f"a Chargehand answers on {where}, and it is not this plant's",
            "Set another port for this plant in chargehand.toml, or start it with --port.",
        )
    return ok("port", f"{where} is free")


def _is_chargehand(host: str, at: int) -> bool:
    try:
        with urlopen(f"http://{host}:{at}/livez", timeout=3) as answer:
            return b"alive" in answer.read(200)
    except (URLError, OSError):
        return False


def _is_open(patient: Patient) -> bool:
    """Whether some program has this record open: SQLite keeps its log beside it just then."""
    return any((patient.place / name).is_file() for name in LOCKS)


def tokens(patient: Patient) -> Finding:
    """Every outside system's token is where the settings say."""
    targets = patient.settings().targets
    missing = {
        name: target.token
        for name, target in targets.items()
        if target.token and not _is_there(target.token)
    }
    if missing:
        found = ", ".join(f"{name}: nothing at {token}" for name, token in missing.items())
        return problem(
            "target tokens",
            found,
            "Set that variable for the account that runs `chargehand up` (and for this command),"
            " or put the token into that file and let the account read it.",
        )
    if not targets:
        return ok("target tokens", "no outside system gets orders")
    return ok("target tokens", f"there for {', '.join(targets)}")


def _is_there(reference: str) -> bool:
    kind, _, place = reference.partition(":")
    if kind == "env":
        return bool(os.environ.get(place, "").strip())
    try:
        return bool(Path(place).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return False
