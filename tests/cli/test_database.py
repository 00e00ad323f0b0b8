"""The commands that look after the database, and those of reconciliation."""

from __future__ import annotations

import pytest

from chargehand.cli.context import FAILED, FOUND_PROBLEMS, OK
from chargehand.storage.sqlite_session import SqliteSession

LIST = "site,location,material,quantity,system,counted_at\n"


def test_backup_and_restore_bring_the_same_root_back(plant, cli, tmp_path):
    made = cli("db", "backup", "--plant", plant, "-o", tmp_path / "b.zip", "--json")
    assert made.code == OK
    again = cli("db", "restore", tmp_path / "b.zip", tmp_path / "again", "--json")
    assert again.code == OK
    assert again.json["root"] == made.json["root"]
    refused = cli("db", "restore", tmp_path / "b.zip", tmp_path / "again")
    assert refused.code == FAILED
    assert "is a plant already" in refused.err


def test_verify_says_what_is_wrong_and_ends_with_three(plant, cli):
    session = SqliteSession(plant / "chargehand.db")
    session.execute("UPDATE balance SET scaled = scaled + 1000000 WHERE scaled > 0")
    session.close()
    ended = cli("db", "verify", "--plant", plant)
    assert ended.code == FOUND_PROBLEMS
    assert "THE DATABASE IS NOT SOUND" in ended.out


def test_upgrade_and_compact_say_what_they_did(plant, cli):
    assert "already; nothing was done" in cli("db", "upgrade", "--plant", plant).out
    assert "MiB now" in cli("db", "compact", "--plant", plant).out


def test_a_database_setting_that_holds_a_password_is_refused(tmp_path, cli):
    ended = cli("init", tmp_path / "p", "--database", "postgresql://me:secret@host/db")
    assert ended.code != OK
    assert "a secret is named, not written" in ended.err
    assert not (tmp_path / "p").exists()


def test_a_database_whose_address_is_not_set_says_which(plant, cli):
    settings = plant / "chargehand.toml"
    settings.write_text(settings.read_text() + '\n[database]\nurl = "env:NOT_SET_AT_ALL"\n')
    ended = cli("stock", "--plant", plant)
    assert ended.code == FAILED
    assert "env:NOT_SET_AT_ALL is empty" in ended.err


def test_a_server_that_does_not_answer_is_said_so(plant, cli, monkeypatch):
    monkeypatch.setenv("NOWHERE", "postgresql://me@127.0.0.1:9/none?connect_timeout=2")
    settings = plant / "chargehand.toml"
    settings.write_text(settings.read_text() + '\n[database]\nurl = "env:NOWHERE"\n')
    for words in (("stock",), ("db", "verify"), ("db", "backup")):
        ended = cli(*words, "--plant", plant)
        assert ended.code == FAILED
        assert "the database cannot be opened" in ended.err


@pytest.fixture
def differing(plant, cli, tmp_path):
    """A list of one place of the plant that says one more than the record."""
    row = cli("stock", "--plant", plant, "--json", "--limit", "1").json["rows"][0]
    text = f"{row['site']},{row['location']},{row['material']},{row['on_hand']}7,wms"
    (tmp_path / "list.csv").write_text(f"{LIST}{text},2026-11-19T22:00+00:00\n")
    ended = cli("import", "snapshot", tmp_path / "list.csv", "--plant", plant, "--json")
    assert (ended.code, ended.json["accepted"]) == (OK, 1), ended
    return row


def test_differences_are_listed_and_shown(plant, cli, differing):
    systems = cli("reconcile", "systems", "--plant", plant, "--json")
    assert systems.code == FOUND_PROBLEMS
    assert systems.json[0]["system"] == "wms"
    listed = cli("reconcile", "list", "--plant", plant, "--json",
                        "--material", differing["material"]).json["rows"]  # fmt: skip
    one = next(row for row in listed if row["location"] == differing["location"])
    shown = cli("reconcile", "show", one["id"], "--plant", plant, "--json").json
    assert shown["history"][0]["state"] == "open"
    assert "wms" in cli("reconcile", "show", one["id"], "--plant", plant).out
    assert cli("reconcile", "show", "D-1.1", "--plant", plant).code == FAILED
    wrong = cli("reconcile", "list", "--plant", plant, "--state", "lost")
    assert "there is no state 'lost'" in wrong.err
