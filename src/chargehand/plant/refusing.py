"""What is refused in a hearing: kept for whoever asks, and what it means for open proposals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from chargehand.decisions.decision import Answer, Decision, Proposal
from chargehand.plant.probing import NO_PROBE
from chargehand.plant.rulings import PROPOSER
from chargehand.plant.sitting import Sitting, Tally
from chargehand.storage.docket import Docket
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def note_failures(sitting: Sitting, failed: Mapping[str, str], tally: Tally) -> None:
    """Keep what a decision that could not ask its questions said."""
    at = written(sitting.as_of)
    code = RefusalCode.DECISION_FAILED.value
    rows = [(name, "", "*", "all its questions", code, why, at) for name, why in failed.items()]
    if rows:
        tally.refused[code] += len(rows)
        sitting.store.write(lambda docket: docket.put_refusals(rows))


def note_refusals(
    sitting: Sitting,
    decision: Decision[Any],
    answers: Sequence[Answer[Any]],
    tally: Tally,
    docket: Docket,
    moved_on: frozenset[str],
) -> None:
    """Keep the latest refusals, and withdraw the open proposals that no answer stands behind."""
    at = written(sitting.as_of)
    refused = [(one, one.answer) for one in answers if isinstance(one.answer, Refusal)]
    rows = [
        (
            decision.name,
            one.subject.site,
            one.subject.key,
            one.subject.label,
            no.code,
            no.because,
            at,
        )
        for one, no in refused
    ]
    docket.put_refusals(rows)
    for one in answers:
        if isinstance(one.answer, Proposal):
            docket.sql(
                "DELETE FROM refusal WHERE decision = ? AND site = ? AND subject = ?",
                (decision.name, one.subject.site, one.subject.key),
            )
    tally.refused.update(no.code.value for _, no in refused)
    _withdraw(sitting, decision, docket, refused, answers, tally, moved_on)
    note_hearing(docket, decision.name, sitting.sites, sitting.as_of, asked=len(answers), rows=rows)


def note_hearing(
    docket: Docket,
    decision: str,
    sites: Sequence[str],
    as_of: datetime,
    *,
    asked: int,
    rows: Sequence[tuple[str, ...]],
) -> None:
    """Tell the journal that a decision was heard: what was asked, and what was refused."""
    summary = {
        "decision": decision, "sites": list(sites), "as_of": written(as_of), "asked": asked,
        "proposed": asked - len(rows),
        "refusals": sha256(wire.canonical(rows).encode()).hexdigest(),
    }  # fmt: skip
    docket.entry("hearing", decision, wire.canonical(summary), actor=PROPOSER)


def _withdraw(
    sitting: Sitting,
    decision: Decision[Any],
    docket: Docket,
    refused: Iterable[tuple[Answer[Any], Refusal]],
    answers: Sequence[Answer[Any]],
    tally: Tally,
    moved_on: frozenset[str],
) -> None:
    no_longer = {
        (one.subject.site, one.subject.key): no.because
        for one, no in refused
        if no.code is not RefusalCode.DECISION_FAILED
    }
    asked = {(str(one.subject.site), one.subject.key) for one in answers}
    rows = docket.sql(
        "SELECT number, site, subject FROM proposal WHERE decision = ?"
        " AND state IN ('waiting', 'observed')"
        f" AND {NO_PROBE.format(number='proposal.number')}",
        (decision.name,),
    ).fetchall()
    for row in rows:
        subject = (row["site"], row["subject"])
        if row["subject"] in moved_on:
            continue
        because = no_longer.get(subject)
        if (
            because is None
            and sitting.whole
            and row["site"] in sitting.sites
            and subject not in asked
        ):
            because = "it is no longer in question"
        if because is not None:
            docket.transition(
                row["number"],
                "supersede",
                "superseded",
                who=PROPOSER,
                because=f"no longer needed: {because}",
            )
            tally.superseded += 1
