"""A connector maps and does nothing else: it knows signals, orders and words, and no record."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.test_tidy import SOURCE

KNOWN = ("connectors", "execution.order", "settings", "signals", "vocabulary")
FILES = sorted((SOURCE / "connectors").rglob("*.py"))


def strange_imports(text: str) -> Iterator[str]:
    """Name what a connector may not know of our own, wherever in the file it is imported."""
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            package, _, place = name.partition(".")
            if package == "chargehand" and not f"{place}.".startswith(
                tuple(f"{known}." for known in KNOWN)
            ):
                yield name


@pytest.mark.parametrize(
    "bad",
    [
        "from chargehand.record.books import Supply",
        "import chargehand.storage.store",
        "def f():\n    from chargehand import decisions",
        "from chargehand.execution import confirmation",
        "from chargehand.governance.policy import rule",
    ],
)
def test_what_a_connector_may_not_know_is_seen(bad):
    assert list(strange_imports(bad))


def test_what_a_connector_may_know_passes():
    good = "import json\nfrom chargehand.signals import kinds\n"
    good += "from chargehand.execution.order import Order\nimport chargehand.vocabulary.wire"
    assert not list(strange_imports(good))


def test_no_connector_knows_the_record():
    found = {file.name: list(strange_imports(file.read_text())) for file in FILES}
    assert found
    assert not {name: names for name, names in found.items() if names}
