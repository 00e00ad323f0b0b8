"""Holds at a plant: who may release them, and what of the plant's own they freeze."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from chargehand.governance.releasing import may_release
from chargehand.plant import policies
from chargehand.plant.senders import PERSONAL, stranger
from chargehand.record import holding
from chargehand.record.hold import Frozen, Hold, HoldFact, Touched, Toucher
from chargehand.record.ledger import storage
from chargehand.record.told import Told
from chargehand.signals.stock_kinds import HoldPlaced, HoldReleased
from chargehand.storage.docket import Docket
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, SiteId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def _proposals(hold: Hold, frozen: Sequence[Frozen], docket: Docket) -> list[Touched]:
    """Close open proposals that would take what is frozen: nobody can approve them any more."""
    at = {(one.key.account, one.key.material) for one in frozen}
    rows = docket.sql(
        "SELECT number, state, body FROM proposal WHERE state IN ('waiting', 'observed')"
        " ORDER BY number"
    ).fetchall()
    found = []
    for row in rows:
        materials = [
            str(action["material"])
            for action in json.loads(row["body"])["actions"]
            if action.get("from_location") and (_from(action), action["material"]) in at
        ]
        if materials:
            name = f"P-{row['number']}"
            because = f"hold {hold.key} froze what it would take ({hold.reason})"
            docket.transition(
                row["number"], "supersede", "superseded", who=hold.placed_by, because=because
            )
            found.append(
                Touched(kind="proposal", key=name, was=row["state"], material=materials[0])
            )
    return found


def _from(action: Mapping[str, str]) -> str:
    site = action.get("from_site") or action["site"]
    return storage(SiteId(site), LocationId(action["from_location"]))


def _asked_anew(touched: Touched, _docket: Docket) -> str:
    return f"it stays superseded; a hearing about {touched.material} asks anew"


TOUCHERS: Mapping[str, Toucher] = MappingProxyType(
    {**holding.TOUCHERS, "proposal": Toucher(touch=_proposals, resume=_asked_anew)}
)
"""All that a hold freezes, by kind; what is new (kits, cards, missions) joins by its entry here."""


def place(told: Told, body: HoldPlaced, docket: Docket) -> Refusal | None:
    """Place a hold: it only keeps stock where it is. Whether they may was asked at the door."""
    refusal = stranger(docket, told.signal.source, body.person)
    if refusal is None:
        by = told.actor if _is_person(told, docket) else body.person or told.actor
        holding.place(told, body, docket, by=_name(by), touchers=TOUCHERS)
    return refusal


def release(told: Told, body: HoldReleased, docket: Docket) -> Refusal | None:
    """End a hold, or let part of it go, on the signature of a person whom the policy lets do so."""
    own = {f"{kind}{body.person}" for kind in PERSONAL}
    if told.actor != body.person or told.signal.source not in own:
        because = f"only {body.person}, known by a key or session, signs for {body.person}"
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
    hold = holding.active(body.hold, docket)
    if isinstance(hold, Refusal):
        return hold
    refusal = may_release(policies.within(docket), body.person, hold.site, hold.placed_by)
    return refusal or holding.release(told, body, docket, touchers=TOUCHERS)


def review(docket: Docket) -> int:
    """Tell of holds that somebody had to look at by now; nothing is freed by that."""
    due = docket.due_reviews()
    for hold in due:
        assert hold.review_by is not None
        because = f"hold {hold.key} had to be looked at by {written(hold.review_by)[:16]} UTC"
        fact = HoldFact(
            hold=hold.key, event="review", site=hold.site, by="chargehand", because=because
        )
        entry = docket.entry("hold_review", hold.key, wire.write(fact), actor="chargehand")
        docket.sql("INSERT INTO outbox (number, topic) VALUES (?, 'hold_review')", (entry,))
        if hold.material:
            docket.trigger(hold.site, hold.material)
    return len(due)


def _is_person(told: Told, docket: Docket) -> bool:
    """Whether whoever told it is a person, and not a system that reports what others did."""
    known = policies.within(docket).person(_name(told.actor))
    return known is not None and not known.service


def _name(actor: str) -> str:
    """The person behind a source of their own."""
    for start in PERSONAL:
        actor = actor.removeprefix(start)
    return actor
