"""The fast lane: many movements posted together, each as if it came alone.

A batch goes set by set (keys, balances, entries, outbox) in the hope that all of it is in order,
which is checked by counting what changed. What is taken must be there before the batch, so that
nothing depends on the order within it. Where a count is off, the batch is taken back and done
again singly, halved first so that its sound parts keep their speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chargehand.record.content import content_digest
from chargehand.record.journal import leaf_hash
from chargehand.record.ledger import imbalance
from chargehand.record.lineage import relotted
from chargehand.storage.lane_single import post_one
from chargehand.storage.lane_text import leaf_text, movement_text
from chargehand.storage.posting import NOTHING, AloneNeeded, Answer, Posted, Posting
from chargehand.storage.session import RuleBroken
from chargehand.storage.transaction import LaneRows, Transaction

At = tuple[str, str, str, str, str, str]
"""A balance's key in the order of its table: material, lot, account, serial, handling unit,
disposition. What moves within a site stays on one page of it."""
HALVED_MIN = 8
"""Postings that are done singly, not halved again, when something is off."""


def post_all(postings: Sequence[Posting], transaction: Transaction) -> list[Answer]:
    """Post movements in a transaction; what is refused leaves nothing but its refusal."""
    answers = _try(postings, transaction)
    if answers is not None:
        return answers
    if not transaction.is_alone:
        raise AloneNeeded
    if len(postings) <= HALVED_MIN:
        transaction.is_fresh = False  # what is written from here on must not go with a trial
        return [post_one(posting, transaction) for posting in postings]
    middle = len(postings) // 2
    return [*post_all(postings[:middle], transaction), *post_all(postings[middle:], transaction)]


def _try(postings: Sequence[Posting], transaction: Transaction) -> list[Answer] | None:
    """Post all of a batch at once; None, and nothing written, where any of it is not in order."""
    if not all(map(_is_plain, postings)):
        return None
    with transaction.trial() as trial:
        number = transaction.take_numbers(len(postings))
        try:
            rows = _rows(postings, number)
            done = transaction.put_lane(rows)
        except RuleBroken:  # a key that is there already, or a balance beyond what can be kept
            done = False
        except UnicodeError:  # a text that no database holds
            done = False
        if done:
            transaction.sequence(rows.leaves, [one.recorded_at for one in postings])
            return [Posted(number + at) for at in range(len(postings))]
        trial.undo()
    return None


def _is_plain(posting: Posting) -> bool:
    """Whether nothing about a movement needs a closer look than the law itself."""
    movement = posting.movement
    if movement.under_hold is not None or movement.corrects is not None:
        return False
    legs = movement.legs
    if len(legs) == 2:  # noqa: PLR2004 - the common case, without a dictionary
        one, other = legs
        at, to = one.key, other.key
        return (
            one.scaled + other.scaled == 0 != one.scaled
            and at.material == to.material
            and at.lot == to.lot
            and not at.serial
            and not to.serial
            and not at.handling_unit
            and not to.handling_unit
        )
    if any(leg.key.handling_unit or leg.key.serial for leg in legs) or any(relotted(movement)):
        return False  # units, serials and genealogy are kept in step by the books
    return imbalance(movement) is None


def _changes(postings: Sequence[Posting], number: int) -> dict[At, list[int]]:
    """Per balance: what is taken, what is brought, and the last entry that touches it."""
    changes: dict[At, list[int]] = {}
    known = changes.get
    for entry, posting in enumerate(postings, start=number):
        for leg in posting.movement.legs:
            key, scaled = leg.key, leg.scaled
            at = (
                key.material, key.lot, key.account, key.serial, key.handling_unit,
                key.disposition,
            )  # fmt: skip
            change = known(at)
            if change is None:
                changes[at] = [scaled, 0, entry] if scaled < 0 else [0, scaled, entry]
            else:
                change[scaled > 0] += scaled
                change[2] = entry
    return changes


def _rows(postings: Sequence[Posting], number: int) -> LaneRows:
    inbox: list[tuple[Any, ...]] = []
    journal: list[tuple[Any, ...]] = []
    claim, write = inbox.append, journal.append
    for at, one in enumerate(postings, start=number):
        movement, moment, occurred = one.movement, one.recorded_at, one.occurred_at
        key, body = movement.key, movement_text(movement)
        cause, actor = one.cause, one.actor
        if NOTHING in body or "\0" in f"{one.key}{cause}{actor}":
            raise RuleBroken(f"{one.key!a} holds the sign NUL")
        leaf = leaf_hash(leaf_text(at, "movement", key, moment, occurred, cause, actor, body))
        digest = content_digest(one.kind, occurred, cause, body)
        claim((one.source, one.key, one.kind, digest, "accepted", at))
        write((at, "movement", key, moment, occurred, cause, actor, body, leaf))
    rows = LaneRows(inbox=inbox, journal=journal, leaves=[row[-1] for row in journal])
    changes = _changes(postings, number)
    take, bring = rows.takes.append, rows.brings.append
    for at_key in sorted(changes):
        taken, brought, last = changes[at_key]
        if taken and at_key[2][0] != "~":
            take((taken, brought, last, *at_key))
        else:
            bring((taken + brought, last, *at_key))
    return rows
