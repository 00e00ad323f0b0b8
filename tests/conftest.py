"""What every test may ask for, and the rule that continuous integration skips nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from chargehand.testing.postgres import PostgresServer, postgres_server

settings.register_profile("house", deadline=None)
settings.load_profile("house")

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("CHARGEHAND_SHARED", ROOT.parent / "shared"))
NO_SKIPS = os.environ.get("CHARGEHAND_NO_SKIPS", "") not in {"", "0"}
IMPOSSIBLE = "impossible here: "
"""How the reason of a skip begins that even continuous integration accepts: another system's."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run choose the engine that keeps the plants' records."""
    parser.addoption(
        "--engine", choices=("sqlite", "postgres", "both"), default="sqlite",
        help="which database keeps the plants of the tests (those marked `engines` say themselves)",
    )  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for an engine on the one that was chosen, or on those of its mark."""
    if "engine" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--engine")
    wanted = ["sqlite", "postgres"] if chosen == "both" else [chosen]
    mark = metafunc.definition.get_closest_marker("engines")
    if mark is not None:
        wanted = (
            list(mark.args) if chosen == "sqlite" else [one for one in mark.args if one in wanted]
        )
    metafunc.parametrize("engine", wanted or list(mark.args))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data and designs that lies beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"no reference data at {SHARED}")
    return SHARED


@pytest.fixture(scope="session", name="postgres_server")
def running_postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started for the first test of a run that wants it.

    What it commits need only outlive its clients, not the machine: making a database for a test
    takes a fifth of the time without waiting for the disk.
    """
    with postgres_server({"fsync": "off", "full_page_writes": "off"}) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a fresh, empty database, dropped after the test."""
    with postgres_server.database() as url:
        yield url


def forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure, unless it names an impossibility."""
    if not (report.skipped and isinstance(report.longrepr, tuple)) or hasattr(report, "wasxfail"):
        return
    path, line, reason = report.longrepr
    if IMPOSSIBLE not in reason:
        report.outcome = "failed"
        report.longrepr = f"{path}:{line}: nothing may be skipped in this run, but: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    if NO_SKIPS:
        forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    report = yield
    if NO_SKIPS:
        forbid_skip(report)
    return report
