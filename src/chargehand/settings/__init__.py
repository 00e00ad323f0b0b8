"""A plant's settings: ``chargehand.toml`` and the environment, read once and checked whole.

Environment variables win over the file: ``CHARGEHAND__SERVER__PORT=9000`` sets ``[server] port``.
Secrets are never written here: they are named as ``env:NAME`` or ``file:/path``.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from chargehand.settings.parts import (
    DatabaseSettings,
    PlantSettings,
    ReconciliationSettings,
    RunSettings,
    ServerSettings,
    TargetSettings,
)
from chargehand.settings.section import Section, SettingsFault, named_secret, near
from chargehand.settings.signing_in import IdentitySettings, OidcSettings
from chargehand.settings.telling import NoticesSettings

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = [
    "DatabaseSettings",
    "IdentitySettings",
    "NoticesSettings",
    "OidcSettings",
    "ReconciliationSettings",
    "Settings",
    "SettingsFault",
    "checked",
    "load",
    "named_secret",
]

FILE = "chargehand.toml"
PREFIX = "CHARGEHAND__"


class Settings(Section):
    """All settings of a plant."""

    identity: IdentitySettings = IdentitySettings()
    oidc: OidcSettings | None = None

    plant: PlantSettings = PlantSettings()
    server: ServerSettings = ServerSettings()
    run: RunSettings = RunSettings()
    database: DatabaseSettings = DatabaseSettings()
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    notices: NoticesSettings = NoticesSettings()
    targets: dict[str, TargetSettings] = Field(default={})


def load(folder: Path) -> Settings:
    """Read a plant's settings; ``SettingsFault`` names every mistake at once."""
    file = folder / FILE
    try:
        text = file.read_text(encoding="utf-8")
        written = tomllib.loads(text)
    except FileNotFoundError as error:
        raise SettingsFault(f"{file} is not there: make a plant with 'chargehand init'") from error
    except OSError as error:
        raise SettingsFault(
            f"{file} cannot be read ({error.strerror}): let this account read it"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsFault(f"{file} is not readable TOML: {error}") from error
    settings = checked(written, text, str(file))
    if isinstance(settings, list):
        raise SettingsFault("settings that cannot be used:\n  " + "\n  ".join(settings))
    return settings


def checked(written: dict[str, Any], text: str, file: str) -> Settings | list[str]:
    """The settings of a file and the environment; every mistake in words where there are any."""
    variables: dict[tuple[str, ...], str] = {}
    mistakes = _add_environment(written, variables)
    if mistakes:
        return mistakes
    try:
        return Settings.model_validate(written)
    except ValidationError as error:
        return [
            f"{_place(fault['loc'], variables, text, file)}: {_words(fault)}"
            for fault in error.errors(include_url=False)
        ]


def _add_environment(written: dict[str, Any], variables: dict[tuple[str, ...], str]) -> list[str]:
    """Lay the variables over the file, and note which came from where; mistakes in their names."""
    mistakes = []
    for name, value in os.environ.items():
        if not name.startswith(PREFIX):
            continue
        path = tuple(name.removeprefix(PREFIX).lower().split("__"))
        part = written
        for step in path[:-1]:
            below = part.setdefault(step, {})
            if not isinstance(below, dict):
                mistakes.append(f"{name} in the environment: {step} is a value, not a section")
                break
            part = below
        else:
            part[path[-1]] = _listed(path, value)
            variables[path] = name
    return mistakes


def _listed(path: tuple[str, ...], value: str) -> str | list[str]:
    """Transactions are a list in the file, and divided by commas in a variable."""
    if path[-1] == "transactions":
        return [bare for part in value.strip("[] ").split(",") if (bare := part.strip(" \"'"))]
    return value


def _place(
    loc: tuple[int | str, ...], variables: dict[tuple[str, ...], str], text: str, file: str
) -> str:
    """Where a setting was written: its variable, or the file with the line."""
    path = tuple(str(part) for part in loc if not isinstance(part, int))
    dotted = ".".join(path)
    for known, name in variables.items():
        if known[: len(path)] == path or path[: len(known)] == known:
            return f"{name} in the environment"
    line = _line_of(path, text) or _line_of(path[:-1], text)
    return f"{file}, line {line}, {dotted}" if line else f"{file}, {dotted}"


def _line_of(path: tuple[str, ...], text: str) -> int | None:
    """The line of a setting in its section, or of the section's head; None where neither is."""
    section, head = "", None
    for number, line in enumerate(text.splitlines(), start=1):
        if match := re.match(r"\s*\[\s*([^\]]+?)\s*\]", line):
            section = match[1].replace('"', "")
            head = number if section == ".".join(path) else head
        elif (match := re.match(r'\s*"?([\w-]+)"?\s*=', line)) and (
            (f"{section}.{match[1]}" if section else match[1]) == ".".join(path)
        ):
            return number
    return head


def _words(fault: ErrorDetails) -> str:
    """One mistake in plain words, with what to write."""
    loc, kind = fault["loc"], fault["type"]
    if kind == "extra_forbidden":
        known = _keys_of(loc[:-1])
        return f"there is no such setting; {near(str(loc[-1]), known)}"
    if kind == "missing":
        return "is missing: write it"
    if loc[:2] == ("run", "nightly_at"):
        return f'{fault["input"]} is not a time of day: write it as "02:00"'
    message = fault["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:].replace("Input should", "it should")
    if message.startswith("input should"):
        message = message.replace("input should", f"{fault['input']!r} is wrong: it should")
    return message


def _keys_of(path: tuple[int | str, ...]) -> tuple[str, ...]:
    if not path:
        return tuple(Settings.model_fields)
    parts: dict[str, type[Section]] = {
        "plant": PlantSettings, "server": ServerSettings, "run": RunSettings,
        "database": DatabaseSettings, "reconciliation": ReconciliationSettings,
        "targets": TargetSettings, "identity": IdentitySettings, "oidc": OidcSettings,
    }  # fmt: skip
    part = parts.get(str(path[0]))
    return tuple(part.model_fields) if part else ()
