"""No clock, chance, file or environment reaches a pure package, under whatever name it comes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.test_tidy import PURE, SOURCE

IMPURE = re.compile(
    r"""^(
        datetime\.datetime\.(now|utcnow|today) | datetime\.date\.today
      | time\.\w+ | secrets\.\w+ | uuid\.uuid[14]
      | random\.(?!Random\b)\w+
      | numpy\.random\.(?!default_rng\b|Generator\b)\w+
      | os\.(?!path\b|PathLike\b)\w+ | sys\.(stdin|stdout|stderr|argv)
      | pathlib\.Path\.(cwd|home)
    )\b""",
    re.VERBOSE,
)
BUILT_IN = frozenset({"open", "print", "input", "breakpoint", "hash"})
"""``hash`` of a text differs from process to process: what is sorted by it cannot be replayed."""
TREE = [file for package in sorted(PURE) for file in sorted((SOURCE / package).rglob("*.py"))]


def meanings(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for, such as ``dt`` for ``datetime``."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                found[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def impure(text: str) -> Iterator[str]:
    """Name every use of the outside world, called or only handed on."""
    tree = ast.parse(text)
    known = meanings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, dot, rest = ast.unparse(node).partition(".")
            name = known.get(first, "") + dot + rest
            if IMPURE.match(name):
                yield f"line {node.lineno}: {name}"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in BUILT_IN or called.endswith(".open"):
                yield f"line {node.lineno}: {called}()"


@pytest.mark.parametrize(
    "bad",
    [
        "import datetime as dt\nx = dt.datetime.now(dt.UTC)",
        "import datetime\nx = datetime.date.today()",
        "from datetime import datetime\nx = field(default_factory=datetime.now)",
        "from time import time as moment\nx = moment()",
        "from random import shuffle\nshuffle(x)",
        "import numpy as np\nx = np.random.normal()",
        "import os\nx = os.environ['SITE']",
        "from pathlib import Path\nx = Path('rates').open()",
        "x = sorted(y, key=lambda one: hash(one))",
    ],
)
def test_the_outside_world_is_seen_under_any_name(bad):
    assert list(impure(bad))


@pytest.mark.parametrize(
    "good",
    [
        "from datetime import datetime\nx = datetime(2026, 1, 1)",
        "import random\nx = random.Random(7).random()",
        "import numpy as np\nx = np.random.default_rng(7).normal()",
        "def now() -> datetime: ...\nx = now()",
    ],
)
def test_what_is_given_is_no_outside_world(good):
    assert not list(impure(good))


def test_the_story_touches_no_outside_world():
    found = {str(file.relative_to(SOURCE)): list(impure(file.read_text())) for file in TREE}
    assert found
    assert not {name: uses for name, uses in found.items() if uses}
