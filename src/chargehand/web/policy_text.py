"""A policy text for reading: its lines with anchors for their clauses, and how two texts differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_TABLES = re.compile(r"^\s*\[\[\s*([\w.]+)\s*\]\]")
_TABLE = re.compile(r"^\s*\[\s*([\w.]+)\s*\]")
_KEY = re.compile(r"^\s*([\w-]+)\s*=")
_PART = re.compile(r"[^a-z0-9_]+")
CONTEXT = 3
"""Lines shown around each difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """One line of a policy text."""

    number: int
    text: str
    anchor: str = ""
    """What an address names it by; empty where no clause begins here."""
    heads: str = ""
    """The section that begins here, such as ``phases``; empty elsewhere."""
    kind: str = ""
    """``comment``, ``table`` or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One line of the difference of two texts."""

    sign: str
    """``+``, ``-``, a space, or ``@`` where lines are left out."""
    text: str
    before: int | None = None
    after: int | None = None


def anchor(clause: str) -> str:
    """Name a clause in an address.

    >>> anchor("phases[2].cost_max"), anchor("grants")
    ('phases-2-cost_max', 'grants')
    """
    return _PART.sub("-", clause.lower()).strip("-")


def is_clause(clause: str) -> bool:
    """Whether a clause stands in the text: not those that hold where it says nothing.

    >>> is_clause("approvals[1].roster"), is_clause("phases (default)"), is_clause("stop")
    (True, False, False)
    """
    head = re.match(r"[a-z_]+", clause)
    return bool(head) and "(" not in clause and head[0] in SECTIONS  # type: ignore[index]


SECTIONS = (
    "administration", "people", "grants", "phases", "approvals", "breakers", "holds", "access",
    "areas", "clauses", "delegations", "owners", "rosters", "promotions", "reviews", "probes",
    "attention",
)  # fmt: skip
"""Tables of a policy text, by the first word of the clauses that they make."""


def numbered(text: str) -> tuple[TextLine, ...]:
    """The lines of a text; each clause and key of one has an anchor.

    The first table of a kind has the anchor of the kind too: the clause ``grants`` means them all.
    """
    return tuple(_lines(text))


def _lines(text: str) -> Iterator[TextLine]:
    counted: dict[str, int] = {}
    where, seen = "", set()
    for number, line in enumerate(text.splitlines(), start=1):
        name, heads = "", ""
        if found := _TABLES.match(line):
            table = found[1]
            counted[table] = counted.get(table, 0) + 1
            where = name = f"{table}[{counted[table]}]"
            heads = table if counted[table] == 1 and "." not in table else ""
        elif found := _TABLE.match(line):
            where = name = heads = found[1]
        elif found := _KEY.match(line):
            name = f"{where}.{found[1]}" if where else found[1]
        comment = line.lstrip().startswith("#")
        made = anchor(name) if name else ""
        yield TextLine(
            number=number, text=line, anchor=made if made not in seen else "", heads=heads,
            kind="comment" if comment else "table" if heads or line.startswith("[") else "",
        )  # fmt: skip
        seen.add(made)


def difference(before: str, after: str) -> tuple[DiffLine, ...]:
    """What one text says that the other does not, with a few lines around each place."""
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    lines: list[DiffLine] = []
    for group in matcher.get_grouped_opcodes(CONTEXT):
        if lines or group[0][1] > 0:
            lines.append(DiffLine(sign="@", text=f"line {group[0][3] + 1}"))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                lines += [
                    DiffLine(
                        sign=" ", text=old[at], before=at + 1, after=new_from + at - old_from + 1
                    )
                    for at in range(old_from, old_to)
                ]
                continue
            lines += [
                DiffLine(sign="-", text=old[at], before=at + 1) for at in range(old_from, old_to)
            ]
            lines += [
                DiffLine(sign="+", text=new[at], after=at + 1) for at in range(new_from, new_to)
            ]
    return tuple(lines)
