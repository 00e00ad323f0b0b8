"""Policy and keys, from the command line."""

from __future__ import annotations

from contextlib import closing

import pytest

from chargehand.plant.plant import Plant
from tests.cli.conftest import POLICY


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "policy.toml"
        file.write_text(text)
        return file

    return write


def test_a_good_policy_is_put_in_force(cli, plant, written):
    file = written(POLICY.replace("version = 1", "version = 2").replace("For tests", "Second"))
    assert cli("policy", "check", file).code == 0
    assert cli("policy", "activate", file, "--plant", plant).code == 0
    shown = cli("policy", "show", "--json", "--plant", plant).json
    assert shown["version"] == 2
    assert "Second" in shown["text"]


@pytest.mark.parametrize("text", ["", "version = ", "version = 1\nnonsense = true\n", "\x00"])
def test_mistakes_are_named_and_nothing_changes(cli, plant, written, text):
    file = written(text)
    checked = cli("policy", "check", file, "--json")
    assert checked.code == 3
    assert checked.json["mistakes"]
    assert cli("policy", "activate", file, "--plant", plant).code == 3
    assert cli("policy", "show", "--json", "--plant", plant).json["version"] == 1


def test_only_an_administrator_activates(cli, plant, written):
    file = written(POLICY.replace("version = 1", "version = 2"))
    refused = cli("policy", "activate", file, "--as", "p.icker", "--plant", plant)
    assert refused.code == 4
    assert cli("policy", "show", "--json", "--plant", plant).json["version"] == 1


def test_a_key_is_shown_once_works_and_can_be_revoked(cli, plant):
    made = cli("key", "create", "p.icker", "--label", "scanner", "--json", "--plant", plant).json
    with closing(Plant.open(plant)) as opened:
        assert opened.who(made["key"]).person == "p.icker"
    assert cli("key", "revoke", made["key"], "--plant", plant).code == 0
    assert cli("key", "revoke", made["key"], "--plant", plant).code == 1
    with closing(Plant.open(plant)) as opened:
        assert opened.who(made["key"]) is None


@pytest.mark.parametrize(
    ("words", "code"),
    [(["nobody"], 4), (["p.icker", "--days", "0"], 2), (["p.icker", "--days", "999"], 2)],
)
def test_senseless_keys_are_refused(cli, plant, words, code):
    assert cli("key", "create", *words, "--plant", plant).code == code


def test_login_makes_a_link_that_works_once(cli, plant):
    link = cli("login", "--as", "p.icker", "--json", "--plant", plant).json["link"]
    token = link.partition("token=")[2]
    with closing(Plant.open(plant)) as opened:
        session = opened.redeem(token)
        assert opened.session(session).person == "p.icker"
        assert opened.redeem(token) is None


def test_a_policy_without_the_person_of_this_command_line_is_told(cli, plant, tmp_path):
    settings = plant / "chargehand.toml"
    settings.write_text(settings.read_text().replace('person = "m.weber"', 'person = "gone"'))
    file = tmp_path / "policy.toml"
    file.write_text(
        (plant / "policy/policy.toml").read_text().replace("version = 1", "version = 2")
    )
    ended = cli("policy", "activate", file, "--as", "m.weber", "--plant", plant)
    assert ended.code == 0
    assert "gone" in ended.err
    assert "--as PERSON" in ended.err


SECOND = POLICY.replace("version = 1", "version = 2").replace("For tests", "Second")
TESTS = """
[[tests]]
what = "Nothing is cleared without a person"
act = "automate"
decision = "mro_replenishment"
transaction = "replenishment"
expect = "waits"

[[tests]]
what = "A picker buys nothing"
act = "approve"
role = "picker"
decision = "mro_replenishment"
transaction = "requisition"
value = "EUR 1.00"
expect = "may not"
clause = "grants"
"""


@pytest.fixture
def tested(plant):
    """A plant with policy tests; gives the file of its next version."""
    (plant / "policy").mkdir(exist_ok=True)
    (plant / "policy/tests.toml").write_text(TESTS)
    return plant / "policy/policy.toml"


def test_policy_tests_are_run_on_a_text_and_keep_it_from_being_proposed(cli, plant, tested):
    tested.write_text(SECOND)
    assert cli("policy", "test", "--plant", plant).code == 0
    picker = 'role = "picker"\ntransactions = ["count"'
    assert picker in SECOND
    tested.write_text(SECOND.replace(picker, picker + ', "requisition"'))
    failed = cli("policy", "test", "--plant", plant)
    assert failed.code == 3
    assert "FAILS line 9: A picker buys nothing" in failed.out
    assert "expected may not by grants; found cleared" in failed.out
    for words in (["activate"], ["propose", "--because", "pickers asked for it"]):
        refused = cli("policy", *words, "--json", "--plant", plant)
        assert refused.code == 1
        assert refused.json["refused"]["code"] == "policy_tests_failed"
        assert "A picker buys nothing" in refused.json["refused"]["because"]
    assert cli("policy", "check", "--plant", plant).code == 3
    assert cli("policy", "show", "--json", "--plant", plant).json["version"] == 1


