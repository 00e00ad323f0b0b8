"""The house rules that no linter knows, each with a line that breaks it and one that keeps it.

A rule takes the text of a file and yields complaints. The bad samples are put together from
fragments, so that this file keeps the rules it states.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILE_LINES_MAX = 300
DECISION_LINES_MAX = 250
FUNCTION_LINES_MAX = 50

IMPURE_CALLS = re.compile(
    r"""^(
        (datetime\.)?datetime\.(now|utcnow|today) | (datetime\.)?date\.today
      | time\.(time|localtime|gmtime|strftime)
      | (time\.)?(perf_counter|monotonic|sleep|(time|monotonic|perf_counter)_ns)
      | random\.(?!Random$)\w+ | secrets\.\w+ | os\.\w+ | uuid\.uuid[14] | uuid[14]
      | open | io\.open | print | input | breakpoint
      | sys\.std(in|out|err)\.\w+
      | .*\.(read_text|write_text|read_bytes|write_bytes|mkdir|unlink|iterdir|rglob)
    )$""",
    re.VERBOSE,
)
IMPURE_MODULES = frozenset(
    {
        "asyncio", "ftplib", "http", "multiprocessing", "requests", "select", "selectors",
        "shutil", "smtplib", "socket", "ssl", "subprocess", "tempfile", "threading",
        "urllib.request",
    }
)  # fmt: skip
BANNED_WORDS = frozenset({"data", "manager", "util", "utils", "helper", "helpers", "enhanced"})
STANDARD_TERMS = re.compile(r"DataMatrix|data_matrix|DataFrame")
"""Terms of outside standards and libraries that hold a banned word."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule, shown to tell a bad text from a good one."""

    complaints: Callable[[str], Iterator[str]]
    bad: str
    good: str


def banned_calls(text: str) -> Iterator[str]:
    """Clock, chance, files and the screen are arguments of a pure function, never reached for."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if IMPURE_CALLS.match(name):
                yield f"line {node.lineno}: {name}() in a pure package"
            if name.endswith("default_rng") and not (node.args or node.keywords):
                yield f"line {node.lineno}: {name}() without a seed"


def banned_imports(text: str) -> Iterator[str]:
    """No network, thread or process in a pure package."""
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name in IMPURE_MODULES or name.partition(".")[0] in IMPURE_MODULES:
                yield f"line {node.lineno}: import of {name} in a pure package"


def long_file(text: str) -> Iterator[str]:
    """A file is read in one sitting."""
    if (lines := text.count("\n")) > FILE_LINES_MAX:
        yield f"{lines} lines, more than {FILE_LINES_MAX}"


def long_decision(text: str) -> Iterator[str]:
    """A decision is read in half a sitting."""
    if (lines := text.count("\n")) > DECISION_LINES_MAX:
        yield f"{lines} lines, more than {DECISION_LINES_MAX}"


def long_function(text: str) -> Iterator[str]:
    """A function is seen at one glance."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"line {node.lineno}: {node.name} has {lines} lines"


def missing_docstring(text: str) -> Iterator[str]:
    """A file, and what it offers, says in one line what it is for."""
    tree = ast.parse(text)
    first = (ast.get_docstring(tree) or "").partition("\n\n")[0]
    if not first.endswith((".", "?", ":")):
        yield "say in one sentence what this file is for"
    offered = [*tree.body, *(n for c in tree.body if isinstance(c, ast.ClassDef) for n in c.body)]
    for node in offered:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            public = not node.name.startswith("_")
            if public and not is_excused(node) and not ast.get_docstring(node):
                yield f"line {node.lineno}: {node.name} has no docstring"


