"""Approving several proposals together: what they come to is shown, then approved as shown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chargehand.cli.context import (
    FAILED,
    FOUND_PROBLEMS,
    OK,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    say,
)
from chargehand.cli.people import acting
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from rich.table import Table

    from chargehand.plant.batching import BatchDone, BatchPreview


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWish:
    """What is to be approved together, and how."""

    ids: Sequence[str]
    justification: str
    as_: str | None
    yes: bool
    dry_run: bool


def approve_together(wish: BatchWish, common: Common) -> int:
    """Show what several proposals come to, and approve them for exactly that."""
    from chargehand.plant.batching import Pick

    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, wish.as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        picks = [Pick(id=id) for id in wish.ids]
        seen = plant.preview_batch(picks, by=person, justification=wish.justification)
        if isinstance(seen, Refusal):
            return refused(seen, json=common.json)
        if wish.dry_run:
            emit(seen, json=common.json, table=lambda: _preview(seen))
            return OK if seen.count else FOUND_PROBLEMS
        if not common.json:
            emit(seen, json=False, table=lambda: _preview(seen))
        if not seen.count:
            if common.json:
                emit(seen, json=True, table=lambda: "")
            return FOUND_PROBLEMS
        if not wish.yes and not common.json and sys.stdin.isatty():
            say(f"approve these {seen.count} as {person}?\nGo on? [y/N] ")
            if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
                say("Nothing done.")
                return FAILED
        picks = [Pick(id=line.id, version=line.version) for line in seen.lines]
        done = plant.approve_many(
            picks, by=person, total=seen.total, justification=wish.justification
        )
    if isinstance(done, Refusal):
        return refused(done, json=common.json)
    emit(done, json=common.json, table=lambda: _done(done))
    return OK if done.approved == len(wish.ids) else FOUND_PROBLEMS


def _preview(seen: BatchPreview) -> Table:
    total = " and ".join(map(str, seen.total)) or "nothing"
    worst = f"{seen.worst_confidence:.0%}" if seen.worst_confidence is not None else ""
    lines = [
        (line.id, line.headline, str(line.cost), f"{line.confidence:.0%}",
         "another person too" if line.second_person else "")
        for line in seen.lines
    ]  # fmt: skip
    lines += [(one.id, "cannot be approved", "", "", one.because) for one in seen.not_ready]
    lines.append((f"{seen.count} together", "", total, worst, ""))
    return rows_of(("Id!", "Proposal", "Cost#", "Sure#", "Note"), lines)


def _done(done: BatchDone) -> Table:
    lines = [
        (one.id, one.done.state if one.done else one.code or "", one.done.text if one.done
         else one.because)
        for one in done.answers
    ]  # fmt: skip
    return rows_of(("Id!", "State!", "What"), lines)
