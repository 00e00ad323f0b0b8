"""Stopping is for everybody and works on whatever is broken; resuming is for few."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
from contextlib import closing

import apsw
import pytest

from chargehand.cli.context import FAILED, NOT_ALLOWED, OK
from chargehand.plant import stop_file
from chargehand.plant.plant import Plant
from chargehand.settings import FILE as SETTINGS
from chargehand.storage.store import FILE as RECORD

RESUME = ("resume", "--reason", "it has gone again")
STOP = ("stop", "--reason", "forklift in the aisle")


def test_stop_and_resume(cli, plant):
    stopped = cli(*STOP, "--as", "p.icker", "--json", "--plant", plant)
    assert (stopped.code, stopped.json["state"]) == (OK, "stopped")
    assert not stop_file.is_there(plant), "the database has it"
    again = (*RESUME, "--plant", plant)
    assert cli(*again, "--as", "p.icker").code == NOT_ALLOWED
    assert cli(*again, "--as", "m.weber").code == OK
    nothing = cli(*again, "--as", "m.weber")
    assert nothing.code != OK
    assert "no breaker is open" in nothing.err + nothing.out


def test_somebody_whom_the_policy_does_not_know_may_stop_too(cli, plant):
    assert cli(*STOP, "--as", "a.visitor", "--plant", plant).code == OK
    assert _stops(plant)


def run_stop(folder, **options):
    """`chargehand stop` in a process of its own; returns its code and what it said."""
    env = os.environ | {"CHARGEHAND_PLANT": str(folder)} | options.pop("env", {})
    done = subprocess.run(
        [sys.executable, "-m", "chargehand.cli.main", *STOP], env=env, capture_output=True,
        text=True, timeout=60, check=False, **options,
    )  # fmt: skip
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def _stops(folder):
    with closing(Plant.open(folder)) as plant:
        return [one.because for one in plant.overview().breakers if one.cause == "stop"]


def settings_torn(folder):
    (folder / SETTINGS).write_text("[plant\nenterprise = ")


def settings_gone(folder):
    (folder / SETTINGS).unlink()


def record_torn(folder):
    (folder / RECORD).write_bytes(b"\x00nothing that SQLite knows" * 500)


def record_gone(folder):
    (folder / RECORD).unlink()


def server_unreachable(folder):
    settings = (folder / SETTINGS).read_text("utf-8")
    gone = '\n[database]\nurl = "postgresql://nobody@127.0.0.1:1/nothing"\n'
    (folder / SETTINGS).write_text(settings + gone, "utf-8")


BROKEN = [settings_torn, settings_gone, record_torn, record_gone, server_unreachable]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda how: how.__name__)
def test_what_is_broken_is_stopped_and_says_what_is_not_done(plant, broken):
    before = {name: (plant / name).read_bytes() for name in (SETTINGS, RECORD)}
    broken(plant)
    code, said = run_stop(plant)
    assert code == OK
    assert "all automation is stopped, by the file" in said
    assert "the database could not note it" in said
    for name, content in before.items():  # somebody mends it
        (plant / name).write_bytes(content)
    with closing(Plant.open(plant)) as mended:
        assert mended.store.is_halted()
        mended.work()
        assert "forklift in the aisle" in mended.overview().breakers[0].because
    assert not stop_file.is_there(plant), "now the database has it"


def test_a_record_that_somebody_holds_does_not_keep_anybody_waiting(plant):
    holder = apsw.Connection(str(plant / RECORD))
    holder.execute("BEGIN IMMEDIATE")
    try:
        code, said = run_stop(plant)
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert code == OK
    assert "did not answer in time" in said
    assert stop_file.read(plant).reason == "forklift in the aisle"


def test_a_full_disk_still_has_the_file(plant):
    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    code, said = run_stop(plant, preexec_fn=no_room)
    assert code == OK
    assert "the database could not note it" in said
    assert (plant / stop_file.FILE).read_bytes() == b"", "there is no room for words"
    with closing(Plant.open(plant)) as roomy:
        roomy.work()
    assert _stops(plant) == ["stopped by somebody: no reason given yet"]


def test_python_without_assertions_stops_too_and_writes_nothing_into_the_record(plant):
    code, said = run_stop(plant, env={"PYTHONOPTIMIZE": "1"})
    assert code == OK
    assert "python -O" in said
    assert stop_file.is_there(plant)
    with closing(Plant.open(plant)) as checked:
        assert checked.overview().breakers == ()
        checked.work()
    assert "forklift in the aisle" in _stops(plant)[0]


CAP_DAC_OVERRIDE, PR_CAPBSET_DROP = 1, 24


def as_anybody():
    """Root writes into every folder: not this process."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


def test_where_nothing_at_all_can_be_written_it_says_so(plant):
    record_torn(plant)
    plant.chmod(0o555)
    code, said = run_stop(plant, preexec_fn=as_anybody)
    plant.chmod(0o755)
    assert code == FAILED
    assert "automation is NOT stopped" in said
    assert "End the processes" in said


def test_only_who_may_resume_takes_the_file_away(cli, plant):
    (plant / stop_file.FILE).touch()  # by hand: a file is a file
    assert cli(*RESUME, "--as", "p.icker", "--plant", plant).code == NOT_ALLOWED
    assert _stops(plant)
    assert cli(*RESUME, "--as", "m.weber", "--plant", plant).code == OK
    assert not stop_file.is_there(plant)
    assert not _stops(plant)


def test_the_answer_is_one_document_for_programs_also_when_broken(cli, plant):
    record_torn(plant)
    answer = cli(*STOP, "--json", "--plant", plant)
    assert json.loads(answer.out)["state"] == "stopped"
