"""Reading one table of a policy text: each value checked, each mistake noted with its cure.

A reader never stops at a mistake. It notes it, returns a harmless value and goes on, so that all
mistakes of a text are named at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches

from chargehand.governance.mistakes import Mistakes
from chargehand.governance.submission import ANY
from chargehand.vocabulary.money import Money

MONEY = re.compile(r"([A-Z]{3}) (-?)([0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15})(\.[0-9]{1,2})?")
DURATION = re.compile(r"([0-9]{1,4}) (minute|hour|day)s?")
UNLIMITED = "unlimited"
NAME_LENGTH_MAX = 80
SENTENCE_LENGTH_MAX = 300
PASSAGE_LENGTH_MAX = 4000
WHOLE_SHOWN_MAX = 10**30


def near(name: str, known: Collection[str]) -> str:
    """Offer the known name that a mistyped one may have meant, or all of them."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known: {', '.join(sorted(known)) or 'none'}."


class Table:
    """One table of the text: its keys are read one by one, unknown ones are mistakes."""

    def __init__(
        self, content: Mapping[str, object], where: str, mistakes: Mistakes, keys: Collection[str]
    ) -> None:
        self.where = where
        self._content = content
        self._mistakes = mistakes
        self.faulty = False
        for key in content:
            if key not in keys:
                self.note(key, f"there is no key {key!r} here.", near(key, keys))

    def at(self, key: str) -> str:
        """The path of a key."""
        return ".".join(part for part in (self.where, key) if part)

    def note(self, key: str, what: str, cure: str) -> None:
        """Note a mistake at a key."""
        self.faulty = True
        self._mistakes.note(self.at(key), what, cure)

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._content

    def is_list(self, key: str) -> bool:
        """Whether the value of a key is a list."""
        return isinstance(self._content.get(key), list)

    def text(self, key: str, *, default: str | None = None, longest: int = NAME_LENGTH_MAX) -> str:
        """A non-empty text of printable characters; required unless there is a default."""
        value = self._value(key, required=default is None)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self.note(key, f"{_short(value)} is not a name.", 'Write a text such as "m.weber".')
            return default or ""
        if len(value) > longest:
            self.note(key, "the text is too long.", f"Keep it to {longest} characters.")
        return value.strip()

    def passage(self, key: str) -> str:
        """A text of several lines, as it was written; empty where it is a mistake."""
        value = self._value(key)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.note(key, f"{_short(value)} is no text.", 'Write it between """ and """.')
            return ""
        if len(value) > PASSAGE_LENGTH_MAX:
            self.note(key, "the text is too long.", f"Keep it to {PASSAGE_LENGTH_MAX} characters.")
        return value

    def choice(
        self, key: str, known: Collection[str] | None, *, default: str | None = None
    ) -> str | None:
        """One of the known names (any name where None is known); None where it is a mistake."""
        value = self.text(key, default=default)
        return value if value and self._is_known(key, value, known) else None

    def names(self, key: str, known: Collection[str] | None, *, any_too: bool = True) -> list[str]:
        """A list of known names, or ``["*"]`` for any; empty where it is a mistake."""
        value = self._value(key)
        if value is None:
            return []
        example = f'Write a list such as ["{min(known, default="x") if known else "HALLE3"}"]'
        cure = example + (' or ["*"] for any.' if any_too else ".")
        if not isinstance(value, list) or not value:
            self.note(key, f"{_short(value)} is not a list of names.", cure)
            return []
        allowed = None if known is None else {*known, *([ANY] if any_too else [])}
        if ANY in value and len(value) > 1:
            self.note(key, 'names beside "*" have no effect.', 'Keep either the names or the "*".')
        for name in value:
            if not isinstance(name, str) or not name.strip():
                self.note(key, f"{_short(name)} is not a name.", cure)
        named = [name.strip() for name in value if isinstance(name, str) and name.strip()]
        for name in sorted({name for name in named if named.count(name) > 1}):
            self.note(key, f"{_short(name)} is named twice.", "Keep one of them.")
        return [name for name in named if self._is_known(key, name, allowed)]

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._value(key, required=False)
        if value is not None and not isinstance(value, bool):
            self.note(key, f"{_short(value)} is neither true nor false.", "Write true or false.")
        return value if isinstance(value, bool) else default

    def whole(
        self, key: str, *, least: int, most: int = 1_000_000, required: bool = False
    ) -> int | None:
        """A whole number within bounds."""
        value = self._value(key, required=required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            what = f"{_short(value)} is no whole number from {least} to {most}."
            self.note(key, what, "Write one.")
            return None
        return value

    def fraction(
        self, key: str, *, required: bool = False, unlimited: bool = False
    ) -> float | None:
        """A share within 0 and 1; None where absent, ``unlimited`` or a mistake."""
        value = self._value(key, required=required)
        if value is None or (unlimited and value == UNLIMITED):
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.note(
                key, f"{_short(value)} is not a number.", "Write a fraction, such as 0.90 for 90 %."
            )
            return None
        if not 0 <= value <= 1:
            cure = "Write a fraction within 0 and 1, such as 0.90 for 90 %."
            self.note(key, f"{_short(value)} is not within 0 and 1.", cure)
            return None
        return float(value)

    def number(self, key: str, *, most: float) -> float | None:
        """A number above 0."""
        value = self._value(key, required=False)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
            what = f"{_short(value)} is no number above 0 and up to {most:g}."
            self.note(key, what, "Write one, such as 6 or 1.5.")
            return None
        return float(value)

    def moment(self, key: str) -> datetime | None:
        """A day and time with its offset from UTC, such as 2026-03-01T06:00:00+01:00."""
        value = self._value(key, required=False)
        if value is None:
            return None
        if isinstance(value, datetime) and value.tzinfo is not None:
            try:
                return value.astimezone(UTC)
            except OverflowError:
                pass
        said = value.isoformat() if isinstance(value, date) else _short(value)
        cure = f"Write it without quotes, such as {key} = 2026-03-01T06:00:00+01:00."
        self.note(key, f"{said} is no day and time with its offset from UTC.", cure)
        return None

    def money(self, key: str, *, required: bool = False, unlimited: bool = False) -> Money | None:
        """A sum such as ``EUR 2,500.00``; None where absent, ``unlimited`` or a mistake."""
        value = self._value(key, required=required)
        if value is None or (unlimited and value == UNLIMITED):
            return None
        also = f', or "{UNLIMITED}"' if unlimited else ""
        match = MONEY.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            cure = f'Write currency and amount, such as "EUR 2500.00"{also}.'
            self.note(key, f"{_short(value)} is not a sum of money.", cure)
            return None
        currency, sign, whole, cents = match.groups()
        if sign:
            self.note(key, f"{value} is negative.", "A limit is zero or more.")
            return None
        return Money.of(Decimal(whole.replace(",", "") + (cents or "")), currency)

    def duration(self, key: str) -> timedelta | None:
        """A length of time such as ``72 hours``."""
        value = self._value(key, required=False)
        if value is None:
            return None
        match = DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is None or int(match[1]) == 0:
            cure = 'Write a time such as "72 hours", "3 days" or "30 minutes".'
            self.note(key, f"{_short(value)} is not a length of time.", cure)
            return None
        return timedelta(**{f"{match[2]}s": int(match[1])})

    def tables(self, key: str, keys: Collection[str]) -> list[Table]:
        """The tables of a section, each numbered from 1."""
        value = self._content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.note(key, f"{key} is not a list of tables.", f"Begin each one with [[{key}]].")
            return []
        return [
            Table(one, f"{self.at(key)}[{number}]", self._mistakes, keys)
            for number, one in enumerate(value, start=1)
        ]

    def table(self, key: str, keys: Collection[str], *, required: bool = True) -> Table | None:
        """A single table; None where it is missing or none."""
        value = self._value(key, required=required)
        if isinstance(value, dict):
            return Table(value, self.at(key), self._mistakes, keys)
        if value is not None:
            self.note(key, f"{key} is not a table.", f"Begin it with [{key}].")
        return None

    def _value(self, key: str, *, required: bool = True) -> object | None:
        value = self._content.get(key)
        if value is None and required:
            self.note(key, f"{key} is missing.", f"Add {key} = ... here.")
        return value

    def _is_known(self, key: str, name: str, known: Collection[str] | None) -> bool:
        if known is None or name in known:
            return True
        self.note(key, f"{_short(name)} is unknown.", near(name, known))
        return False


def _short(value: object) -> str:
    if isinstance(value, int) and abs(value) > WHOLE_SHOWN_MAX:
        return "a number that long"
    said = repr(value)
    return said if len(said) <= NAME_LENGTH_MAX else f"{said[:NAME_LENGTH_MAX]}..."
