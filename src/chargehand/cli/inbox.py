"""The inbox: list, show, approve, reject and change proposals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.batch import BatchWish, approve_together
from chargehand.cli.context import (
    FAILED,
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    say,
    wrong_use,
)
from chargehand.cli.filters import (
    STATES,
    wrong_place,
    wrong_window,
    wrong_word,
    wrong_zone,
)
from chargehand.cli.page import page_of
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from rich.table import Table

    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import Done, ProposalRow

Id = Annotated[str, Parameter(help="Proposal, such as P-12.")]
Ids = Annotated[
    list[str], Parameter(help="Proposals, such as P-12 P-14.", negative="", consume_multiple=True)
]
Version = Annotated[
    int | None, Parameter(help="Refuse if it is at another version by now.", show_default=False)
]
COLUMNS = ("Id!", "Priority!", "Proposal", "Cost#", "?If nothing#", "?Sure#", "By!", "?State!")
QUEUE = "?Queue"
DryRun = Annotated[bool, Parameter(negative="", help="Say what would be done; change nothing.")]
Yes = Annotated[bool, Parameter(name=["--yes", "-y"], negative="", help="Do not ask back.")]


def inbox(  # noqa: PLR0913 - each option narrows the list by itself
    *,
    state: Annotated[str, Parameter(help="Such as waiting, sent, confirmed, or all.")] = "waiting",
    site: Annotated[str | None, Parameter(help="Only this site.")] = None,
    zone: Annotated[str | None, Parameter(help="Only this zone.")] = None,
    decision: Annotated[str | None, Parameter(help="Only this decision.")] = None,
    queue: Annotated[
        str | None, Parameter(help="Only what waits in the queue of this person now.")
    ] = None,
    may_approve: Annotated[
        str | None, Parameter(help="Only what this person may approve now.")
    ] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    after: Annotated[
        str | None, Parameter(help="Go on after this mark of an earlier list.")
    ] = None,
    common: Common = PLAIN,
) -> int:
    """List proposals, the most pressing first."""
    wrong = wrong_word("--state", state, STATES, json=common.json)
    wrong = wrong or wrong_window(limit, after, keys=4, json=common.json)
    if wrong is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        wrong = wrong_place(plant, site=site, decision=decision, json=common.json)
        if wrong is not None:
            return wrong
        page = plant.inbox(
            state=state, decision=decision, site=site, zone=zone, after=after, limit=limit,
            queue_of=queue, may_approve=may_approve,
        )  # fmt: skip
        if not page.rows and (wrong := wrong_zone(plant, zone, json=common.json)) is not None:
            return wrong
    emit(page, json=common.json, table=lambda: proposals_table(page.rows))
    if not page.rows:
        say(
            "Nothing here. `chargehand inbox --state observed` has what is only watched.",
            quiet=common.quiet,
        )
    if page.next and not common.json:
        say(f"More with --after {page.next}", quiet=common.quiet)
    return OK


def proposals_table(rows: Iterable[ProposalRow]) -> Table:
    """Proposals, one line each; with their queue where any waits in one or was handed on."""
    rows = tuple(rows)
    queues = [_queue(row) for row in rows]
    lines = (
        (
            row.id,
            row.priority,
            row.headline,
            row.cost,
            row.cost_of_inaction,
            f"{row.confidence:.0%}" if row.basis == "model" else "rule",
            f"{row.decide_before:%d %b}",
            row.state,
        )
        for row in rows
    )
    if not any(queues):
        return rows_of(COLUMNS, lines)
    both = zip(lines, queues, strict=True)
    return rows_of((*COLUMNS, QUEUE), ((*line, queue) for line, queue in both))


def _queue(row: ProposalRow) -> str:
    """The roster that it waits for, and whom it was handed on to."""
    handed = f"handed on to {', '.join(row.handed_to)}" if row.handed_to else ""
    return "; ".join(part for part in (row.roster, handed) if part)


def show(proposal: Id, /, *, common: Common = PLAIN) -> int:
    """Show one proposal whole: reasons, cost, alternatives, evidence."""
    with closing(open_plant(common.plant)) as plant:
        detail = plant.proposal(proposal)
    if detail is None:
        return refused(_unknown(proposal), json=common.json)
    emit(detail, json=common.json, table=lambda: page_of(detail))
    return OK


def approve(
    proposals: Ids,
    /,
    *,
    justification: Annotated[str, Parameter(help="Why, where the policy asks for it.")] = "",
    version: Version = None,
    as_: Actor = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    common: Common = PLAIN,
) -> int:
    """Approve one proposal, or several together.

    Several are shown first with what they come to.
    Tasks of Chargehand's own floor are there at once; orders for other systems are sent by
    `chargehand up`. Where the policy lets it be undone for a while, all of them wait until then.
    """
    if len(proposals) > 1:
        if version is not None:
            return wrong_use("--version goes with one proposal.", json=common.json)
        wish = BatchWish(
            ids=proposals, justification=justification, as_=as_, yes=yes, dry_run=dry_run
        )
        return approve_together(wish, common)
    proposal = proposals[0]

    def act(plant: Plant, person: str) -> Done | Refusal:
        return plant.approve(proposal, by=person, justification=justification, version=version)

    return _act(proposal, "approve", act, as_=as_, yes=yes, dry_run=dry_run, common=common)


def undo(
    proposal: Id,
    /,
    *,
    because: Annotated[str, Parameter(help="Why it is taken back.")] = "",
    as_: Actor = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    common: Common = PLAIN,
) -> int:
    """Take an approval back before anything of it has begun."""

    def act(plant: Plant, person: str) -> Done | Refusal:
        return plant.undo(proposal, by=person, because=because)

    return _act(proposal, "undo", act, as_=as_, yes=yes, dry_run=dry_run, common=common)


def reject(
    proposal: Id,
    /,
    *,
    reason: Annotated[str, Parameter(help="Code of the reason; a wrong one lists them all.")],
    text: Annotated[str, Parameter(help="What else there is to say.")] = "",
    version: Version = None,
    as_: Actor = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    common: Common = PLAIN,
) -> int:
    """Reject a proposal, with a reason to learn from."""

    def act(plant: Plant, person: str) -> Done | Refusal:
        return plant.reject(proposal, by=person, reason=reason, text=text, version=version)

    return _act(proposal, "reject", act, as_=as_, yes=yes, dry_run=dry_run, common=common)


def change(
    proposal: Id,
    /,
    *changes: Annotated[str, Parameter(help="Such as quantity=8; `show` lists the fields.")],
    approve: Annotated[
        bool, Parameter(negative="", help="Approve it in the same act, or change nothing.")
    ] = False,
    justification: Annotated[str, Parameter(help="Why, where the policy asks for it.")] = "",
    version: Version = None,
    as_: Actor = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    common: Common = PLAIN,
) -> int:
    """Change a proposal; the policy rules on it again."""
    wanted = dict(part.partition("=")[::2] for part in changes if "=" in part)
    if not changes or len(wanted) != len(changes) or not all(wanted):
        because = "changes are written field=value, each field once, such as quantity=8."
        return wrong_use(because, json=common.json)

    def act(plant: Plant, person: str) -> Done | Refusal:
        return plant.change(
            proposal, by=person, changes=wanted, version=version, approve=approve,
            justification=justification,
        )  # fmt: skip

    return _act(proposal, "change", act, as_=as_, yes=yes, dry_run=dry_run, common=common)


def _act(
    proposal: str,
    verb: str,
    act: Callable[[Plant, str], Done | Refusal],
    *,
    as_: str | None,
    yes: bool,
    dry_run: bool,
    common: Common,
) -> int:
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        detail = plant.proposal(proposal)
        if detail is None:
            return refused(_unknown(proposal), json=common.json)
        row = detail.row
        what = f"{verb} {row.id} as {person}: {row.headline}"
        if dry_run:
            would = {"would": verb, "proposal": row.id, "version": row.version, "by": person}
            emit(would, json=common.json, table=lambda: f"would {what}")
            return OK
        if not yes and not common.json and sys.stdin.isatty() and not _agreed(what):
            say("Nothing done.")
            return FAILED
        done = act(plant, person)
        after = plant.proposal(proposal)
    if isinstance(done, Refusal):
        return refused(done, json=common.json)
    emit(done, json=common.json, table=lambda: f"{done.proposal} {done.state}: {done.text}")
    outside = {order.target for order in after.orders if order.state == "pending"} if after else ()
    if outside:
        say(f"It will be sent to {', '.join(sorted(outside))} by `chargehand up`.",
            quiet=common.quiet)  # fmt: skip
    return OK


def _agreed(what: str) -> bool:
    say(f"{what}\nGo on? [y/N] ")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _unknown(proposal: str) -> Refusal:
    return Refusal(code=RefusalCode.UNKNOWN_PROPOSAL, because=f"there is no proposal {proposal!r}")
