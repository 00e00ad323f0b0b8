"""What people are called stands outside the journal: a policy's text goes in with tokens for it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable

from chargehand.storage import personal

_SECTION = re.compile(r"\s*\[")
_PERSON = re.compile(r"\s*\[\[\s*people\s*\]\]")
_NAME = re.compile(r"""(\s*name\s*=\s*)("(?:[^"\\]|\\.)*"|'[^']*')(\s*(?:\#.*)?)""")
_ID = re.compile(r"""\s*id\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*(?:\#.*)?""")


def with_tokens(text: str, veil: Callable[[str, str], str]) -> str:
    """A policy text with a token for each person's display name.

    ``veil`` makes a token from a name and the id of its person. Names that are written in another
    way than ``name = "..."`` on a line of their own in a table ``[[people]]`` stay.
    """
    lines = text.split("\n")
    people = [at for at, line in enumerate(lines) if _PERSON.fullmatch(line.split("#")[0].rstrip())]
    for start in people:
        end = next(
            (at for at in range(start + 1, len(lines)) if _SECTION.match(lines[at])), len(lines)
        )
        person = next((_value(found[1]) for line in lines[start:end]
                       if (found := _ID.fullmatch(line))), "")  # fmt: skip
        for at in range(start + 1, end):
            found = _NAME.fullmatch(lines[at])
            if found is not None and (name := _value(found[2])):
                lines[at] = f"{found[1]}{json.dumps(veil(name, person))}{found[3]}"
    return "\n".join(lines)


def with_names(text: str, sql: personal.Sql) -> str:
    """The text with the names that its tokens stand for."""
    names = personal.texts_of(sql, set(personal.tokens_in(text)))
    return personal.TOKEN.sub(
        lambda found: json.dumps(names.get(found[0], personal.ERASED), ensure_ascii=False)[1:-1],
        text,
    )


def _value(literal: str) -> str:
    return str(tomllib.loads(f"x = {literal}")["x"])
