"""A made-up plant for each test, and the command line as a function."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chargehand.cli.main import run
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.twin.seed import seed_signals

AS_OF = datetime(2026, 11, 20, 6, tzinfo=UTC)
POLICY = """
version = 1
title = "For tests"
roles = ["planner", "picker"]

[administration]
policy = ["planner"]
breakers = ["planner"]

[[people]]
id = "m.weber"
name = "Martina Weber"
roles = ["planner"]

[[people]]
id = "p.icker"
name = "Piet Icker"
roles = ["picker"]

[[grants]]
role = "planner"
transactions = ["*"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "unlimited"

[[grants]]
role = "picker"
transactions = ["count"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 10.00"

[[phases]]
decision = "*"
site = "*"
zone = "*"
phase = "assist"
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def cli(capsys, monkeypatch):
    """Run a command in this process."""
    monkeypatch.delenv("CHARGEHAND_PLANT", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)  # what several test processes are given

    def call(*words: object) -> Ended:
        capsys.readouterr()
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        return Ended(code=code, out=said.out, err=said.err)

    return call


@pytest.fixture
def shell(tmp_path):
    """Run a command as people do, in a process of its own."""

    def call(*words: object, script: str = "", **kind: Any) -> Ended:
        code = script or "import sys; from chargehand.cli.main import run; sys.exit(run())"
        done = subprocess.run(
            [sys.executable, "-P", "-c", code, *map(str, words)],
            cwd=tmp_path,
            env={k: v for k, v in os.environ.items() if not k.startswith("CHARGEHAND")}
            | {"NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            **kind,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    return call


@pytest.fixture(scope="session")
def heard_once(tmp_path_factory) -> Path:
    """A seeded plant whose decisions have been asked; copied for each test."""
    folder = tmp_path_factory.mktemp("cli") / "plant"
    made = create_plant(
        folder, enterprise="Werk Nord", simulation=True, policy_text=POLICY, person="m.weber"
    )
    assert isinstance(made, list), made
    with closing(Plant.open(folder)) as plant:
        plant.take(list(seed_signals(as_of=AS_OF)))
        plant.decide(as_of=AS_OF)
    return folder


@pytest.fixture
def plant(heard_once, tmp_path) -> Path:
    """The folder of a plant with proposals that wait."""
    return Path(shutil.copytree(heard_once, tmp_path / "plant"))
