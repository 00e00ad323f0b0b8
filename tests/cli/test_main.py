"""Finding commands and the plant, and the exit codes."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib import import_module

import pytest

from chargehand.cli.main import HERE, MENU

COMMANDS = [command for group in MENU.values() for command in group]
HEAVY = ("fastapi", "uvicorn", "numpy", "duckdb", "sqlalchemy", "alembic", "pydantic", "httpx2")


@pytest.mark.parametrize("words", [["version"], ["--version"], ["version", "--json"], ["--help"]])
def test_small_commands_load_nothing_heavy(shell, words):
    script = (
        "import sys; from chargehand.cli.main import run; code = run();"
        f" print(sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    heavy = ["pydantic"] if "--json" in words else []
    ended = shell(*words, script=script)
    assert ended.code == 0
    assert ast.literal_eval(ended.err.strip().splitlines()[-1]) == heavy


def test_version_is_one_document(cli):
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", cli("version", "--json").json["chargehand"])


@pytest.mark.parametrize(("name", "path", "line"), COMMANDS, ids=[c[0] for c in COMMANDS])
def test_the_menu_says_what_the_command_says(name, path, line):
    module, _, attribute = path.partition(":")
    command = getattr(import_module(HERE + module), attribute)
    said = command.help if attribute == "app" else command.__doc__.partition("\n")[0]
    if name not in {"import", "readiness"}:
        assert said.startswith(line.removesuffix("."))
    assert line.endswith(".")


@pytest.mark.parametrize("name", [c[0] for c in COMMANDS])
def test_every_command_explains_itself(cli, name):
    ended = cli(name, "--help")
    assert ended.code == 0
    assert "Usage" in ended.out


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["inbox", "--frobnicate"],
        ["inbox", "--limit", "many"],
        ["show"],
        ["show", "P-1", "P-2"],
        ["audit", "frobnicate"],
        ["\x00"],
        ["decide", "--as-of", "tomorrow"],
    ],
)
def test_garbage_is_a_usage_error_and_says_so(cli, words, plant):
    ended = cli(*words) if words[0] != "decide" else cli(*words, "--plant", plant)
    assert ended.code == 2
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err


def test_a_near_miss_is_named(cli):
    assert "chargehand inbox" in cli("inbx").err


def test_no_plant_is_told_with_the_cure(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = cli("inbox")
    assert ended.code == 1
    assert "chargehand init" in ended.err
    assert "chargehand demo" in ended.err
    assert cli("inbox", "--json").json["fault"]["cure"]


def test_plant_is_found_from_within_by_flag_and_by_environment(cli, plant, monkeypatch, tmp_path):
    inside = plant / "exports" / "deep"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert cli("inbox", "--json").json["rows"]
    monkeypatch.chdir(tmp_path)
    assert cli("inbox", "--json", "--plant", plant).json["rows"]
    monkeypatch.setenv("CHARGEHAND_PLANT", str(plant))
    assert cli("inbox", "--json").json["rows"]


def test_broken_settings_are_named(cli, plant):
    (plant / "chargehand.toml").write_text('[server]\nport = "eight"\n')
    ended = cli("inbox", "--plant", plant)
    assert ended.code == 1
    assert "server.port" in ended.err


def test_a_broken_record_is_told_with_the_cure(cli, plant):
    (plant / "chargehand.db").write_bytes(b"no database at all" * 500)
    ended = cli("inbox", "--plant", plant)
    assert ended.code == 1
    assert "chargehand db restore" in ended.err


def test_a_reader_that_has_seen_enough_is_no_error(plant):
    code = "import sys; from chargehand.cli.main import run; sys.exit(run())"
    writer = subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-c",
            code,
            "audit",
            "log",
            "--limit",
            "3000",
            "-q",
            "--plant",
            plant,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with writer:
        writer.stdout.readline()
        writer.stdout.close()
        assert writer.stderr.read() == ""
    assert writer.returncode == 0


def test_no_color_and_no_talk_in_a_pipe(shell, plant):
    ended = shell("inbox", "--plant", plant, "--quiet")
    assert ended.code == 0
    assert "\x1b" not in ended.out
    assert ended.err == ""


@pytest.mark.parametrize(
    "words",
    [
        ["inbox"],
        ["inbox", "--state", "all"],
        ["show", "P-1"],
        ["decisions"],
        ["refusals"],
        ["stock"],
        ["tasks"],
        ["faults"],
        ["audit", "verify"],
        ["audit", "log"],
        ["replay", "P-1"],
        ["outcomes"],
        ["measure"],
        ["policy", "show"],
        ["decide"],
        ["login"],
    ],
    ids=" ".join,
)
def test_json_is_one_document_and_a_person_gets_a_table(cli, plant, words):
    ended = cli(*words, "--json", "--plant", plant)
    assert ended.code == 0
    json.loads(ended.out)
    shown = cli(*words, "--plant", plant)
    assert shown.code == 0
    assert shown.out.strip()
    assert not shown.out.lstrip().startswith("{")


def test_python_without_assertions_is_refused(tmp_path):
    code = "import sys; from chargehand.cli.main import run; sys.exit(run())"
    done = subprocess.run(
        [sys.executable, "-O", "-P", "-c", code, "inbox"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "-O" in done.stderr


def test_interrupting_ends_with_130(cli, plant, monkeypatch):
    def interrupt(*_words, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("chargehand.cli.inbox.open_plant", interrupt)
    assert cli("inbox", "--plant", plant).code == 130


def test_a_text_from_outside_cannot_steer_the_terminal(cli, plant, tmp_path):
    from chargehand.signals.kinds import MaterialDefined
    from chargehand.signals.signal import Signal
    from chargehand.twin.machines import STAR
    from chargehand.vocabulary.material import MaterialDefinition
    from chargehand.vocabulary.wire import write

    evil = MaterialDefinition(material=STAR, description="\x1b]0;owned\x07 [bold]valve[/bold]")
    file = tmp_path / "evil.jsonl"
    file.write_text(write(Signal(source="erp", key="evil", body=MaterialDefined(definition=evil))))
    cli("signals", "post", file, "--plant", plant)
    shown = cli("stock", "--material", STAR, "--plant", plant).out
    assert "[bold]valve[/bold]" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown
