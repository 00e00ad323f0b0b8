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
    file.write_text((plant / "policy.toml").read_text().replace("version = 1", "version = 2"))
    ended = cli("policy", "activate", file, "--as", "m.weber", "--plant", plant)
    assert ended.code == 0
    assert "gone" in ended.err
    assert "--as PERSON" in ended.err
