"""Every test has a database of its own on a durable server, and no server outlives its run."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from chargehand.testing import postgres
from chargehand.testing.postgres import (
    SERVER_URL,
    PostgresUnavailable,
    database_url,
)
from chargehand.testing.postgres import postgres_server as start

RUN = """
import json, os, sys
from chargehand.testing.postgres import postgres_server
with postgres_server() as server, server.database() as url:
    print(json.dumps({"url": url, "server": server.url, "run": server.run}), flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_run(folder: Path, **environment: str) -> Iterator[tuple[subprocess.Popen, dict]]:
    """A test run of its own, which waits to be killed."""
    here = {name: value for name, value in os.environ.items() if name != SERVER_URL}
    with subprocess.Popen(
        [sys.executable, "-c", RUN],
        env=here | {"TMPDIR": str(folder)} | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        yield running, json.loads(running.stdout.readline())


def servers(folder: Path) -> list[Path]:
    return list(folder.glob("chargehand-postgres-*/run-*"))


def wait_for_the_guard(lock) -> None:
    fcntl.flock(lock, fcntl.LOCK_EX)


@pytest.fixture
def short_folder():
    """A folder that every account may enter, with a path that a socket's fits under."""
    with tempfile.TemporaryDirectory(prefix="chargehand-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_commits_are_durable():
    with start() as server, psycopg.connect(server.url) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {name}").fetchone() == ("on",)


def test_databases_are_apart_and_dropped(postgres_server):
    with postgres_server.database() as one, postgres_server.database() as two:
        with psycopg.connect(one) as connection:
            connection.execute("CREATE TABLE stock (qty int)")
        with psycopg.connect(two) as connection:
            assert connection.execute("SELECT to_regclass('stock')").fetchone() == (None,)
        left_open = psycopg.connect(one)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(one)
    left_open.close()


def test_template_is_prepared_once_and_copied(postgres_server):
    prepared = []

    def prepare(url):
        prepared.append(url)
        connection = psycopg.connect(url, autocommit=True)
        connection.execute("CREATE TABLE stock AS SELECT 7 AS qty")
        still_open.append(connection)

    still_open = []
    for _ in range(2):
        template = postgres_server.template("test_postgres", prepare)
        with postgres_server.database(template) as url, psycopg.connect(url) as connection:
            assert connection.execute("DELETE FROM stock RETURNING qty").fetchall() == [(7,)]
    assert len(prepared) == 1
    still_open[0].close()


def test_killed_run_leaves_no_server(short_folder):
    with other_run(short_folder) as (run, told):
        [folder] = servers(short_folder)
        with (folder / "lock").open("r+") as lock:
            run.kill()
            wait_for_the_guard(lock)
        assert not servers(short_folder)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(told["url"])


def test_next_run_clears_what_a_killed_guard_left(short_folder):
    with other_run(short_folder) as (run, told):
        [folder] = servers(short_folder)
        os.kill(int((folder / "lock").read_text()), signal.SIGKILL)
        with (folder / "lock").open("r+") as lock:
            wait_for_the_guard(lock)
        psycopg.connect(told["server"]).close()
        run.kill()
    with other_run(short_folder) as (run, _):
        assert not folder.exists()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(told["server"])
        run.communicate("")
    assert not servers(short_folder)


def test_given_server_is_used_and_cleared_of_killed_runs(postgres_server, tmp_path, monkeypatch):
    monkeypatch.setenv(SERVER_URL, postgres_server.url)
    with other_run(tmp_path, **{SERVER_URL: postgres_server.url}) as (run, told):
        assert told["server"] == postgres_server.url
        with start():
            psycopg.connect(told["url"]).close()
        run.kill()
    assert not servers(tmp_path)
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        held = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
        while connection.execute(held, [told["run"]]).fetchone():
            pass  # the server has yet to see that a client was killed
    with start(), pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(told["url"])


def test_unreachable_server_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(SERVER_URL, f"postgresql://me@/postgres?host={tmp_path}")
    with pytest.raises(PostgresUnavailable, match=f"{SERVER_URL} .*unset it"), database_url():
        pass


def test_wrong_setting_is_named(monkeypatch):
    monkeypatch.delenv(SERVER_URL, raising=False)
    with (
        pytest.raises(PostgresUnavailable, match="max_connektions"),
        start({"max_connektions": "1"}),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="impossible here: only root borrows an account")
def test_root_runs_programs_that_only_root_can_reach(tmp_path, monkeypatch):
    monkeypatch.delenv(SERVER_URL, raising=False)
    tmp_path.chmod(0o700)
    installed = postgres._installed()
    package = installed.parent
    for name in (f"{package.name}/{installed.name}", f"{package.name}.libs"):
        shutil.copytree(package.parent / name, tmp_path / name)
    monkeypatch.setattr(postgres, "_installed", lambda: tmp_path / package.name / installed.name)
    with database_url() as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
