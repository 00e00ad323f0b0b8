"""Accounts and keys from the command line."""

from __future__ import annotations

import io
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher

from chargehand.plant import sign_in_secrets
from chargehand.plant.plant import Plant
from chargehand.settings import FILE

PASSWORD = "the blue crane lifts"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Argon2 at its least: what it costs is the library's own business."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(sign_in_secrets, "_hasher", lambda: hasher)
    sign_in_secrets._nobodys.cache_clear()


@pytest.fixture
def typed(cli, plant, monkeypatch):
    """Run a command with a secret piped in, as an administrator."""

    def typed(secret, *words, who="m.weber"):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{secret}\n"))
        return cli(*words, "--as", who, "--plant", plant)

    return typed


@pytest.fixture
def with_badges(plant, monkeypatch):
    monkeypatch.setenv("BADGE_PEPPER", "p" * 40)
    with (plant / FILE).open("a") as settings:
        settings.write('\n[identity]\nbadge_pepper = "env:BADGE_PEPPER"\n')
    return plant


def test_a_link_is_made_for_somebody_and_leads_to_the_password_form(cli, plant):
    made = cli("account", "link", "p.icker", "--as", "m.weber", "--json", "--plant", plant).json
    asked = parse_qs(urlsplit(made["link"]).query)
    assert asked["back"] == ["/password"]
    with closing(Plant.open(plant)) as opened:
        assert opened.session(opened.redeem(asked["token"][0])).person == "p.icker"
    assert cli("account", "link", "m.weber", "--as", "p.icker", "--plant", plant).code == 4
    assert cli("account", "link", "x", "--as", "m.weber", "--url", "x", "--plant", plant).code == 2


def test_one_sets_ones_own_password_and_nobody_elses(typed, plant):
    assert typed(PASSWORD, "account", "password", "p.icker", who="p.icker").code == 0
    with closing(Plant.open(plant)) as opened:
        assert opened.session(opened.sign_in("p.icker", PASSWORD).key)
    assert typed("a red barge waits below", "account", "password", "p.icker").code == 4
    assert typed("password1234", "account", "password", "m.weber").code == 1
    assert typed("", "account", "password", "p.icker", "--drop").code == 0
    with closing(Plant.open(plant)) as opened:
        assert opened.sign_in("p.icker", PASSWORD).code == "sign_in_failed"


def test_a_badge_is_given_with_its_pin_and_taken_back(typed, with_badges):
    assert typed("0123456789", "account", "badge", "p.icker").code == 0
    assert typed("123456", "account", "pin", "p.icker").code == 1
    ended = typed("480213", "account", "pin", "p.icker")
    assert ended.code == 0
    assert "480213" not in ended.out + ended.err
    with closing(Plant.open(with_badges)) as opened:
        assert opened.bearer(opened.sign_in_by_badge("0123456789", "480213").key)
    assert typed("0123456789", "account", "badge", "p.icker", who="p.icker").code == 4
    assert typed("", "account", "badge", "p.icker", "--drop").code == 0
    with closing(Plant.open(with_badges)) as opened:
        assert opened.sign_in_by_badge("0123456789", "480213").code == "sign_in_failed"


def test_without_a_pepper_the_command_says_which_setting_is_missing(typed):
    ended = typed("0123456789", "account", "badge", "p.icker")
    assert ended.code == 1
    assert "badge_pepper" in ended.err


def test_a_locked_account_is_listed_as_such_and_unlocked(cli, plant):
    def account(*words):
        return cli("account", *words, "--as", "m.weber", "--plant", plant)

    assert account("lock", "p.icker", "--reason", "phone lost").code == 0
    rows = {row["person"]: row for row in account("list", "--json").json["accounts"]}
    assert rows["p.icker"]["locked"] is True
    assert "by an administrator" in account("list").out
    assert account("unlock", "p.icker").code == 0
    assert "was not locked" in account("unlock", "p.icker").out
    assert account("lock", "m.weber", "--reason", "a joke").code == 1
    assert cli("account", "list", "--as", "p.icker", "--plant", plant).code == 4


def test_sessions_are_listed_and_ended(cli, plant):
    def account(*words, who="p.icker"):
        return cli("account", *words, "--as", who, "--plant", plant)

    with closing(Plant.open(plant)) as opened:
        keys = [opened.redeem(opened.login_token("p.icker")) for _ in range(3)]
    listed = account("sessions", "p.icker", "--json")
    prefixes = [row["prefix"] for row in listed.json["sessions"]]
    assert sorted(prefixes) == sorted(key.split("_")[1] for key in keys)
    assert not any(key.split("_", 2)[2] in listed.out for key in keys)
    assert account("sessions").code == 4
    assert account("end", prefixes[0]).code == 0
    assert account("end", prefixes[0]).code == 1
    assert account("end", "--of", "p.icker", "--json").json == {"ended": 2}
    assert account("end").code == 2
    assert account("end", prefixes[0], "--of", "p.icker").code == 2


def test_a_key_is_limited_listed_rotated_and_revoked(cli, plant):
    def key(*words, who="m.weber"):
        return cli("key", *words, "--as", who, "--plant", plant)

    made = key("create", "p.icker", "--act", "read", "--site", "KENT", "--json").json
    assert (made["acts"], made["sites"]) == (["read"], ["KENT"])
    assert key("create", "p.icker", "--act", "write").code == 1
    assert key("create", "m.weber", who="p.icker").code == 4
    listed = key("list", "--json")
    assert [row["prefix"] for row in listed.json["keys"]] == [made["prefix"]]
    assert made["key"].split("_", 2)[2] not in listed.out
    assert key("rotate", made["prefix"], "--overlap", "soon").code == 2
    assert key("rotate", made["prefix"], "--overlap", "8d").code == 2
    new = key("rotate", made["key"], "--overlap", "0h", "--json").json
    assert new["replaces"] == made["prefix"]
    with closing(Plant.open(plant)) as opened:
        assert opened.bearer(made["key"]) is None
        assert opened.bearer(new["key"]).scope.acts == {"read"}
    assert key("revoke", new["prefix"]).code == 0
    assert key("revoke", new["prefix"]).code == 1
