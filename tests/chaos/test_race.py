"""A short race on both engines; and its checker, which must find every kind of doctored record."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
SEED = 20261120
SCOPE = '{"site":"RACE","material":"EXACT","lot":"","location":""}'
HOLD = f'{{"event":"place","hold":"H-X","placed":{SCOPE}}}'


@pytest.fixture(scope="module")
def raced(tmp_path_factory):
    """What a race of a few seconds on each engine said, and left behind."""
    home = tmp_path_factory.mktemp("race")
    given = {
        "RACE_KEEP": str(home), "RACE_SECONDS": "5", "RACE_SEED": str(SEED), "RACE_WRITERS": "16",
        "QUICK": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, BENCH / "race.py"], env=os.environ | given, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    print(done.stdout, done.stderr)
    return done, home


@pytest.fixture
def found(raced, tmp_path, monkeypatch):
    """A copy of what the race on SQLite left, to be doctored, and the checker for it."""
    monkeypatch.syspath_prepend(BENCH)
    from _race_check import check

    _, home = raced
    file, logs = tmp_path / "copy.db", tmp_path / "logs"
    shutil.copy(home / "sqlite/plant/chargehand.db", file)
    shutil.copytree(home / "sqlite/logs", logs)

    def doctored(*statements, values=()):
        database = apsw.Connection(str(file))
        database.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            database.execute(statement, values)
            assert database.changes(), f"changes nothing: {statement}"
        database.close()
        return {name for name, cases in check(file, logs).items() if cases}

    doctored.logs = logs
    return doctored


@pytest.mark.slow
def test_the_record_stands_a_race_with_kills_on_both_engines(raced):
    done, _ = raced
    assert done.stdout.splitlines()[-1] == "RACE: PASS"
    assert done.returncode == 0
    for engine in ("sqlite", "postgres"):
        assert f"== {engine}: 16 writers for 5 s, RACE_SEED={SEED}" in done.stdout
    assert done.stdout.count("killed") >= 2


@pytest.mark.slow
def test_the_race_wrote_all_kinds_of_acts_and_kept_them(found):
    assert found() == set()
    kinds = {
        json.loads(line)["signal"]["body"]["kind"]
        for file in found.logs.glob("*.jsonl")
        for line in file.read_text().splitlines()
    }
    assert kinds >= {
        "movement_reported", "goods_received", "stock_counted", "reservation_placed",
        "reservation_picked", "hold_placed", "hold_released",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("over-reserved", "UPDATE balance SET reserved = scaled + 1 WHERE account = 'RACE/BULK'"),
        ("over-reserved", "UPDATE reservation SET scaled = scaled + 1 WHERE state = 'open'"),
        (
            "lost updates",
            "UPDATE balance SET scaled = scaled - 1000000 WHERE account = 'RACE/FACE'",
        ),
        ("negative stock", "UPDATE balance SET scaled = -1 WHERE account = 'RACE/BULK'"),
        ("unbalanced", "UPDATE balance SET scaled = scaled + 1 WHERE account = '~supplier'"),
        (
            "unbalanced",
            (
                "UPDATE journal SET body = replace(body, '\"scaled\":-', '\"scaled\":-9')"
                " WHERE kind = 'movement' AND number % 9 = 0"
            ),
        ),
        (
            "acknowledged but missing",
            (
                "DELETE FROM journal WHERE number = (SELECT max(number) FROM journal"
                " WHERE kind = 'movement')"
            ),
        ),
        (
            "acknowledged but missing",
            (
                "DELETE FROM inbox WHERE entry = (SELECT max(entry) FROM inbox"
                " WHERE kind = 'reservation_placed' AND status = 'accepted')"
            ),
        ),
        (
            "posted twice",
            (
                "INSERT INTO journal SELECT number + 1000000, kind, key, recorded_at, occurred_at,"
                " cause, actor, body, leaf FROM journal WHERE kind = 'movement' LIMIT 1"
            ),
        ),
        (
            "never acknowledged",
            (
                "INSERT INTO inbox SELECT source, key || '-new', kind, digest, status, entry, code,"
                " because FROM inbox WHERE status = 'accepted' LIMIT 1"
            ),
        ),
    ],
)
def test_the_checker_finds_what_was_doctored_in_the_database(found, name, statement):
    assert name in found(statement)


@pytest.mark.slow
def test_the_checker_finds_stock_taken_under_a_hold(found):
    """A hold that was there from the beginning of the race, and that nobody minded."""
    place = (
        "INSERT INTO journal SELECT -1, 'hold', 'H-X', recorded_at, NULL, NULL, actor, ?, leaf"
        " FROM journal WHERE number = 0"
    )
    assert "held stock picked" in found(place, values=(HOLD,))


@pytest.mark.slow
def test_the_checker_finds_an_answer_that_nothing_came_of(found):
    """The log says accepted where the plant refused: the writer would go on as if it had."""
    refused = next(
        (file, number, line)
        for file in sorted(found.logs.glob("[0-9]*.jsonl"))
        for number, line in enumerate(file.read_text().splitlines())
        if '"status":"refused"' in line
        and '"movement_reported"' in line
        and '"is_again":false' in line
    )
    file, number, line = refused
    lines = file.read_text().splitlines()
    lines[number] = line.replace('"status":"refused"', '"status":"accepted"')
    file.write_text("\n".join(lines) + "\n")
    assert found() >= {"acknowledged but missing", "lost updates"}


@pytest.mark.slow
def test_the_checker_finds_a_post_that_no_log_knows(found):
    """As if a writer had been told no, or nothing, and the post were there all the same."""
    file = min(found.logs.glob("[0-9]*.jsonl"))
    lines = file.read_text().splitlines()
    kept = [line for line in lines if '"goods_received"' not in line and "movement_rep" not in line]
    assert len(kept) < len(lines)
    file.write_text("\n".join(kept) + "\n")
    assert found() >= {"never acknowledged", "lost updates"}
