"""Planting probes: which real proposal is made wrong, when, and that nobody picks it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from chargehand.decisions.decision import Answer, Proposal
from chargehand.governance.policy import Awaiting, Policy, rule, submit
from chargehand.governance.reviewing import ProbeRule
from chargehand.governance.submission import ANY
from chargehand.plant import installed, policies, probe_tickets
from chargehand.plant.pacing import Paced
from chargehand.plant.probe_tickets import Ticket
from chargehand.plant.probe_wrongs import Pattern, Wronged, made_wrong
from chargehand.plant.probing import NO_PROBE, end_probes
from chargehand.plant.proposing import Snapshot, write_proposal
from chargehand.plant.refusing import note_hearing
from chargehand.plant.rulings import PROPOSER, Hand, write_ruling
from chargehand.plant.standing import standing
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.work import CountTask, MoveTask

A_WEEK = timedelta(days=7)
RECENT = timedelta(days=28)
PATTERNS_MAX = 100
"""Recent proposals that one is chosen from."""


def tend_probes(store: Store) -> int:
    """End the probes that nobody decided on, and plant those that are due."""
    with store.snapshot() as sql:
        is_open = sql.execute("SELECT 1 FROM probe WHERE state = 'waiting' LIMIT 1").fetchone()
    done = store.write(end_probes) if is_open is not None else 0
    if not policies.in_force(store).probes:
        return done
    if store.write(draw_due):
        return done  # what is planted comes later, apart from the batch
    return done + store.write(plant_due)


tend = Paced(lambda plant: tend_probes(plant.store))
"""What the worker calls each round."""


def draw_due(docket: Docket) -> bool:
    """Write the batch of commitments of this week, as many as probes may be planted in it."""
    week = week_of(docket.now())
    wanted = sum(rule_.per_week for rule_, _ in _wanted(docket, policies.within(docket)))
    if not wanted or probe_tickets.is_drawn(docket, week):
        return False
    probe_tickets.draw(docket, week, wanted)
    return True


def plant_due(docket: Docket) -> int:
    """Plant one probe at each site where one is due; returns how many were planted."""
    policy = policies.within(docket)
    planted = 0
    for rule_, site in _wanted(docket, policy):
        week = week_of(docket.now())
        due = sum(moment <= docket.now() for moment in moments(docket, rule_, site, week))
        is_due = _planted_since(docket, rule_, site, week) < due
        if is_due and probe_tickets.open_ticket(docket) is not None:
            planted += plant(docket, policy, rule_, site)
    return planted


def week_of(now: datetime) -> datetime:
    """The beginning of a moment's week: Monday, midnight UTC."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def moments(docket: Docket, rule_: ProbeRule, site: str, week: datetime) -> list[datetime]:
    """When in a week a site's probes are planted: spread by a hash that differs by plant."""
    first = docket.sql("SELECT leaf FROM journal ORDER BY number LIMIT 1").fetchone()
    found = []
    for n in range(rule_.per_week):
        text = f"{rule_.clause}|{site}|{written(week)}|{n}".encode()
        share = int.from_bytes(sha256(bytes(first["leaf"]) + text).digest()[:8], "big") / 2**64
        found.append(week + A_WEEK * share)
    return sorted(found)


def plant(docket: Docket, policy: Policy, rule_: ProbeRule, site: str) -> int:
    """Plant a probe at a site, from what was proposed there lately; 0 where nothing fits.

    It must wait for a person: what the policy itself would clear or only observe is never one.
    """
    ticket = probe_tickets.open_ticket(docket)
    if ticket is None:  # planted at once, with no week of them ahead
        probe_tickets.draw(docket, week_of(docket.now()), rule_.per_week)
        return plant(docket, policy, rule_, site)
    salt = ticket.salt
    patterns = _patterns(docket, rule_, site)
    for choice in sorted(range(len(patterns)), key=lambda n: _hash(salt, str(n))):
        row = patterns[choice]
        wronged = _wronged(docket, row, salt)
        if wronged is not None and _write(docket, policy, row, wronged, ticket):
            return 1
    return 0


def _wanted(docket: Docket, policy: Policy) -> list[tuple[ProbeRule, str]]:
    sites = SqlRecordView(docket.transaction.session, docket.now()).all_sites
    return [
        (rule_, str(site))
        for rule_ in policy.probes
        for site in sites
        if ANY in rule_.sites or site in rule_.sites
    ]


def _planted_since(docket: Docket, rule_: ProbeRule, site: str, week: datetime) -> int:
    rows = docket.sql(
        "SELECT p.decision FROM probe b JOIN proposal p ON p.number = b.proposal"
        " WHERE p.site = ? AND b.planted_at >= ?",
        (site, written(week)),
    )
    return sum(ANY in rule_.decisions or row["decision"] in rule_.decisions for row in rows)


