"""The sections of the settings that say what a plant is, where it listens and where it keeps."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from chargehand.settings.section import REFERENCES, Section, SettingsFault, near
from chargehand.vocabulary.work import TransactionType

ADDRESSES = ("postgresql://", "postgres://")
TRANSACTIONS = tuple(str(one) for one in TransactionType)


class PlantSettings(Section):
    """What this installation is."""

    enterprise: str = "Plant"
    person: str = ""
    """For whom the command line acts where ``--as`` is not given."""
    simulation: bool = False


class ServerSettings(Section):
    """Where the console and the API listen."""

    host: str = "127.0.0.1"
    port: int = Field(default=8470, ge=0, le=65535)
    root_path: str = ""
    requests_per_minute: int = Field(default=6_000, ge=1)
    """How often one key may ask the API, in each process."""
    failures_per_minute: int = Field(default=60, ge=1)
    """How often one address may ask without a good key, or try to sign in."""


class RunSettings(Section):
    """When the plant acts by itself."""

    nightly_at: str = Field(default="02:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """Time of the nightly hearing (UTC)."""
    checkpoint_minutes: int = Field(default=10, ge=1, le=1440)
    """Minutes between signed checkpoints, while there is anything new."""


class DatabaseSettings(Section):
    """Where the record is kept."""

    url: str = ""
    """``env:NAME`` or ``file:/path`` of the address of a PostgreSQL database, or the address itself
    where it holds no password; empty: a file in the plant's folder."""

    @field_validator("url")
    @classmethod
    def _holds_no_secret(cls, url: str) -> str:
        if not url or url.startswith(REFERENCES):
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


class ReconciliationSettings(Section):
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


class TargetSettings(Section):
    """One outside system that carries out orders."""

    kind: Literal["rest"] = "rest"
    url: str
    token: str = ""
    """``env:NAME`` or ``file:/path``."""
    transactions: tuple[str, ...]
    void_path: str = ""
    """Appended to ``url`` to take an order back by its key with DELETE, such as
    ``?idempotencyKey={key}``; empty where the system takes none back."""
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
                raise ValueError(f"{one!r} is no transaction; {near(one, TRANSACTIONS)}")
        return transactions

    @field_validator("token")
    @classmethod
    def _is_reference(cls, token: str) -> str:
        if token and not token.startswith(REFERENCES):
            raise ValueError("a secret is named, not written: env:NAME or file:/path")
        return token
