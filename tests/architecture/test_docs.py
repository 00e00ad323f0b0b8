"""The documents are true: links lead somewhere, commands exist, examples come out as printed."""

from __future__ import annotations

import os
import re
import shlex
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from chargehand import decisions
from chargehand.cli.main import PURPOSES, build, run

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")])
README = ROOT / "README.md"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
FENCED = re.compile(r"```.*?```", re.DOTALL)
FILE = re.compile(r"`([a-z_]+(?:/[a-z_]+)*\.py)`")
INLINE = re.compile(r"`(chargehand(?: [^`]+)?)`")
CHANGING = re.compile(
    r"\d{4}-\d\d-\d\d|\d\d:\d\d|\b[0-9a-f]{64}\b|in \d+\.\d s|\d+ entries|[\s│─]+"
)


def name_of(page):
    return str(page.relative_to(ROOT))


def anchors(page):
    """The anchors of a page's headings, as the usual renderers make them."""
    text = FENCED.sub("", page.read_text("utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page):
    for link in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        place, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / place) if place else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    assert not list(broken(page))


def test_a_broken_link_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](gone.md) [b](#here) [c](#there) [d](https://a.example)\n")
    assert list(broken(page)) == ["gone.md", "#there"]


@pytest.mark.parametrize("page", [p for p in PAGES if "how-to" not in p.parts], ids=name_of)
def test_named_files_are_there(page):
    named = set(FILE.findall(FENCED.sub("", page.read_text("utf-8"))))
    roots = (ROOT, ROOT / "src/chargehand")
    assert not {file for file in named if not any((root / file).is_file() for root in roots)}


def commands(text):
    """Every call of the command line in a page's console blocks and code spans."""
    for block in CONSOLE.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                yield from re.findall(r"(?:^\$ |[;&|(] *|do )(chargehand [^;&|)]*)", line)
    yield from INLINE.findall(FENCED.sub("", text))


def unknown(call):
    """What a call names that the command line does not have; empty where it has all of it."""
    words = re.sub(r"[<\[].*|'.*?'|\".*?\"", "", call).split()[1:]
    if not words or words[0].startswith("-"):
        return ""
    if words[0] not in PURPOSES:
        return words[0]
    command = build(words[0])[words[0]]
    below = {name for name in command if not name.startswith("-")}
    if below and len(words) > 1:
        if words[1] not in below:
            return words[1]
        command = command[words[1]]
    elif below:
        return ""
    known = {name for one in command.assemble_argument_collection() for name in one.names}
    known |= {"--help", "-h"}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    return " ".join(sorted(given - known))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist(page):
    found = {call: unknown(call) for call in commands(page.read_text("utf-8"))}
    assert not {call: word for call, word in found.items() if word}


@pytest.mark.parametrize(
    "call", ["chargehand aprove P-1", "chargehand policy make", "chargehand decide --loud"]
)
def test_a_command_that_does_not_exist_is_seen(call):
    assert list(commands(f"```console\n$ {call}\n```")) == [call]
    assert unknown(call)
    assert not unknown("chargehand policy check FILE")


def settled(text):
    """A line without what differs from run to run."""
    return CHANGING.sub(" ", text).strip()


def steps(block):
    """Each command of a console block, with the lines that are printed below it."""
    for part in block.split("$ ")[1:]:
        command, _, printed = part.partition("\n")
        loop = re.fullmatch(r"for kind in (.*); do (.*); done", command)
        kinds = loop[1].split() if loop else [""]
        calls = [(loop[2] if loop else command).replace("$kind", kind) for kind in kinds]
        yield calls, [settled(line) for line in printed.splitlines() if line.strip()]


def test_example_of_the_readme_comes_out_as_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (block,) = CONSOLE.findall(README.read_text("utf-8"))
    for calls, expected in steps(block):
        printed = []
        for call in calls:
            words = shlex.split(call)
            if words[0] == "export":
                name, _, value = words[1].partition("=")
                monkeypatch.setenv(name, value)
                continue
            code = run(words[1:])
            said = capsys.readouterr()
            assert code == 0, said
            printed += [settled(line) for line in (said.out + said.err).splitlines()]
        rest = iter(printed)
        missing = [line for line in expected if line not in rest]
        assert not missing, (calls, printed)
    assert os.environ["CHARGEHAND_PLANT"] == "hall1"


def test_decision_of_the_guide_passes_its_test(tmp_path, monkeypatch):
    page = (ROOT / "docs/how-to/first-decision.md").read_text("utf-8")
    decision, test = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    loaded = {}
    for name, code in {
        "chargehand.decisions.face_count": decision,
        "test_face_count": test,
    }.items():
        file = tmp_path / f"{name.rpartition('.')[2]}.py"
        file.write_text(code)
        spec = spec_from_file_location(name, file)
        loaded[name] = module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, loaded[name])
        monkeypatch.setattr(decisions, name.rpartition(".")[2], loaded[name], raising=False)
        spec.loader.exec_module(loaded[name])
    cases = [case for name, case in vars(loaded["test_face_count"]).items() if "test_" in name]
    assert len(cases) == 2
    for case in cases:
        case()
