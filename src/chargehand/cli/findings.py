"""What the doctor looks at, and what a finding is."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from chargehand.cli.context import NoPlant, find_plant

if TYPE_CHECKING:
    from chargehand.plant.looking_in import Session
    from chargehand.settings import Settings

DATABASE = "chargehand.db"


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found, and what to do about it."""

    check: str
    state: State
    found: str
    cure: str = ""


def ok(check: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(check=check, state=State.OK, found=found)


def note(check: str, found: str, cure: str = "") -> Finding:
    """Worth knowing."""
    return Finding(check=check, state=State.NOTE, found=found, cure=cure)


def warning(check: str, found: str, cure: str) -> Finding:
    """Will become a problem, or may be one."""
    return Finding(check=check, state=State.WARNING, found=found, cure=cure)


def problem(check: str, found: str, cure: str) -> Finding:
    """Has to be mended."""
    return Finding(check=check, state=State.PROBLEM, found=found, cure=cure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """The installation and the plant that are looked at."""

    folder: Path | None
    """None where no plant was found, ``because`` says why."""
    because: str = ""
    cure: str = ""
    named: bool = False
    """Whether somebody said which plant is meant."""
    full: bool = False

    @classmethod
    def found(cls, folder: Path | None, *, full: bool = False) -> Patient:
        """The plant in question, or none with the reason."""
        try:
            return cls(folder=find_plant(folder), full=full)
        except NoPlant as error:
            named = folder is not None or "CHARGEHAND_PLANT" in os.environ
            return cls(folder=None, because=str(error), cure=error.cure, named=named, full=full)

    @property
    def place(self) -> Path:
        """The folder, where there is one."""
        assert self.folder is not None
        return self.folder

    @property
    def database(self) -> Path | str:
        """The file of the record, or the address of its database.

        Raises ``SettingsFault`` where the settings do not say it and there is no such file.
        """
        from chargehand.settings import SettingsFault

        file = self.place / DATABASE
        try:
            return self.settings().database.address() or file
        except SettingsFault:
            if file.is_file():
                return file
            raise

    @property
    def is_served(self) -> bool:
        """Whether a server keeps the record, not a file."""
        return isinstance(self.database, str)

    def settings(self) -> Settings:
        """The settings; raises ``SettingsFault``."""
        from chargehand.settings import load

        return load(self.place)

    def record(self) -> AbstractContextManager[Session]:
        """The record, read only, past everything that could refuse to open it."""
        from chargehand.plant.looking_in import look_into

        return look_into(self.database)
