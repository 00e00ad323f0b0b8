"""The full page of one proposal, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chargehand.cli.context import cleaned, rows_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.reading import ProposalDetail

Section = tuple[str, Sequence[str], Sequence[Sequence[object]]]
"""Its title, its columns and its rows."""


def page_of(detail: ProposalDetail) -> RenderableType:
    """Everything an approver needs, the decisive first."""
    from rich.console import Group

    return Group(*_sections(detail))


def _sections(detail: ProposalDetail) -> Iterator[RenderableType]:
    row, proposal = detail.row, detail.proposal
    yield _heading(f"{row.id}.{row.version}  {proposal.headline}")
    yield _text(f"{row.title} · {row.label} · {row.site}/{row.zone} · {row.priority} · {row.state}")
    yield rows_of(
        ("", ""),
        (
            ("Cost", proposal.cost),
            ("If nothing is done", f"{proposal.cost_of_inaction}: {proposal.inaction}"),
            ("Confidence", f"{proposal.confidence:.0%} ({proposal.basis}: {proposal.basis_note})"),
            ("Decide before", f"{proposal.decide_before:%Y-%m-%d %H:%M} UTC"),
            ("Measured after", f"{proposal.measure_after:%Y-%m-%d} UTC"),
            ("Ruling", f"{detail.verdict} by policy {detail.policy_version}: {detail.ruling_text}"),
        ),
    )
    yield from _list("Why", proposal.reasons)
    yield from _list("What would change the answer", proposal.would_flip)
    yield from _tables(detail)
    if detail.changeable:
        yield _text(f"Can be changed: {', '.join(detail.changeable)}")


def _tables(detail: ProposalDetail) -> Iterator[RenderableType]:
    for title, columns, rows in (*_offered(detail), *_recorded(detail)):
        if rows:
            yield _heading(title)
            yield rows_of(columns, rows)
    if (outcome := detail.outcome) is not None:
        right = "right" if outcome.right else "wrong"
        yield _heading("Outcome")
        yield _text(
            f"{outcome.followed}, {right}, worth {outcome.worth}: {outcome.because}"
            f" Expected {outcome.expected}; came {outcome.actual}."
        )


def _offered(detail: ProposalDetail) -> Iterator[Section]:
    proposal = detail.proposal
    changes = [(c.what, c.now, c.after) for c in proposal.changes]
    yield "What changes", ("What", "Now#", "After#"), changes
    others = [(a.what, a.cost, a.why_not) for a in proposal.alternatives]
    yield "Alternatives", ("What", "Cost#", "Why not"), others
    checks = [("ok" if c.passed else "STOP", c.clause, c.text) for c in detail.checks]
    yield "Policy", ("", "Clause", "Says"), checks


def _recorded(detail: ProposalDetail) -> Iterator[Section]:
    orders = [
        (o.key, o.target, o.state, o.what, o.reference, o.attempts, o.last_error)
        for o in detail.orders
    ]
    columns = ("Key", "To", "State", "What", "Reference", "Tries#", "Last error")
    yield "Orders", columns, orders
    evidence = [
        (e.reference, e.kind, f"{e.at:%Y-%m-%d %H:%M}" if e.at else "", e.text)
        for e in detail.evidence
    ]
    yield "Evidence", ("Entry", "Kind", "At", "Says"), evidence
    history = [
        (f"{h.at:%Y-%m-%d %H:%M:%S}", h.what, h.who, h.because, h.entry) for h in detail.history
    ]
    yield "History", ("At", "What", "Who", "Because", "Entry#"), history


def _list(title: str, lines: tuple[str, ...]) -> Iterator[RenderableType]:
    if lines:
        yield _heading(title)
        yield _text("\n".join(f"- {line}" for line in lines))


def _heading(text: str) -> RenderableType:
    from rich.text import Text

    return Text(cleaned(f"\n{text}"), style="bold")


def _text(text: str) -> RenderableType:
    from rich.text import Text

    return Text(cleaned(text))
