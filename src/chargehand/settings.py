"""A plant's settings: ``chargehand.toml`` and the environment, read once and checked whole.

Environment variables win over the file: ``CHARGEHAND__SERVER__PORT=9000`` sets ``[server] port``.
Secrets are never written here: they are named as ``env:NAME`` or ``file:/path``.
"""

from __future__ import annotations

import os
import re
import tomllib
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from chargehand.vocabulary.work import TransactionType

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FILE = "chargehand.toml"
PREFIX = "CHARGEHAND__"
ADDRESSES = ("postgresql://", "postgres://")
TRANSACTIONS = tuple(str(one) for one in TransactionType)


class SettingsFault(Exception):
    """Settings that cannot be used; the message names every mistake."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlantSettings(_Part):
    """What this installation is."""

    enterprise: str = "Plant"
    person: str = ""
    """For whom the command line acts where ``--as`` is not given."""
    simulation: bool = False


class ServerSettings(_Part):
    """Where the console and the API listen."""

    host: str = "127.0.0.1"
    port: int = Field(default=8470, ge=0, le=65535)
    root_path: str = ""


class RunSettings(_Part):
    """When the plant acts by itself."""

    nightly_at: str = Field(default="02:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """Time of the nightly hearing (UTC)."""
    checkpoint_minutes: int = Field(default=10, ge=1, le=1440)
    """Minutes between signed checkpoints, while there is anything new."""


class DatabaseSettings(_Part):
    """Where the record is kept."""

    url: str = ""
    """``env:NAME`` or ``file:/path`` of the address of a PostgreSQL database, or the address itself
    where it holds no password; empty: a file in the plant's folder."""

    @field_validator("url")
    @classmethod
    def _holds_no_secret(cls, url: str) -> str:
        if not url or url.startswith(("env:", "file:")):
            return url
        if not url.startswith(ADDRESSES):
            raise ValueError(
                "it should be env:NAME, file:/path, or an address that begins with postgresql://"
            )
        if ":" in url.split("//", 1)[-1].rpartition("@")[0] or "password=" in url:
            raise ValueError("a secret is named, not written: env:NAME or file:/path")
        return url

    def address(self) -> str | None:
        """The address itself; None where a file in the plant's folder is meant.

        Raises ``SettingsFault`` where what is named is not there.
        """
        kind, _, place = self.url.partition(":")
        if kind == "env":
            text = os.environ.get(place, "")
        elif kind == "file":
            try:
                text = Path(place).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsFault(f"[database] url: {place} cannot be read ({error})") from error
        else:
            return self.url or None
        address = text.strip()
        if not address.startswith(ADDRESSES):
            has = "holds no address that begins with postgresql://" if address else "is empty"
            raise SettingsFault(f"[database] url: {self.url} {has}: set it, and try again")
        return address


class ReconciliationSettings(_Part):
    """Which differences from other systems' lists are too small to count for.

    Worth of the unexplained difference of one line (money of the material's currency), by the
    material's class: A makes up the first 80 % of a year's use, B up to 95 %, C the rest.
    """

    tolerance_a: Decimal = Field(default=Decimal(0), ge=0)
    """Of class A (money)."""
    tolerance_b: Decimal = Field(default=Decimal(20), ge=0)
    """Of class B (money)."""
    tolerance_c: Decimal = Field(default=Decimal(50), ge=0)
    """Of class C (money)."""

    def of(self, abc: str) -> Decimal:
        """The tolerance of a class."""
        by_class = {"A": self.tolerance_a, "B": self.tolerance_b, "C": self.tolerance_c}
        return by_class[abc]


class TargetSettings(_Part):
    """One outside system that carries out orders."""

    kind: Literal["rest"] = "rest"
    url: str
    token: str = ""
    """``env:NAME`` or ``file:/path``."""
    transactions: tuple[str, ...]
    read_back_path: str = "?idempotencyKey={key}"
    """Appended to ``url`` to read an order back by its key; empty where the system cannot."""
    timeout_s: float = Field(default=10.0, gt=0, le=120)
    honors_keys: bool = True
    """Whether the system itself drops a repeated ``Idempotency-Key``."""

    @field_validator("transactions")
    @classmethod
    def _are_known(cls, transactions: tuple[str, ...]) -> tuple[str, ...]:
        for one in transactions:
            if one not in TRANSACTIONS:
                raise ValueError(f"{one!r} is no transaction; {_near(one, TRANSACTIONS)}")
        return transactions

    @field_validator("token")
    @classmethod
    def _is_reference(cls, token: str) -> str:
        if token and not token.startswith(("env:", "file:")):
            raise ValueError("a secret is named, not written: env:NAME or file:/path")
        return token


class Settings(_Part):
    """All settings of a plant."""

    plant: PlantSettings = PlantSettings()
    server: ServerSettings = ServerSettings()
    run: RunSettings = RunSettings()
    database: DatabaseSettings = DatabaseSettings()
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    targets: dict[str, TargetSettings] = {}


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
        return f"there is no such setting; {_near(str(loc[-1]), known)}"
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
    parts: dict[str, type[_Part]] = {
        "plant": PlantSettings, "server": ServerSettings, "run": RunSettings,
        "database": DatabaseSettings, "reconciliation": ReconciliationSettings,
        "targets": TargetSettings,
    }  # fmt: skip
    part = parts.get(str(path[0]))
    return tuple(part.model_fields) if part else ()


def _near(word: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(word.casefold(), known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
