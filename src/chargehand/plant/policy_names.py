"""What people are called, and how their identity provider knows them, stands outside the journal.

A policy's text goes into it with tokens for both.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator

from chargehand.storage import personal

_PARTS = re.compile(
    r'''(?P<comment>\#[^\n]*)|(?P<literal>"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}'''
    r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')|(?P<mark>[\[\]{}=\n])""",
    re.DOTALL,
)
_BEFORE_KEY_ENDS = re.compile(r"[ \t]*[=.]")
_VEILED = ("name", "subject")
_SUBJECT = re.compile(rf"""(?m)^([ \t]*(["']?)subject\2\s*=\s*")({personal.TOKEN.pattern})(?=")""")


def with_tokens(text: str, veil: Callable[[str, str], str]) -> str:
    """A policy text with a token for each person's display name and subject, however written.

    ``veil`` makes a token from such a text and the id of its person. A text that is no TOML stays.
    """
    spans = list(_values(text))
    try:
        people = _people(text)
        marked = _people(_replaced(text, {span: str(at) for at, span in enumerate(spans)}))
    except tomllib.TOMLDecodeError:
        return text
    tokens: dict[tuple[int, int], str] = {}
    for person, where in zip(people, marked, strict=True):
        for key in _VEILED:
            said = person.get(key)
            if isinstance(said, str) and said:
                tokens[spans[int(str(where[key]))]] = veil(said, str(person.get("id", "")))
    return _replaced(text, tokens)


def with_names(text: str, sql: personal.Sql) -> str:
    """The text with the names and subjects that its tokens stand for.

    Only what a token proves: an edited row must not let somebody else sign in as a person. A
    subject that is gone is a comment only: no provider knows the person any more.
    """
    names = personal.proven_texts_of(sql, set(personal.tokens_in(text)))
    text = _SUBJECT.sub(lambda found: found[0] if found[3] in names else f"# {found[0]}", text)
    return personal.TOKEN.sub(
        lambda found: json.dumps(names.get(found[0], personal.ERASED), ensure_ascii=False)[1:-1],
        text,
    )


def _people(text: str) -> list[dict[str, object]]:
    people = tomllib.loads(text).get("people", [])
    return [one for one in people if isinstance(one, dict)] if isinstance(people, list) else []


def _values(text: str) -> Iterator[tuple[int, int]]:
    """Where the quoted values of a TOML text stand, quotes included; quoted keys are left out."""
    depth, is_value = 0, False
    for found in _PARTS.finditer(text):
        mark = found["mark"]
        if mark == "=":
            is_value = True
        elif mark == "\n":
            is_value = is_value and depth > 0
        elif mark and is_value:  # before it, brackets are those of a table's header
            depth += 1 if mark in "[{" else -1
        elif found["literal"] and is_value and not _BEFORE_KEY_ENDS.match(text, found.end()):
            yield found.span()


def _replaced(text: str, by_span: dict[tuple[int, int], str]) -> str:
    parts, last = [], 0
    for (start, end), said in sorted(by_span.items()):
        parts += [text[last:start], json.dumps(said)]
        last = end
    return "".join([*parts, text[last:]])
