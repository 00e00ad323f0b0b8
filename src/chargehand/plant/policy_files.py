"""Where a plant keeps its policy as files: the text that people edit, and the tests beside it.

What counts is the text that came into force, which is in the record; the files are for working on
the next one.
"""

from __future__ import annotations

from pathlib import Path

POLICY, TESTS = Path("policy", "policy.toml"), Path("policy", "tests.toml")
EARLIER = Path("policy.toml")
"""Where plants of earlier releases have it."""


def policy_file(folder: Path) -> Path:
    """The policy text of a plant's folder."""
    earlier = folder / EARLIER
    return earlier if earlier.is_file() and not (folder / POLICY).is_file() else folder / POLICY


def tests_text(folder: Path) -> str:
    """The policy tests of a plant's folder; empty where there are none."""
    try:
        return (folder / TESTS).read_text("utf-8")
    except FileNotFoundError:
        return ""
