"""One entry of the journal for reading: what it says, before and after, why, and its proof."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chargehand.plant.explorer import Asked
from chargehand.plant.listing import cursor
from chargehand.web.gist import within
from chargehand.web.policy_text import DiffLine, difference

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import JournalRow

PROPOSAL_KINDS = frozenset({"proposal", "ruling", "transition", "outcome"})
SKIPPED = frozenset(
    {
        "text",
        "checks",
        "shown",
        "standing",
        "question",
        "body",
        "action_digests",
        "at",
        "number",
        "sha256",
        "pack",
    }
)
"""Long parts of a fact, which stand below in the whole of it."""
LONG = 300
ORDERED = frozenset({"order", "effect"})
PAGES = {
    "movement": ("/movements/{number}", "Show the movement"),
    "hold": ("/holds/one?key={key}", "Show the hold"),
    "difference": ("/reconciliation/{key}", "Show the difference"),
    "policy": ("/policy/version/{key}", "Show the text"),
    "change_request": ("/policy/requests/{key}", "Show the request"),
    "review": ("/reviews/{key}", "Show the review"),
    "review_answer": ("/reviews/{key}", "Show the review"),
    "breaker": ("/autonomy", "Show the phases"),
    "demotion": ("/autonomy", "Show the phases"),
    "delegation": ("/approvals#standing-in", "Show who stands in"),
}
"""Page of the object, and the words of the link, by kind of entry."""
NAMES = {"because", "reason", "justification", "text", "ruling_text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is different since this entry."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry, laid out."""

    row: JournalRow
    caused_by: JournalRow | None
    href: str
    """The page of the object it speaks of; empty where it has none."""
    page_name: str
    reasons: tuple[tuple[str, str], ...]
    """Where it says why, and what it says."""
    changes: tuple[Change, ...]
    facts: tuple[tuple[str, str], ...]
    policy_version: int | None
    clause: str
    differing: tuple[DiffLine, ...]
    """Lines of a policy text that it changed."""


def event_of(plant: Plant, number: int) -> Event | None:
    """Lay an entry out; None where there is none of that number."""
    row = plant.journal_entry(number)
    if row is None:
        return None
    caused = plant.search_journal(Asked(text=row.cause), limit=1) if row.cause else None
    before = _before(plant, row)
    href, name = _object(row)
    version = row.body.get("policy_version")
    old, new = _texts(row, before)
    return Event(
        row=row,
        caused_by=caused.rows[0] if caused and caused.by == "key" else None,
        href=href,
        page_name=name,
        reasons=tuple(_reasons(row.body)),
        changes=() if before is None else tuple(_changes(before.body, row.body)),
        facts=tuple(_facts(row.body)),
        policy_version=version if isinstance(version, int) else None,
        clause=str(row.body.get("clause") or ""),
        differing=difference(old, new) if new and old else (),
    )


def _before(plant: Plant, row: JournalRow) -> JournalRow | None:
    """The entry of the same kind and key before this one; of a policy, the version before."""
    if row.kind == "policy":
        number = row.body.get("version")
        key = str(number - 1) if isinstance(number, int) else ""
        found = plant.journal(kind="policy", key=key, limit=1).rows
        return next(iter(found), None)
    if row.kind == "movement":
        return None
    asked = Asked(text=row.key, kind=row.kind)
    trail = plant.search_journal(asked, after=cursor([row.number]), limit=1)
    same = [one for one in trail.rows if one.key == row.key and trail.by == "key"]
    return next(iter(same), None)


def _texts(row: JournalRow, before: JournalRow | None) -> tuple[str, str]:
    if row.kind != "policy" or before is None:
        return "", ""
    return str(before.body.get("text", "")), str(row.body.get("text", ""))


def _object(row: JournalRow) -> tuple[str, str]:
    """The page of what an entry speaks of, and the words of the link to it."""
    proposal = row.key.partition(".")[0]
    if row.kind in PROPOSAL_KINDS or (row.kind in ORDERED and proposal.startswith("P-")):
        return f"/inbox/{proposal}", "Show the proposal"
    if row.kind in {"signature", "request_ended"}:
        return f"/policy/requests/{row.key}", "Show the request"
    address, name = PAGES.get(row.kind, ("", ""))
    return address.format(number=row.number, key=quote(row.key, safe="")), name


def _reasons(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    shown = body.get("shown")
    for told in (body, shown if isinstance(shown, Mapping) else {}, within(body)):
        for name in ("headline", "because", "reason", "ruling_text", "justification", "inaction"):
            value = told.get(name)
            if isinstance(value, str) and value:
                yield name, value
    reasons = within(body).get("reasons")
    if isinstance(reasons, list):
        for line in reasons:
            yield "reasons", str(line)


def _facts(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        if name in SKIPPED or name in NAMES or value in (None, "", [], {}):
            continue
        text = _said(value)
        if len(text) <= LONG:
            yield name, text


def _said(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)
        case {"amount": amount, "currency": currency}:
            return f"{currency} {amount}"
        case {"amount": amount, "unit": unit}:
            return f"{amount} {unit}"
        case list() if all(isinstance(one, str | int) for one in value):
            return ", ".join(str(one) for one in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Fields whose value is another one than in the entry before of the same key."""
    for name in dict.fromkeys([*before, *after]):
        if name in SKIPPED:
            continue
        old, new = before.get(name), after.get(name)
        if old != new:
            told = [_said(one) if one not in (None, "", [], {}) else "-" for one in (old, new)]
            if all(len(one) <= LONG for one in told):
                yield Change(what=name, before=told[0], after=told[1])
