"""Words that narrow a list, and moments: garbage is a usage error that says what there is."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["inbox", "--state", "waitin"], "Did you mean waiting?"),
        (["inbox", "--site", "X"], "There are"),
        (["inbox", "--zone", "nowhere"], "There are"),
        (["inbox", "--decision", "zz"], "There are"),
        (["inbox", "--limit=-1"], "--limit must be 1 or more"),
        (["inbox", "--after", "garbage"], "More with --after"),
        (["tasks", "--state", "opened"], "Did you mean open?"),
        (["stock", "--after", "garbage"], "More with --after"),
        (["stock", "--site", "X"], "There are"),
        (["audit", "log", "--after", "garbage"], "More with --after"),
        (["outcomes", "--limit", "0"], "--limit must be 1 or more"),
        (["refusals", "--decision", "zz"], "There are"),
        (["decide", "--as-of", "0001-01-01"], "within 1970 and 2199"),
        (["decide", "--as-of", "0001-01-01T00:00+14:00"], "Write a day"),
        (["decide", "--as-of", "2190-01-01"], "it is not 2190-01-01 yet"),
        (["measure", "--as-of", "2190-01-01"], "it is not 2190-01-01 yet"),
        (["readiness", "--as-of", "9999-12-31"], "within 1970 and 2199"),
        (["login", "--url", "notaurl"], "such as http"),
        (["decline", "P-1.1/0", "--reason", " "], "Say why"),
    ],
)
def test_what_nothing_can_match_is_a_usage_error_with_what_there_is(cli, plant, words, cure):
    ended = cli(*words, "--plant", plant)
    assert ended.code == 2
    assert cure in ended.err
    assert not ended.out
    assert cli(*words, "--plant", plant, "--json").json["fault"]["because"]


def test_a_zone_in_which_nothing_waits_is_an_empty_list(cli, plant):
    zone = next(
        r["zone"] for r in cli("stock", "--json", "--plant", plant).json["rows"] if r["zone"]
    )
    ended = cli("inbox", "--zone", zone, "--state", "expired", "--json", "--plant", plant)
    assert (ended.code, ended.json["rows"]) == (0, [])


def test_a_narrow_table_shows_what_a_choice_needs_and_begins_with_its_heading(
    cli, plant, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "80")
    heading = cli("inbox", "--plant", plant).out.splitlines()[0]
    assert heading.split() == ["Id", "Priority", "Proposal", "Cost", "By"]
    monkeypatch.setenv("COLUMNS", "160")
    assert "State" in cli("inbox", "--plant", plant).out.splitlines()[0]