def test_mistakes_in_policy_tests_are_named_by_their_line(cli, plant, tested):
    tested.write_text(SECOND)
    tests = plant / "policy/tests.toml"
    tests.write_text(TESTS.replace('role = "picker"', 'role = "piker"'))
    found = cli("policy", "test", "--json", "--plant", plant)
    assert found.code == 3
    assert [(one["line"], one["where"]) for one in found.json["mistakes"]] == [
        (12, "tests[2].role")
    ]


def test_a_difference_is_told_in_words_and_in_what_would_have_been_ruled(cli, plant):
    file = plant / "policy/policy.toml"
    file.write_text(SECOND.replace('phase = "assist"', 'phase = "observe"'))
    found = cli("policy", "diff", "--days", "366", "--json", "--plant", plant).json
    assert [one["section"] for one in found["words"]] == ["title", "phases"]
    assert found["looked_at"] > 0
    (shift,) = found["shifts"]
    assert (shift["before"], shift["after"], shift["count"]) == (
        "waits", "observed", found["looked_at"]
    )  # fmt: skip
    said = cli("policy", "diff", "--days", "366", "--plant", plant)
    assert said.code == 0
    assert "waits -> observed" in said.out
    file.write_text(SECOND)
    assert "ruled as it was" in cli("policy", "diff", "--plant", plant).out


def test_a_text_is_proposed_signed_and_found_in_the_history(cli, plant, written):
    alone = SECOND.replace('roles = ["picker"]\n', 'roles = ["picker", "planner"]\n')
    done = cli("policy", "propose", written(alone), "--because", "a second planner", "--json",
               "--as", "m.weber", "--plant", plant)  # fmt: skip
    assert done.json["row"]["state"] == "in_force"
    third = written(alone.replace("version = 2", "version = 3"))
    waits = cli("policy", "activate", third, "--as", "m.weber", "--json", "--plant", plant).json
    assert waits["state"] == "waiting"
    (row,) = cli("request", "list", "--json", "--plant", plant).json
    assert (row["id"], row["may_sign"]) == (waits["proposal"], ["p.icker"])
    name = row["id"]
    own = cli("request", "sign", name, "--as", "m.weber", "--plant", plant)
    assert own.code == 4
    shown = cli("request", "show", name, "--plant", plant)
    assert "1 more person has to sign (p.icker)" in shown.out
    assert cli("request", "sign", name, "--as", "p.icker", "--plant", plant).code == 0
    newest, *_ = cli("policy", "history", "--json", "--plant", plant).json
    assert (newest["version"], newest["proposed_by"], newest["signed_by"]) == (
        3, "m.weber", ["p.icker"]
    )  # fmt: skip
    earlier = cli("policy", "show", "--version", "1", "--json", "--plant", plant).json
    assert 'title = "For tests"' in earlier["text"]
    assert cli("policy", "show", "--version", "9", "--plant", plant).code == 1


@pytest.mark.parametrize(
    ("word", "who", "state"),
    [("reject", "p.icker", "rejected"), ("withdraw", "m.weber", "withdrawn")],
)
def test_a_request_is_rejected_or_withdrawn(cli, plant, written, word, who, state):
    both = SECOND.replace('roles = ["picker"]\n', 'roles = ["picker", "planner"]\n')
    cli("policy", "activate", written(both), "--as", "m.weber", "--plant", plant)
    third = written(both.replace("version = 2", "version = 3"))
    cli("policy", "activate", third, "--as", "m.weber", "--plant", plant)
    because = ["--because", "limits are too wide for us"]
    (row,) = cli("request", "list", "--json", "--plant", plant).json
    assert cli("request", word, row["id"], *because, "--as", who, "--plant", plant).code == 0
    (row, _) = cli("request", "list", "--state", "all", "--json", "--plant", plant).json
    assert row["state"] == state
    assert cli("request", "list", "--json", "--plant", plant).json == []
    assert cli("request", "sign", row["id"], "--as", "p.icker", "--plant", plant).code == 1


@pytest.mark.parametrize("words", [["show", "C-77"], ["sign", "C-77"], ["sign", "nonsense"]])
def test_an_unknown_request_is_refused(cli, plant, words):
    assert cli("request", *words, "--plant", plant).code == 1
