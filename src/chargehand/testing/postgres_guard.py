"""The guard of a test's PostgreSQL server: starts it, and stops it when whoever asked is gone.

A program of its own, run by path with nothing but the standard library. The first line of its
input is a JSON object, ``{"installed": folder, "home": folder, "settings": {name: value}}``. It
answers with one line of JSON (``{"socket": folder}`` or ``{"error": text}``), and then reads on.
The end of its input, which also comes when the asker is killed, ends the server and its files.
Should the guard be killed too, the next guard finds its folder without a lock, and clears it.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

SECONDS_TO_START = "60"
ACCOUNTS = ("postgres", "nobody")
"""Accounts that may run a server for root, whom PostgreSQL refuses; the first there is."""


def account() -> dict[str, str | int | Sequence[int]]:
    """As whom to run the server: arguments of `subprocess.run`; empty for ourselves."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ACCOUNTS:
        if name in known:
            return {"user": known[name].pw_uid, "group": known[name].pw_gid, "extra_groups": []}
    raise SystemExit(f"root needs one of the accounts {', '.join(ACCOUNTS)} to run PostgreSQL")


def run(folder: Path, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as the server's account; its output into a file."""
    with (folder / "programs.log").open("ab") as log:
        subprocess.run(  # type: ignore[call-overload]  # noqa: S603 - our own programs
            [str(folder / "programs/bin" / program), *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
            **account(),
        )


def provide_programs(installed: Path, folder: Path) -> None:
    """Put PostgreSQL's programs at `folder`/programs: a link, or where that cannot be run, a copy.

    The account that runs the server for root may not enter every venv.
    """
    programs = folder / "programs"
    programs.symlink_to(installed)
    try:
        run(folder, "postgres", "--version")
    except (PermissionError, subprocess.CalledProcessError):
        package = installed.parent
        copy = folder / "copy" / package.name / installed.name
        shutil.copytree(installed, copy)
        libraries = package.with_name(f"{package.name}.libs")  # found from the programs' place
        if libraries.is_dir():
            shutil.copytree(libraries, folder / "copy" / libraries.name)
        subprocess.run(["/bin/chmod", "-R", "a+rX", str(folder / "copy")], check=True)  # noqa: S603 - ours
        programs.unlink()
        programs.symlink_to(copy)


def make(installed: Path, folder: Path, settings: Mapping[str, str]) -> Path:
    """Make a cluster and start it.

    Returns:
        The folder of its socket: nobody but its account (and root) can enter it.
    """
    cluster = folder / "cluster"
    cluster.mkdir(mode=0o700)
    if owner := account():
        os.chown(cluster, int(str(owner["user"])), int(str(owner["group"])))
    provide_programs(installed, folder)
    run(
        folder, "initdb", "--pgdata", str(cluster), "--username", "postgres",
        "--auth", "trust", "--encoding", "utf8", "--locale", "C", "--no-sync",
    )  # fmt: skip
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    lines += ["listen_addresses = ''", f"unix_socket_directories = '{cluster}'"]
    with (cluster / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write("\n".join(lines) + "\n")
    run(
        folder, "pg_ctl", "start", "--pgdata", str(cluster), "--log", str(cluster / "server.log"),
        "--wait", "--timeout", SECONDS_TO_START,
    )  # fmt: skip
    return cluster


def clear(folder: Path) -> None:
    """Stop the server of a folder, at once and without a checkpoint, and delete the folder."""
    cluster = folder / "cluster"
    if (cluster / "postmaster.pid").exists():
        # Without its programs, a server still ends by itself, when it misses its files.
        with suppress(OSError, subprocess.CalledProcessError):
            run(folder, "pg_ctl", "stop", "--pgdata", str(cluster), "--mode", "immediate")
    shutil.rmtree(folder)


@contextmanager
def own_folder(home: Path) -> Iterator[Path]:
    """Give this guard a locked folder under `home`, after clearing those nobody holds a lock of."""
    home.mkdir(mode=0o755, exist_ok=True)
    if home.stat().st_uid != os.geteuid():
        raise SystemExit(f"{home} belongs to somebody else; set TMPDIR to a folder of your own")
    with (home / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for left in home.glob("run-*/lock"):
            with left.open("r+") as lock:
                if is_free(lock.fileno()):
                    clear(left.parent)
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=home))
        folder.chmod(0o755)
        lock = (folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(str(os.getpid()))
        lock.flush()
    with lock:
        try:
            yield folder
        finally:
            clear(folder)


def is_free(lock: int) -> bool:
    """Whether nobody held this lock; then we do."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def reason(problem: OSError | subprocess.CalledProcessError, folder: Path) -> str:
    """What went wrong, with the last lines the programs and the server wrote."""
    texts = [str(problem)]
    for log in (folder / "programs.log", folder / "cluster/server.log"):
        if log.is_file():
            texts += log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
    return "\n".join(texts)


def guard() -> None:
    """Start what the first line of input asks for; stop it at the end of input."""
    asked = json.loads(sys.stdin.readline())
    with own_folder(Path(asked["home"])) as folder:
        try:
            socket = make(Path(asked["installed"]), folder, asked["settings"])
            answer = {"socket": str(socket)}
        except (OSError, subprocess.CalledProcessError) as problem:
            answer = {"error": reason(problem, folder)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    guard()
