"""Fallbacks, declared by each decision and drilled on a copy of the plant."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

from chargehand.decisions.decision import Answer, Decision, Proposal
from chargehand.governance.policy import Cleared, rule, submit
from chargehand.optimization.fallback import CONDITIONS
from chargehand.outcomes.trust import LastDrill
from chargehand.plant import database, floor_sheet, forecasting, hearing, installed, policies
from chargehand.plant.drill_conditions import TAKEN
from chargehand.plant.standing import standing
from chargehand.runtime import clock
from chargehand.storage.docket import Docket
from chargehand.storage.session import Session
from chargehand.storage.store import Store, Undone
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

FAILING = "answer_fails"
"""Beside the declared conditions: the decision's own code breaks down."""
BREAKS_DOWN = "It refuses and says why; the others go on, and its breaker counts it."
TAKEN_BACK = Undone(Refusal(code=RefusalCode.STALE, because="a drill is taken back"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillLine:
    """What became of one decision in one condition."""

    decision: str
    condition: str
    declared: str
    """What the decision says that it does then."""
    shown_as: str
    proposed: int
    fallback: int
    """Proposals of basis ``fallback``."""
    refused: int
    failed: int
    works: bool
    note: str
    """An example of how it shows, or what does not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """A drill, whole."""

    at: datetime
    works: bool
    lines: tuple[DrillLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackRow:
    """What one decision does in one condition, as it declares."""

    decision: str
    when: str
    then: str
    shown_as: str


class Drills:
    """Drills of the fallbacks; they run on a copy, and only their result is written here."""

    folder: Path
    store: Store

    def drill(
        self, *, decision: str | None = None, site: str | None = None, by: str = "chargehand"
    ) -> DrillReport | Refusal:
        """Take models and sources away on a copy of the plant, and see each fallback work."""
        names = installed.names() if decision is None else (decision,)
        if not set(names) <= set(installed.names()):
            because = f"there is no decision {decision}; there are {', '.join(installed.names())}"
            return Refusal(code=RefusalCode.UNKNOWN_DECISION, because=because)
        decisions = [installed.load(name) for name in names]
        with TemporaryDirectory(prefix="chargehand-drill-") as place:
            lines = tuple(_on_copy(self.folder, Path(place), decisions, site))
        report = DrillReport(at=clock.now(), works=all(line.works for line in lines), lines=lines)
        self.store.write(lambda docket: _note(docket, report, by))
        return report

    def fallbacks(self) -> tuple[FallbackRow, ...]:
        """What every decision declares that it does when something fails it."""
        return tuple(
            FallbackRow(decision=name, when=one.when, then=one.then, shown_as=one.shown_as)
            for name in installed.names()
            for one in installed.load(name).fallbacks
        )

    def last_drill(self) -> LastDrill | None:
        """When fallbacks were last drilled here; None where they never were."""
        with self.store.snapshot() as sql:
            return last_drill(sql)


def last_drill(sql: Session) -> LastDrill | None:
    """What the journal says of the last drill."""
    row = sql.execute(
        "SELECT recorded_at, body FROM journal WHERE kind <> 'movement' AND kind = 'drill'"
        " ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    fact = json.loads(row["body"])
    return LastDrill(
        at=instant(row["recorded_at"]), works=not fact["failed"], drilled=fact["drilled"],
        failed=tuple(fact["failed"]),
    )  # fmt: skip


def _note(docket: Docket, report: DrillReport, by: str) -> None:
    failed = [f"{one.decision}: {one.condition}" for one in report.lines if not one.works]
    fact = {
        "drilled": len(report.lines), "failed": failed,
        "decisions": sorted({one.decision for one in report.lines}),
    }  # fmt: skip
    docket.entry("drill", "fallbacks", wire.canonical(fact), actor=by)


def _on_copy(
    folder: Path, place: Path, decisions: Sequence[Decision[Any]], site: str | None
) -> Iterator[DrillLine]:
    from chargehand.plant.plant import Plant as Opened

    saved = database.save(folder, place / "copy.zip")
    database.restore(Path(saved.file), place / "plant")
    with closing(Opened.open(place / "plant")) as copy:
        as_of = clock.now()
        forecasting.refresh(copy.store, copy.sites(), as_of)
        for decision in decisions:
            scene = Scene(copy=copy, decision=decision, site=site, as_of=as_of)
            usual = scene.heard("")
            for condition in TAKEN:
                yield _line(decision, condition, usual, scene.heard(condition))
            yield _unsure(copy, decision, usual)
            yield _failing(replace(scene, decision=replace(decision, propose=_broken)), usual)
        floor_sheet.keep_sheet(copy)
        is_whole = floor_sheet.sheet(copy)
    # Chargehand is stopped from here on: only what lies in the folder is there.
    left = (place / "plant" / floor_sheet.FILE).read_text("utf-8")
    yield from (_down(decision, left, is_whole) for decision in decisions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is drilled: one decision in a copy of the plant."""

    copy: Plant
    decision: Decision[Any]
    site: str | None
    as_of: datetime

    def heard(self, condition: str) -> list[Answer[Any]]:
        """The answers with something taken away; what was taken is there again afterwards."""
        answers: list[Answer[Any]] = []

        def work(docket: Docket) -> None:
            if condition:
                TAKEN[condition](docket, self.as_of)
            view = SqlRecordView(docket.transaction.session, self.as_of, site=self.site)
            found = hearing.collect([self.decision], view, None, {})
            answers.extend(found.get(self.decision.name, []))
            raise TAKEN_BACK

        with suppress(Undone):
            self.copy.store.write(work)
        return answers


def _line(
    decision: Decision[Any],
    condition: str,
    usual: Sequence[Answer[Any]],
    answers: Sequence[Answer[Any]],
) -> DrillLine:
    """Whether every answer that rested on what was taken away says so."""
    wrong = ""
    for answer in answers:
        forecast = getattr(answer.question, "forecast", None)
        rests = condition == "source_stale" or (condition != "model_missing" and forecast)
        lacks = condition == "model_missing" and hasattr(answer.question, "forecast")
        if isinstance(answer.answer, Refusal):
            if answer.answer.code is RefusalCode.DECISION_FAILED:
                wrong = answer.answer.because.strip().splitlines()[-1]
        elif (rests or lacks) and answer.answer.basis != "fallback":
            wrong = f"{answer.subject.label} rests on it, and says so nowhere"
    if condition == "model_missing" and any(_forecast(answer) for answer in answers):
        wrong = "a forecast was used that is not there"
    if len(answers) < len(usual) and not (condition == "model_missing" and _rests(usual)):
        wrong = f"{len(usual) - len(answers)} questions were not asked any more"
    return _told(decision, condition, answers, wrong)


def _forecast(answer: Answer[Any]) -> object:
    return getattr(answer.question, "forecast", None)


def _rests(usual: Sequence[Answer[Any]]) -> bool:
    return any(_forecast(answer) is not None for answer in usual)


def _told(
    decision: Decision[Any], condition: str, answers: Sequence[Answer[Any]], wrong: str
) -> DrillLine:
    declared = next((one for one in decision.fallbacks if one.when == condition), None)
    proposals = [one.answer for one in answers if isinstance(one.answer, Proposal)]
    marked = [one for one in proposals if one.basis == "fallback"]
    refusals = [one.answer for one in answers if isinstance(one.answer, Refusal)]
    failed = sum(one.code is RefusalCode.DECISION_FAILED for one in refusals)
    if declared is None and condition in CONDITIONS:
        wrong = wrong or "it declares nothing for this"
    note = wrong or (marked[0].basis_note if marked else "")
    if not note and not answers:
        note = "nothing is asked in this record: nothing could be seen"
    return DrillLine(
        decision=decision.name,
        condition=condition,
        declared=BREAKS_DOWN if declared is None else declared.then,
        shown_as="a refusal" if declared is None else declared.shown_as,
        proposed=len(proposals),
        fallback=len(marked),
        refused=len(refusals),
        failed=failed,
        works=not wrong,
        note=note,
    )


def _unsure(copy: Plant, decision: Decision[Any], usual: Sequence[Answer[Any]]) -> DrillLine:
    """Nothing that is not sure of itself is cleared by the policy."""
    wrong = ""

    def work(docket: Docket) -> None:
        nonlocal wrong
        policy = policies.within(docket)
        for answer in usual:
            if not isinstance(answer.answer, Proposal):
                continue
            unsure = submit(
                replace(answer.answer, confidence=0.0), proposal_id="P-0", version=1,
                decision=decision.name, proposer="chargehand",
            )  # fmt: skip
            stands = standing(docket, docket.now(), answer.answer.cost.currency)
            ruled = rule(unsure, policy, standing=stands, now=docket.now())
            if isinstance(ruled.ruling, Cleared):
                wrong = f"the policy cleared {answer.subject.label} though nothing was sure"

    copy.store.write(work)
    return _told(decision, "unsure", usual, wrong)


def _failing(scene: Scene, usual: Sequence[Answer[Any]]) -> DrillLine:
    """A decision that breaks down refuses, and does not stop the others."""
    answers = scene.heard("")
    codes = {getattr(answer.answer, "code", None) for answer in answers}
    right = codes <= {RefusalCode.DECISION_FAILED} and len(answers) == len(usual)
    wrong = "" if right else "a decision that broke down was answered all the same"
    return _told(scene.decision, FAILING, answers, wrong)


def _broken(_question: object) -> NoReturn:
    raise RuntimeError("the drill has taken the answer away")


def _down(decision: Decision[Any], left: str, is_whole: str) -> DrillLine:
    """With Chargehand stopped, the task sheet is in the folder and holds every open task."""
    rows = len(list(csv.reader(left.splitlines()))) - 1
    wrong = "" if left == is_whole else "the task sheet does not hold every open task"
    line = _told(decision, "service_down", (), wrong)
    return replace(line, note=wrong or f"the task sheet holds all {rows} open tasks")
