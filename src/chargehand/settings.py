"""A plant's settings: ``chargehand.toml`` and the environment, read once and checked whole.

Environment variables win over the file: ``CHARGEHAND__SERVER__PORT=9000`` sets ``[server] port``.
Secrets are never written here: they are named as ``env:NAME`` or ``file:/path``.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

FILE = "chargehand.toml"
PREFIX = "CHARGEHAND__"


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
    targets: dict[str, TargetSettings] = {}


def load(folder: Path) -> Settings:
    """Read a plant's settings; ``SettingsFault`` names every mistake at once."""
    file = folder / FILE
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsFault(f"{file} is not there: make a plant with 'chargehand init'") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsFault(f"{file} is not readable TOML: {error}") from error
    try:
        return Settings.model_validate(_with_environment(written))
    except ValidationError as error:
        faults = "\n".join(
            f"  {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise SettingsFault(f"{file} (or {PREFIX}... in the environment):\n{faults}") from error


def _with_environment(written: dict[str, Any]) -> dict[str, Any]:
    for name, value in os.environ.items():
        if name.startswith(PREFIX):
            part = written
            *path, last = name.removeprefix(PREFIX).lower().split("__")
            for step in path:
                part = part.setdefault(step, {})
            part[last] = value
    return written
