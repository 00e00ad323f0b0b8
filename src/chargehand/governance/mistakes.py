"""Collecting the mistakes of a policy text, each with the line it stands on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from chargehand.governance.terms import PolicyMistake

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"""\s*(["']?)([\w-]+)\1\s*=""")


def lines_of(text: str) -> dict[str, int]:
    """The line of every table and key, by its path such as ``phases[2].cost_max``."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    path, quoted = "", False
    for number, line in enumerate(text.splitlines(), start=1):
        if not quoted and (header := _HEADER.match(line)):
            path = _within(header[2], counts)
            if header[1] == "[[":
                counts[path] = counts.get(path, 0) + 1
                path = f"{path}[{counts[path]}]"
            lines.setdefault(path, number)
        elif not quoted and (key := _KEY.match(line)):
            lines.setdefault(f"{path}.{key[2]}".lstrip("."), number)
        if (line.count('"""') + line.count("'''")) % 2:
            quoted = not quoted
    return lines


def _within(name: str, counts: Mapping[str, int]) -> str:
    """The path of a table inside the last ones of the lists that hold it."""
    *outer, last = name.split(".")
    path = ""
    for part in outer:
        path = f"{path}.{part}".lstrip(".")
        path = f"{path}[{counts[path]}]" if path in counts else path
    return f"{path}.{last}".lstrip(".")


class Mistakes:
    """The mistakes found in a text so far."""

    def __init__(self, text: str) -> None:
        self._text = text.splitlines()
        self._lines = lines_of(text)
        self.found: list[PolicyMistake] = []

    def note(self, where: str, what: str, cure: str) -> None:
        """Note a mistake at a path such as ``phases[2].cost_max``."""
        self.found.append(self.told(where, what, cure))

    def told_within(self, where: str, line: int | None, what: str, cure: str) -> PolicyMistake:
        """A mistake on a line (from 1) of the text that stands at a path; None: of all of it."""
        told = self.told(where, what, cure)
        first = self._lines.get(where)
        if line is None or first is None:
            return told
        # A line break right behind the opening quotes is no part of the text.
        is_below = self._text[first - 1].endswith(('"""', "'''"))
        return replace(told, line=min(first + is_below + line - 1, len(self._text)))

    def told(self, where: str, what: str, cure: str) -> PolicyMistake:
        """A mistake with the line of its key, or of the nearest table around it."""
        path = where
        while path and path not in self._lines:
            path = path.rpartition(".")[0]
        return PolicyMistake(line=self._lines.get(path), where=where, what=what, cure=cure)

    def tables(self) -> frozenset[str]:
        """The tables in which there are mistakes, such as ``phases[2]``."""
        return frozenset(mistake.where.partition(".")[0] for mistake in self.found)

    def in_order(self) -> tuple[PolicyMistake, ...]:
        """Every mistake, in the order of the text."""
        return tuple(sorted(self.found, key=lambda m: (m.line or 0, m.where, m.what)))
