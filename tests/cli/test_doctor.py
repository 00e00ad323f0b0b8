"""The doctor works on the sick."""

from __future__ import annotations

import pytest

from chargehand.settings import FILE
from tests.behind import behind_the_back


def findings(ended):
    return {finding["check"]: finding for finding in ended.json["findings"]}


def sql(plant, statement):
    with behind_the_back(plant) as connection:
        connection.execute(statement)


def test_a_sound_plant_has_no_problem(cli, plant):
    ended = cli("doctor", "--json", "--plant", plant)
    problems = [f for f in ended.json["findings"] if f["state"] == "problem"]
    assert (ended.code, problems) == (0, [])
    assert len(ended.json["findings"]) >= 15


def test_a_plant_on_a_server_is_examined_like_one_in_a_file(
    cli, tmp_path, postgres_url, monkeypatch
):
    monkeypatch.setenv("CHARGEHAND_DATABASE", postgres_url)
    folder = tmp_path / "served"
    assert cli("init", folder, "--database", "env:CHARGEHAND_DATABASE").code == 0
    ended = cli("doctor", "--json", "--plant", folder)
    assert ended.code == 0
    assert "PostgreSQL" in findings(ended)["database"]["found"]
    monkeypatch.setenv("CHARGEHAND_DATABASE", "postgresql://nobody@127.0.0.1:1/none")
    found = findings(cli("doctor", "--json", "--plant", folder))
    assert "does not answer" in found["database"]["found"]
    assert [f["check"] for f in found.values() if f["state"] == "problem"] == ["database"]
    monkeypatch.delenv("CHARGEHAND_DATABASE")
    found = findings(cli("doctor", "--json", "--plant", folder))
    assert [f["check"] for f in found.values() if f["state"] == "problem"] == ["settings"]


def test_all_of_the_chain_on_demand(cli, plant):
    found = findings(cli("doctor", "--full", "--json", "--plant", plant))
    assert found["audit chain"]["found"].startswith("all ")


def test_without_a_plant_it_looks_at_the_installation(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = cli("doctor", "--json")
    assert ended.code == 0
    assert findings(ended)["plant"]["state"] == "note"
    assert cli("doctor", "--plant", tmp_path / "absent").code == 3


@pytest.mark.parametrize(
    ("name", "content", "check"),
    [
        ("chargehand.db", b"", "database"),
        ("chargehand.db", b"no database at all" * 500, "database"),
        ("chargehand.db", None, "record"),
        (FILE, b"[server\n", "settings"),
        (FILE, b"\xff\xfe", "settings"),
        (FILE, b"[server]\nport = 99999999\n", "settings"),
    ],
)
def test_a_broken_plant_is_told_not_crashed_on(cli, plant, name, content, check):
    if content is None:
        (plant / name).unlink()
    else:
        (plant / name).write_bytes(content)
        (plant / f"{name}-wal").unlink(missing_ok=True)
    ended = cli("doctor", "--json", "--plant", plant)
    assert ended.code == 3
    states = {f["check"]: f["state"] for f in ended.json["findings"]}
    assert "problem" in {states.get(check), states.get("migrations")}
    assert all(f["cure"] for f in ended.json["findings"] if f["state"] == "problem")


def test_an_edited_entry_is_found(cli, plant):
    sql(plant, "UPDATE journal SET actor = 'x' WHERE number = (SELECT max(number) FROM journal)")
    found = findings(cli("doctor", "--json", "--plant", plant))
    assert found["audit chain"]["state"] == "problem"


def test_an_older_database_is_found(cli, plant):
    sql(plant, "UPDATE alembic_version SET version_num = '0000'")
    assert findings(cli("doctor", "--json", "--plant", plant))["migrations"]["state"] == "problem"


def test_work_that_nobody_does_is_found(cli, plant):
    sql(plant, "UPDATE job SET run_at = '2020-01-01T00:00:00.000000+00:00'")
    found = findings(cli("doctor", "--json", "--plant", plant))
    assert found["worker"]["state"] == "warning"
    assert "chargehand up" in found["worker"]["cure"]


def test_a_token_that_is_not_there_is_told_with_its_place(cli, plant, monkeypatch, tmp_path):
    with (plant / FILE).open("a") as settings:
        settings.write(
            '[targets.wms]\nurl = "http://wms.test"\ntransactions = ["staging"]\n'
            'token = "env:NO_SUCH_TOKEN"\n'
        )
    found = findings(cli("doctor", "--json", "--plant", plant))["target tokens"]
    assert found["state"] == "problem"
    assert "env:NO_SUCH_TOKEN" in found["found"]
    monkeypatch.setenv("NO_SUCH_TOKEN", "secret")
    found = findings(cli("doctor", "--json", "--plant", plant))["target tokens"]
    assert found["state"] == "ok"
    assert "secret" not in found["found"]


POWERLESS = """
import ctypes, os, sys
for right_to_every_file in (1, 2):
    ctypes.CDLL(None).prctl(24, right_to_every_file, 0, 0, 0)
code = "import sys; from chargehand.cli.main import run; sys.exit(run())"
os.execv(sys.executable, [sys.executable, "-P", "-c", code, *sys.argv[1:]])
"""
"""Run a command without root's right to every file, which tests in a container have."""


def test_a_folder_that_cannot_be_written_is_one_finding_and_no_reason_to_restore(shell, plant):
    plant.chmod(0o555)
    (plant / "chargehand.db").chmod(0o444)
    ended = shell("doctor", "--json", "--plant", plant, script=POWERLESS)
    problems = [f for f in ended.json["findings"] if f["state"] == "problem"]
    plant.chmod(0o755)
    assert [f["check"] for f in problems] == ["write permission"]
    assert "Errno" not in ended.out
    assert "backup in its place" not in ended.out


def test_a_folder_that_cannot_be_read_is_told_with_its_cause(shell, plant):
    plant.chmod(0o000)
    for command in ("inbox", "doctor"):
        ended = shell(command, "--json", "--plant", plant, script=POWERLESS)
        assert ended.code in {1, 3}
        assert "this account may not read it" in ended.out
        assert "Traceback" not in ended.err
    plant.chmod(0o755)
