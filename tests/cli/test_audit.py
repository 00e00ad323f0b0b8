"""The chain and replay, from the command line."""

from __future__ import annotations

import pytest

from tests.behind import behind_the_back


def tamper(plant, statement):
    with behind_the_back(plant) as sql:
        sql.execute(statement)


def test_an_untouched_record_holds(cli, plant):
    ended = cli("audit", "verify", "--plant", plant)
    assert ended.code == 0
    assert "holds" in ended.out


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET body = replace(body, '3', '4') WHERE number = 1500",
        "DELETE FROM journal WHERE number = 1500",
        "UPDATE balance SET scaled = scaled + 1000000 WHERE site = 'HALLE3' AND scaled > 0",
    ],
)
def test_what_was_changed_behind_its_back_is_found(cli, plant, statement):
    tamper(plant, statement)
    ended = cli("audit", "verify", "--json", "--plant", plant)
    assert ended.code == 3
    assert ended.json["faults"]


def test_replay_derives_the_same_again(cli, plant):
    ended = cli("replay", "P-1", "--json", "--plant", plant)
    assert (ended.code, ended.json["identical"]) == (0, True)
    assert cli("replay", "P-77777", "--plant", plant).code == 1


def test_log_is_filtered_by_kind(cli, plant):
    rows = cli("audit", "log", "--kind", "proposal", "--json", "--plant", plant).json["rows"]
    assert rows
    assert {row["kind"] for row in rows} == {"proposal"}
