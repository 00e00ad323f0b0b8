"""The words that narrow a list: one that nothing can match is a mistake, and not an empty list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chargehand.cli.context import wrong_use

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

STATES = (
    "waiting", "observed", "cleared", "sent", "confirmed", "rejected", "superseded", "expired",
    "failed", "declined", "all",
)  # fmt: skip
"""Of proposals, in the order of a proposal's life."""
TASK_STATES = ("open", "done", "declined", "cancelled", "all")
PAGE = 1000


def wrong_word(option: str, word: str | None, known: Iterable[str], *, json: bool) -> int | None:
    """The exit code, with what was probably meant, where a word is not among the known ones."""
    from difflib import get_close_matches

    there = tuple(known)
    if word is None or word in there:
        return None
    near = get_close_matches(word.casefold(), there, n=1, cutoff=0.5)
    folded = [one for one in there if one.casefold() == word.casefold()] or near
    meant = f"Did you mean {folded[0]}? " if folded else ""
    cure = f"{meant}There are {', '.join(there)}." if there else "There are none yet."
    return wrong_use(f"{option}: there is no {word!r}", cure, json=json)


def wrong_window(limit: int, after: str | None = None, *, keys: int = 1, json: bool) -> int | None:
    """The exit code where ``--limit`` or ``--after`` names no part of a list with so many keys."""
    from chargehand.plant.listing import cursor_keys

    if limit < 1:
        return wrong_use(f"--limit must be 1 or more, not {limit}", json=json)
    if after is not None and cursor_keys(after, keys) is None:
        cure = "Take it from the line `More with --after` of the same list."
        return wrong_use(f"--after: {after!r} is no mark of this list", cure, json=json)
    return None


def wrong_place(
    plant: Plant,
    *,
    site: str | None = None,
    decision: str | None = None,
    json: bool,
) -> int | None:
    """The exit code where a site or a kind of decision is not known."""
    wrong = wrong_word("--site", site, plant.sites() if site else (), json=json)
    if wrong is None and decision is not None:
        names = (name for name, _, _ in plant.decisions())
        wrong = wrong_word("--decision", decision, names, json=json)
    return wrong


def wrong_zone(plant: Plant, zone: str | None, *, json: bool) -> int | None:
    """The exit code where nothing stands or is proposed in a zone; asked for empty lists only."""
    if zone is None:
        return None
    zones: set[str] = set()
    after: str | None = None
    while True:
        stock = plant.stock(after=after, limit=PAGE)
        zones.update(row.zone for row in stock.rows)
        if (after := stock.next) is None:
            break
    while True:
        proposals = plant.inbox(state="all", after=after, limit=PAGE)
        zones.update(row.zone for row in proposals.rows)
        if (after := proposals.next) is None:
            break
    return wrong_word("--zone", zone, sorted(zones - {""}), json=json)
