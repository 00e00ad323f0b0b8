"""The story only looks back: the import contracts hold, and each is shown to bite."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.test_tidy import PURE, SOURCE

ROOT = SOURCE.parents[1]
SETTINGS = ROOT / "pyproject.toml"
FRAMEWORKS = frozenset(
    {
        "alembic", "apsw", "cryptography", "cyclopts", "duckdb", "fastapi", "highspy", "httpx",
        "httpx2", "jinja2", "lightgbm", "numba", "numpy", "ortools", "pandas", "polars", "psycopg",
        "pyarrow", "pydantic", "pydantic_settings", "rich", "scipy", "sqlalchemy", "sqlite3",
        "starlette", "statsforecast", "uvicorn",
    }
)  # fmt: skip

LAYERS = "The story only looks back"
DECISIONS = "Decisions do not know each other"
CONNECTORS = "Connectors do not touch the ledger, the decisions or the storage"
ADAPTERS = "Only the plant knows the adapters"
TEST_KIT = "Nothing at work leans on the test kit"
STORY = "The story needs no framework"

BAD = {
    "vocabulary looks up": (LAYERS, {"vocabulary/word.py": "import chargehand.record.fact"}),
    "settings look up": (LAYERS, {"settings.py": "import chargehand.record.fact"}),
    "neighbors": (LAYERS, {"web/page.py": "import chargehand.api.route", "api/route.py": ""}),
    "an unplaced package": (LAYERS, {"utilities/word.py": ""}),
    "one decision asks another": (
        DECISIONS,
        {"decisions/kitting.py": "from chargehand.decisions import putaway"},
    ),
    "a connector posts": (
        CONNECTORS,
        {"connectors/sap.py": "from chargehand.record import ledger"},
    ),
    "a connector decides": (
        CONNECTORS,
        {"connectors/sap.py": "from chargehand.decisions import putaway"},
    ),
    "a page reads a table": (
        ADAPTERS,
        {"web/page.py": "import chargehand.storage.table", "storage/table.py": ""},
    ),
    "a plant of fakes": (TEST_KIT, {"plant/wiring.py": "import chargehand.testing.fakes"}),
    "the record speaks SQL": (STORY, {"record/fact.py": "def f():\n    import sqlalchemy.orm"}),
}
GOOD = {
    "chargehand/vocabulary/word.py": "",
    "chargehand/record/fact.py": "def f():\n    import numpy\n    import chargehand.settings",
    "chargehand/record/ledger.py": "import chargehand.vocabulary.word",
    "chargehand/decisions/decision.py": "import chargehand.record.fact",
    "chargehand/decisions/putaway.py": "import chargehand.decisions.decision",
    "chargehand/decisions/catalogue.py": "import chargehand.decisions.putaway",
    "chargehand/connectors/sap.py": "import chargehand.vocabulary.word",
    "chargehand/storage/table.py": "import sqlalchemy\nimport chargehand.record.ledger",
    "chargehand/plant/wiring.py": "import chargehand.connectors.sap, chargehand.storage.table",
    "chargehand/testing/fakes.py": "import chargehand.connectors.sap",
    "chargehand/settings.py": "import pydantic",
    "sqlalchemy/__init__.py": "",
    "sqlalchemy/orm.py": "",
}


def lint(folder: Path, search: Path) -> subprocess.CompletedProcess[str]:
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    return subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(search), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def lay_out(folder: Path, files: dict[str, str]) -> Path:
    shutil.copy(SETTINGS, folder)
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        (file.parent / "__init__.py").touch()
        if (folder / "chargehand").is_dir():
            (folder / "chargehand/__init__.py").touch()
    return folder


def test_contracts_hold():
    run = lint(ROOT, SOURCE.parent)
    assert run.returncode == 0, run.stdout + run.stderr


def test_contracts_let_a_good_tree_pass(tmp_path):
    run = lint(lay_out(tmp_path, GOOD), tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(("contract", "files"), BAD.values(), ids=BAD)
def test_contract_bites(contract, files, tmp_path):
    bad = {f"chargehand/{name}": text for name, text in files.items()}
    run = lint(lay_out(tmp_path, GOOD | bad), tmp_path)
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"{contract} BROKEN" in run.stdout


def imports_at_top(text: str) -> set[str]:
    """Name the packages that importing a file brings in; what only a type checker reads is not.

    >>> sorted(imports_at_top("class A:\\n from a.b import c\\ndef f(): import d"))
    ['a']
    """
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        waiting.extend(ast.iter_child_nodes(node))
    return found


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("import numpy as np", "def f():\n    import numpy as np"),
        ("from pydantic import BaseModel", "from dataclasses import dataclass"),
        ("class A:\n    import numpy", "if TYPE_CHECKING:\n    import numpy"),
    ],
)
def test_frameworks_at_the_top_are_seen(bad, good):
    assert imports_at_top(bad) & FRAMEWORKS
    assert not imports_at_top(good) & FRAMEWORKS


def test_the_story_loads_no_framework():
    files = [file for package in sorted(PURE) for file in sorted((SOURCE / package).rglob("*.py"))]
    found = {str(f.relative_to(SOURCE)): imports_at_top(f.read_text()) & FRAMEWORKS for f in files}
    assert not {name: packages for name, packages in found.items() if packages}
