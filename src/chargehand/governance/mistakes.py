"""Collecting the mistakes of a policy text, each with the line it stands on."""

from __future__ import annotations

import re

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
            path = header[2]
            if header[1] == "[[":
                counts[path] = counts.get(path, 0) + 1
                path = f"{path}[{counts[path]}]"
            lines.setdefault(path, number)
        elif not quoted and (key := _KEY.match(line)):
            lines.setdefault(f"{path}.{key[2]}".lstrip("."), number)
        if (line.count('"""') + line.count("'''")) % 2:
            quoted = not quoted
    return lines


class Mistakes:
    """The mistakes found in a text so far."""

    def __init__(self, text: str) -> None:
        self._lines = lines_of(text)
        self.found: list[PolicyMistake] = []

    def note(self, where: str, what: str, cure: str) -> None:
        """Note a mistake at a path such as ``phases[2].cost_max``."""
        self.found.append(self.told(where, what, cure))

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