def _patterns(docket: Docket, rule_: ProbeRule, site: str) -> list[dict[str, Any]]:
    """Real proposals of late that people were asked about, of subjects that none is open about."""
    rows = docket.sql(
        "SELECT * FROM proposal p WHERE p.site = ? AND p.created_at >= ? AND p.state IN"
        " ('cleared', 'sent', 'confirmed', 'rejected', 'superseded', 'expired', 'declined')"
        f" AND {NO_PROBE.format(number='p.number')}"
        " AND NOT EXISTS (SELECT 1 FROM proposal o WHERE o.decision = p.decision"
        " AND o.site = p.site AND o.subject = p.subject AND o.state IN ('waiting', 'observed'))"
        " ORDER BY p.number DESC LIMIT ?",
        (site, written(docket.now() - RECENT), PATTERNS_MAX),
    ).fetchall()
    known = installed.names()
    return [
        dict(row)
        for row in rows
        if row["decision"] in known
        and (ANY in rule_.decisions or row["decision"] in rule_.decisions)
    ]


def _wronged(docket: Docket, row: Mapping[str, Any], salt: str) -> Wronged | None:
    decision = installed.load(row["decision"])
    try:
        question = wire.read(decision.question, row["question"])
    except wire.WireError:  # recorded by an older release of the decision
        return None
    proposal = _as_of_now(wire.read(Proposal, row["body"]), docket.now() - instant(row["as_of"]))
    if not proposal.actions:
        return None
    pattern = Pattern(
        decision=decision,
        question=question,
        proposal=proposal,
        places=_other_places(docket, proposal, salt),
    )
    found = made_wrong(pattern, _hash(salt, "way"))
    if found is None:
        return None
    passed = docket.now() - instant(row["as_of"])
    made_anew = found.proposal.decide_before < docket.now()
    return replace(found, proposal=_as_of_now(found.proposal, passed)) if made_anew else found


def _as_of_now(proposal: Proposal, passed: timedelta) -> Proposal:
    return replace(
        proposal,
        decide_before=proposal.decide_before + passed,
        measure_after=proposal.measure_after + passed,
    )


def _other_places(docket: Docket, proposal: Proposal, salt: str) -> Sequence[LocationId]:
    """Places of the same zone where the material neither stands nor belongs."""
    action = proposal.actions[0]
    if not isinstance(action, CountTask | MoveTask):
        return ()
    view = SqlRecordView(docket.transaction.session, docket.now())
    levels = view.stocking(action.site).get(action.material)
    own = {place.location for place in view.stock(action.site).get(action.material, ())}
    own |= {action.location} if isinstance(action, CountTask) else {
        action.from_location, action.to_location
    }  # fmt: skip
    if levels is not None:
        own |= {place for place in (levels.pick_face, levels.bulk) if place is not None}
    places = view.locations(action.site)
    there = [LocationId(key) for key in places if key not in own]
    return sorted(there, key=lambda place: _hash(salt, place))


def _write(
    docket: Docket, policy: Policy, row: Mapping[str, Any], wronged: Wronged, ticket: Ticket
) -> bool:
    """Write it down as any other proposal, with its commitment; False where it would not wait."""
    decision = installed.load(row["decision"])
    proposal, now = wronged.proposal, docket.now()
    subject = proposal.subject
    # An edited row may say another subject than the proposal in it, which has one open.
    if docket.open_proposal(decision.name, subject.site, subject.key) is not None:
        return False
    number = docket.next_proposal()
    submission = submit(
        proposal, proposal_id=f"P-{number}", version=1, decision=decision.name, proposer=PROPOSER
    )
    stands = standing(docket, now, proposal.cost.currency)
    ruled = rule(submission, policy, standing=stands, now=now)
    if not isinstance(ruled.ruling, Awaiting):
        return False
    answer = Answer(
        decision=decision.name,
        subject=proposal.subject,
        question=wire.read(decision.question, row["question"]),
        answer=proposal,
        evidence=tuple(json.loads(row["evidence"])),
    )
    made = probe_tickets.seal_of(number, ticket.salt, wronged.wrong)
    snapshot = Snapshot(as_of=now, seen=docket.next_number(), carries=made)
    write_proposal(docket, number, snapshot, decision, answer, submission, ruled, policy)
    docket.sql(
        "INSERT INTO probe (proposal, commitment, salt, wrong, state, planted_at, entry)"
        " SELECT number, ?, ?, ?, 'waiting', ?, entry FROM proposal WHERE number = ?",
        (ticket.commitment, ticket.salt, wronged.wrong, written(now), number),
    )
    write_ruling(
        docket,
        number,
        submission,
        ruled.ruling,
        policy,
        justification="",
        stood=stands,
        hand=Hand(by="policy", at=now),
    )
    note_hearing(docket, decision.name, (proposal.subject.site,), now, asked=1, rows=())
    return True


def _hash(salt: str, text: str) -> int:
    return int.from_bytes(sha256(f"{salt}|{text}".encode()).digest()[:8], "big")
