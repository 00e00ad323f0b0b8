"""What another policy text changes, in words: section by section, entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chargehand.governance.terms import Policy
from chargehand.governance.writing import tables

NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "people": ("id",),
    "areas": ("name",),
    "clauses": ("id",),
    "rosters": ("name",),
    "phases": ("decision", "site", "zone"),
    "breakers": ("decision", "site", "zone"),
    "grants": ("role", "transactions", "decisions", "sites", "zones", "areas"),
    "access": ("role", "sites"),
    "owners": ("decision", "sites"),
    "approvals": ("decisions", "transactions"),
    "promotions": ("decisions", "sites"),
    "reviews": ("sites",),
    "probes": ("decisions", "sites"),
    "holds": ("sites",),
    "delegations": ("roles",),
}
"""By what an entry of a section is known again in another text."""
What = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that another text says differently."""

    section: str
    what: What
    entry: str
    """Which one, in words; empty for what stands at the top of the text."""
    text: str
    """What it says now and before, in words."""

    def __str__(self) -> str:
        name = f"{self.section} {self.entry}".strip()
        return f"{self.what}: {name}" + (f" ({self.text})" if self.text else "")


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Everything that a text says differently from the one before it, in the order of sections."""
    old, new = tables(before), tables(after)
    found: list[Difference] = []
    for section in dict.fromkeys((*old, *new)):
        if section in NAMED_BY:
            found.extend(_entries(section, old.get(section, ()), new.get(section, ())))
        else:
            found.extend(_value(section, old.get(section), new.get(section)))
    return tuple(found)


def _value(name: str, old: object, new: object) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _value(f"{name}.{key}", old.get(key), new.get(key))
    elif old != new and name != "version":
        text = f"{_said(old)} -> {_said(new)}"
        yield Difference(section=name, what="changed", entry="", text=text)


def _entries(
    section: str, old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]
) -> Iterator[Difference]:
    left = _by_name(section, old)
    for name, entry in _by_name(section, new).items():
        before = left.pop(name, None)
        shown = name.partition("#")[0]
        if before is None:
            text = _fields(entry, NAMED_BY[section])
            yield Difference(section=section, what="added", entry=shown, text=text)
        elif before != entry:
            text = _changes(before, entry)
            yield Difference(section=section, what="changed", entry=shown, text=text)
    for name, entry in left.items():
        shown, text = name.partition("#")[0], _fields(entry, NAMED_BY[section])
        yield Difference(section=section, what="removed", entry=shown, text=text)


def _by_name(section: str, entries: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    named: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        name = " x ".join(_said(entry[key]) for key in NAMED_BY[section] if key in entry)
        known, n = name, 1
        while known in named:
            n += 1
            known = f"{name}#{n}"
        named[known] = entry
    return named


def _fields(entry: Mapping[str, Any], names: Iterable[str]) -> str:
    return ", ".join(f"{key} {_said(entry[key])}" for key in entry if key not in set(names))


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    changed = (key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key))
    return ", ".join(f"{key} {_said(old.get(key))} -> {_said(new.get(key))}" for key in changed)


def _said(value: object) -> str:
    match value:
        case None:
            return "not said"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_said(one) for one in value)
        case dict():
            return "{" + ", ".join(f"{key} {_said(one)}" for key, one in value.items()) + "}"
    return " ".join(str(value).split())