def is_excused(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Overloads, setters and overriding methods are described elsewhere."""
    names = {ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list}
    return bool(names & {"overload", "override", "setter"})


def words_of(name: str) -> set[str]:
    """Split snake_case and CamelCase into words.

    >>> sorted(words_of("StockManager_v2"))
    ['manager', 'stock', 'v2']
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return {word.lower() for word in spaced.split("_") if word}


def vague_name(text: str) -> Iterator[str]:
    """A name says what the thing is; these words say nothing."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            words = words_of(STANDARD_TERMS.sub("", node.name))
            if words & BANNED_WORDS or re.search(r"_v\d+$", node.name):
                yield f"line {node.lineno}: {node.name} is a vague name"


def vague_file_name(stem: str) -> Iterator[str]:
    """As for names, and a file is no `process` either: what is done in it, or to what?"""
    words = words_of(STANDARD_TERMS.sub("", stem))
    if words & (BANNED_WORDS | {"process", "info", "misc"}) or re.search(r"_v\d+$", stem):
        yield f"{stem} is a vague file name"


def broad_except(text: str) -> Iterator[str]:
    """Catch what is expected; a guard around foreign code says why on its line."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "BaseException"
            excuse = re.search(r"noqa: BLE001 - \w+", lines[node.lineno - 1])
            if re.search(r"\b(Base)?Exception\b", caught) and not excuse:
                yield f"line {node.lineno}: catches everything"


def unfinished(text: str) -> Iterator[str]:
    """What is not done is an issue, not a comment."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b", line):
            yield f"line {number}: unfinished business"


def mocking(text: str) -> Iterator[str]:
    """Fakes are plain Python; a mock agrees with every mistake."""
    for node in ast.walk(ast.parse(text)):
        imported = isinstance(node, ast.Import | ast.ImportFrom) and ast.unparse(node)
        if imported and re.search(r"\b(unittest\.mock|mock|pytest_mock)\b", imported):
            yield f"line {node.lineno}: a mocking library"
        if isinstance(node, ast.arg) and node.arg == "mocker":
            yield f"line {node.lineno}: a mocking library"


def sleeping(text: str) -> Iterator[str]:
    """A test waits for an event, never for a while."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "sleep":
            yield f"line {node.lineno}: sleeps"


def registry_address(text: str) -> Iterator[str]:
    """Each machine has its own way to packages; no file of ours names one."""
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com"]
    options = [r"--(extra-|default-)?index-url\b", r"--find-links\b", "file:/" + "//"]
    pattern = re.compile(
        "|".join([*map(re.escape, hosts), *(rf"(?:^|\s|=|@){o}" for o in options)])
    )
    for number, line in enumerate(text.splitlines(), 1):
        if match := pattern.search(line):
            yield f"line {number}: {match[0].strip()}"


EVERYWHERE = {
    "nothing unfinished": Rule(
        complaints=unfinished, bad="x = 1  # TO" + "DO: later", good="x = 1  # todos are issues"
    ),
    "no registry": Rule(
        complaints=registry_address,
        bad="--index" + "-url https://py" + "pi.org/simple",
        good="uv pip compile --no-emit-index-url",
    ),
}
OURS = {
    "short file": Rule(complaints=long_file, bad="x = 1\n" * 301, good="x = 1\n" * 300),
    "short function": Rule(
        complaints=long_function,
        bad="def f():\n" + "    x = 1\n" * 50,
        good="def f():\n" + "    x = 1\n" * 49,
    ),
    "says what for": Rule(
        complaints=missing_docstring,
        bad='"""Stock."""\ndef count(): ...',
        good='"""Stock."""\ndef count():\n    """Count it."""\ndef _add(): ...',
    ),
    "telling names": Rule(
        complaints=vague_name, bad="class StockDataManager: ...", good="def metadata(): ..."
    ),
    "no broad except": Rule(
        complaints=broad_except,
        bad="try: f()\nexcept (KeyError, Exception): ...",
        good="try: f()\nexcept KeyError: ...\nexcept Exception: ...  # noqa: BLE001 - a plug-in",
    ),
}
PURE = {
    "no clock, chance, file, screen": Rule(
        complaints=banned_calls, bad="t = datetime.now()", good="t = question.as_of"
    ),
    "no wall time": Rule(complaints=banned_calls, bad="time.time()", good="part.lead_time.days()"),
    "no chance": Rule(complaints=banned_calls, bad="random.random()", good="rng.random()"),
    "no chance from numpy": Rule(
        complaints=banned_calls, bad="np.random.default_rng()", good="np.random.default_rng(seed)"
    ),
    "no files": Rule(complaints=banned_calls, bad="open('a')", good="source.read()"),
    "no paths": Rule(complaints=banned_calls, bad="Path('a').read_text()", good="Path('a').stem"),
    "no printing": Rule(complaints=banned_calls, bad="print(x)", good="report(x)"),
    "no network": Rule(complaints=banned_imports, bad="import socket", good="import math"),
    "no threads": Rule(
        complaints=banned_imports,
        bad="def f():\n    from threading import Lock",
        good="from urllib.parse import quote",
    ),
}
DECISIONS = {
    "short decision": Rule(complaints=long_decision, bad="x = 1\n" * 251, good="x = 1\n" * 250)
}
TESTS = {
    "no mocks": Rule(
        complaints=mocking, bad="from unittest import mock", good="from tests.fakes import FakeErp"
    ),
    "no mocker": Rule(complaints=mocking, bad="def test(mocker): ...", good="def test(erp): ..."),
    "no sleep": Rule(complaints=sleeping, bad="time.sleep(1)", good="event.wait(timeout=1)"),
}
FILE_NAMES = {
    "telling file names": Rule(complaints=vague_file_name, bad="process_orders", good="orders"),
    "no versions in file names": Rule(complaints=vague_file_name, bad="stock_v2", good="stock"),
}
ALL = EVERYWHERE | OURS | PURE | DECISIONS | TESTS | FILE_NAMES
