"""Proposals, from the command line."""

from __future__ import annotations

import pytest

from chargehand.twin.machines import STAR, STAR_BULK, STAR_FACE


@pytest.fixture
def refill(cli, plant):
    rows = cli("inbox", "--json", "--limit", 500, "--plant", plant).json["rows"]
    return next(r["id"] for r in rows if STAR in r["label"] and STAR_FACE in r["headline"])


def state(cli, plant, proposal):
    return cli("show", proposal, "--json", "--plant", plant).json["row"]["state"]


def test_show_is_a_page_to_decide_from(cli, plant, refill):
    page = cli("show", refill, "--plant", plant).out
    for word in (STAR, STAR_BULK, "Cost", "If nothing is done", "Why", "Alternatives", "Evidence"):
        assert word in page
    assert "History" in page


def test_approving_makes_a_task_and_twice_is_told(cli, plant, refill):
    done = cli("approve", refill, "--json", "--plant", plant)
    assert done.code == 0
    assert done.json["orders"]
    assert cli("tasks", "--json", "--plant", plant).json["rows"][0]["key"] == done.json["orders"][0]
    again = cli("approve", refill, "--json", "--plant", plant)
    assert again.code == 1
    assert again.json["refused"]["code"] == "not_waiting"
    assert again.json["refused"]["cure"]


def test_number_alone_is_enough(cli, plant, refill):
    assert cli("approve", refill.removeprefix("P-"), "--plant", plant).code == 0


def test_dry_run_does_nothing(cli, plant, refill):
    said = cli("approve", refill, "--dry-run", "--plant", plant)
    assert said.code == 0
    assert "would approve" in said.out
    assert state(cli, plant, refill) == "waiting"


def test_who_may_not_is_told_with_exit_code_4(cli, plant, refill):
    refused = cli("approve", refill, "--as", "p.icker", "--json", "--plant", plant)
    assert refused.code == 4
    assert refused.json["refused"]["code"] == "not_authorized"
    stranger = cli("approve", refill, "--as", "nobody", "--json", "--plant", plant)
    assert stranger.code == 4
    assert stranger.json["refused"]["code"] == "unknown_person"
    assert state(cli, plant, refill) == "waiting"


def test_who_acts_is_never_guessed(cli, plant, refill):
    settings = plant / "chargehand.toml"
    settings.write_text(settings.read_text().replace('person = "m.weber"', 'person = ""'))
    refused = cli("approve", refill, "--json", "--plant", plant)
    assert refused.code == 4
    assert "--as" in refused.json["refused"]["cure"]


@pytest.mark.parametrize("garbage", ["P-99999", "nonsense", "-1", "P-1;drop", "9" * 200, "é"])
@pytest.mark.parametrize("verb", [["show"], ["approve"], ["reject", "--reason=other"]])
def test_garbage_ids_are_refused_plainly(cli, plant, verb, garbage):
    refused = cli(*verb, "--json", "--plant", plant, "--", garbage)
    assert refused.code == 1
    assert refused.json["refused"]["code"] == "unknown_proposal"


def test_rejecting_needs_a_reason_that_is_known(cli, plant, refill):
    assert cli("reject", refill, "--plant", plant).code == 2
    unknown = cli("reject", refill, "--reason", "mood", "--plant", plant)
    assert unknown.code == 1
    assert "not_needed" in unknown.err
    assert cli("reject", refill, "--reason", "not_needed", "--plant", plant).code == 0
    assert state(cli, plant, refill) == "rejected"


def test_changing_makes_another_version_that_waits(cli, plant, refill):
    done = cli("change", refill, "quantity=8", "--json", "--plant", plant)
    assert done.code == 0
    assert done.json["version"] == 2
    shown = cli("show", refill, "--json", "--plant", plant).json
    assert shown["proposal"]["actions"][0]["quantity"]["amount"] == "8"
    assert shown["row"]["state"] == "waiting"
    stale = cli("approve", refill, "--version", 1, "--json", "--plant", plant)
    assert stale.json["refused"]["code"] == "stale"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([], 2),
        (["quantity"], 2),
        (["=8"], 2),
        (["quantity=8", "quantity=9"], 2),
        (["quantity=lots"], 1),
        (["quantity=-3"], 1),
        (["color=red"], 1),
    ],
)
def test_senseless_changes_change_nothing(cli, plant, refill, changes, code):
    assert cli("change", refill, "--plant", plant, *changes).code == code
    assert cli("show", refill, "--json", "--plant", plant).json["row"]["version"] == 1


def test_long_lists_go_on(cli, plant):
    first = cli("inbox", "--limit", 3, "--json", "--plant", plant).json
    second = cli("inbox", "--limit", 3, "--after", first["next"], "--json", "--plant", plant).json
    ids = [row["id"] for row in first["rows"] + second["rows"]]
    assert len(ids) == len(set(ids)) == 6


def test_an_order_of_an_outside_system_is_said_to_be_on_its_way_there(cli, plant, refill):
    with (plant / "chargehand.toml").open("a") as settings:
        settings.write('[targets.wms]\nurl = "http://wms.test"\ntransactions = ["replenishment"]\n')
    ended = cli("approve", refill, "--plant", plant)
    assert ended.code == 0
    assert "will be sent to wms by `chargehand up`" in ended.err


def test_several_are_shown_and_approved_together(cli, plant):
    rows = cli("inbox", "--json", "--limit", 3, "--plant", plant).json["rows"]
    ids = [row["id"] for row in rows]
    seen = cli("approve", *ids, "--dry-run", "--plant", plant)
    assert seen.code == 0
    assert "3 together" in seen.out
    assert {state(cli, plant, id) for id in ids} == {"waiting"}
    why = ("--justification", "ordered together on Monday")
    done = cli("approve", *ids, "--yes", "--json", *why, "--plant", plant)
    assert done.code == 0, done
    assert done.json["approved"] == len(ids)
    assert "waiting" not in {state(cli, plant, id) for id in ids}
    again = cli("approve", *ids, "--yes", "--plant", plant)
    assert again.code == 3
    assert "cannot be approved" in again.out


def test_an_approval_is_taken_back(cli, plant, refill):
    assert cli("approve", refill, "--plant", plant).code == 0
    assert cli("undo", refill, "--because", "wrong pick face", "--plant", plant).code == 0
    assert state(cli, plant, refill) == "waiting"
    assert "wrong pick face" in cli("show", refill, "--plant", plant).out
    refused = cli("undo", refill, "--json", "--plant", plant)
    assert refused.code == 1
    assert refused.json["refused"]["cure"]


def test_a_change_is_approved_in_one_go(cli, plant, refill):
    done = cli("change", refill, "quantity=1", "--approve", "--json", "--plant", plant)
    assert done.code == 0, done
    assert done.json["state"] == "sent"


def test_a_queue_is_somebodys(cli, plant, refill):
    rows = cli("inbox", "--queue", "m.weber", "--json", "--limit", 500, "--plant", plant)
    assert refill in [row["id"] for row in rows.json["rows"]]
    assert cli("inbox", "--queue", "nobody", "--json", "--plant", plant).json["rows"] == []
