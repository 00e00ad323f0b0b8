"""Texts that people wrote, kept beside the journal, which holds a token of each: to be erased.

A token is a hash over the text and a salt of its own. While both are kept, the token proves the
text; without them nobody can guess it, and every entry that holds the token stays what it was.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from typing import Any, Final, TypeVar

from chargehand.storage.session import NO_SIGN, Result, Row

T = TypeVar("T")
Sql = Callable[..., Result]

MARK: Final = "personal:"
"""How a token begins."""
TOKEN: Final = re.compile(MARK + r"[0-9a-f]{64}")
ERASED: Final = "(erased)"
"""What is shown where a text was."""
SALT_BYTES: Final = 16
ASKED_MAX: Final = 400
"""Tokens that are looked up by one statement."""


def token_of(salt: str, text: str) -> str:
    """The token of a text under a salt (hexadecimal)."""
    return MARK + sha256(bytes.fromhex(salt) + text.encode()).hexdigest()


def keep(sql: Sql, text: str, person: str, at: str) -> str:
    """Keep a text of a person and return its token."""
    text = text.replace("\0", NO_SIGN)
    salt = secrets.token_hex(SALT_BYTES)
    token = token_of(salt, text)
    sql(
        "INSERT INTO personal (token, salt, text, person, recorded_at) VALUES (?, ?, ?, ?, ?)",
        (token, salt, text, person, at),
    )
    return token


def shown(sql: Sql, value: T) -> T:
    """A value with the texts that its tokens stand for, at any depth; what was erased says so."""
    asked = set(tokens_in(value))
    if not asked:
        return value
    told: T = _told(value, texts_of(sql, asked))
    return told


def texts_of(sql: Sql, tokens: Iterable[str]) -> dict[str, str]:
    """The texts of tokens; those that were erased are left out."""
    return {row["token"]: row["text"] for row in _rows(sql, tokens)}


def proven_texts_of(sql: Sql, tokens: Iterable[str]) -> dict[str, str]:
    """The texts of tokens that these prove: what was edited is left out as if it were erased."""
    return {row["token"]: row["text"] for row in _rows(sql, tokens) if is_proven(row)}


def is_proven(row: Row) -> bool:
    """Whether a row holds the text that its token stands for."""
    try:
        return token_of(row["salt"], row["text"]) == str(row["token"])
    except (ValueError, TypeError):
        return False


def _rows(sql: Sql, tokens: Iterable[str]) -> Iterator[Row]:
    asked = sorted(tokens)
    for start in range(0, len(asked), ASKED_MAX):
        some = asked[start : start + ASKED_MAX]
        marks = ", ".join("?" * len(some))
        found = sql(f"SELECT token, salt, text FROM personal WHERE token IN ({marks})", some)
        yield from found.fetchall()


def tokens_in(value: object) -> Iterator[str]:
    """The tokens in a value, at any depth."""
    if isinstance(value, str):
        if MARK in value:
            yield from TOKEN.findall(value)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from tokens_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from tokens_in(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from tokens_in(getattr(value, field.name))


def _told(value: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        if MARK not in value:
            return value
        return TOKEN.sub(lambda match: texts.get(match[0], ERASED), value)
    if isinstance(value, Mapping):
        return {name: _told(one, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [_told(one, texts) for one in value]
    if isinstance(value, tuple):
        return tuple(_told(one, texts) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for field in fields(value):
            before = getattr(value, field.name)
            after = _told(before, texts)
            if after != before:
                changed[field.name] = after
        return replace(value, **changed) if changed else value
    return value
