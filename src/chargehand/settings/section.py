"""What every section of the settings has: strict fields, and secrets that are only named."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ConfigDict

REFERENCES = ("env:", "file:")
"""How the name of a secret begins."""


class SettingsFault(Exception):
    """Settings that cannot be used; the message names every mistake."""


class Section(BaseModel):
    """One section: what it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def is_named(secret: str) -> str:
    """Let the name of a secret through, and not the secret itself."""
    if secret and not secret.startswith(REFERENCES):
        raise ValueError("a secret is named, not written: env:NAME or file:/path")
    return secret


def named_secret(reference: str, setting: str) -> str:
    """The secret that ``env:NAME`` or ``file:/path`` names; empty for an empty name.

    Raises ``SettingsFault`` where what is named is not there; the message holds no secret.
    """
    kind, _, place = reference.partition(":")
    if not kind:
        return ""
    try:
        secret = os.environ[place] if kind == "env" else Path(place).read_text(encoding="utf-8")
    except (KeyError, OSError, UnicodeDecodeError) as error:
        reason = "it is not set" if kind == "env" else type(error).__name__
        raise SettingsFault(f"{setting}: {reference} cannot be read ({reason})") from error
    if not (secret := secret.strip()):
        raise SettingsFault(f"{setting}: {reference} is empty: set it, and try again")
    return secret


def near(word: str, known: tuple[str, ...]) -> str:
    """What was probably meant."""
    found = get_close_matches(word.casefold(), known, n=1)
    return f"did you mean {found[0]}?" if found else f"there are {', '.join(known)}"
