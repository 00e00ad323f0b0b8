"""Settings that cannot be used: told in words, with the place, whichever command reads them."""

from __future__ import annotations

import pytest

from chargehand.settings import FILE, SettingsFault, load

WMS = '[targets.wms]\nurl = "http://wms.test"\ntransactions = ["stagign"]\n'


@pytest.fixture
def said(tmp_path):
    """What is said about a text of settings."""

    def said(text):
        (tmp_path / FILE).write_text(text)
        with pytest.raises(SettingsFault) as caught:
            load(tmp_path)
        return str(caught.value)

    return said


@pytest.mark.parametrize(
    ("text", "line", "cure"),
    [
        (WMS, "line 3, targets.wms.transactions", "'stagign' is no transaction; did you mean stag"),
        ('[plant]\n\nenterprize = "x"\n', "line 3, plant.enterprize", "did you mean enterprise?"),
        ("[sever]\nport = 1\n", "line 1, sever", "did you mean server?"),
        ('[run]\nnightly_at = "2am"\n', "line 2, run.nightly_at", 'write it as "02:00"'),
        ("[server]\nport = 70000\n", "line 2, server.port", "less than or equal to 65535"),
        ("[targets.wms]\n", "line 1, targets.wms.url", "is missing"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(said, text, line, cure):
    text = said(text)
    assert line in text
    assert cure in text


def test_a_mistake_in_the_environment_is_told_by_its_variable(said, monkeypatch):
    monkeypatch.setenv("CHARGEHAND__SERVER__HOSST", "x")
    monkeypatch.setenv("CHARGEHAND__SERVER__PORT", "many")
    text = said("[server]\nport = 1\n")
    assert "CHARGEHAND__SERVER__HOSST in the environment: there is no such setting" in text
    assert "CHARGEHAND__SERVER__PORT in the environment" in text
    assert "line" not in text


def test_transactions_of_a_variable_are_divided_by_commas(tmp_path, monkeypatch):
    (tmp_path / FILE).write_text(WMS)
    monkeypatch.setenv("CHARGEHAND__TARGETS__WMS__TRANSACTIONS", "staging, count")
    assert load(tmp_path).targets["wms"].transactions == ("staging", "count")


def test_a_typo_in_the_settings_ends_every_command_in_words_and_the_doctor_shows_it(cli, plant):
    with (plant / FILE).open("a") as settings:
        settings.write(WMS)
    ended = cli("inbox", "--plant", plant)
    assert ended.code == 1
    assert "did you mean staging?" in ended.err
    assert "did you mean staging?" in cli("doctor", "--plant", plant, "--json").out
