"""The inbox: what waits for a person on the left, the chosen decision on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.pages.decision import Attempt, DecisionView, decision_view
from chargehand.web.pages.filters import (
    STATE_CHOICES,
    WHOSE,
    Choice,
    InboxFilter,
    choices,
    site_choices,
)
from chargehand.web.render import Notice, page
from chargehand.web.session import Seen, Visit
from chargehand.web.titles import titled

if TYPE_CHECKING:
    from chargehand.plant.reading import Overview, Page, ProposalRow, ReplayReport

PANE = "section#pane"
"""How htmx names the right-hand side when it asks for that alone."""

router = APIRouter(include_in_schema=False)


@router.get("/")
def start(seen: Seen) -> Response:
    """The console starts with what needs a person."""
    return RedirectResponse(seen.url("/inbox"), status_code=303)


@router.get("/inbox")
def inbox(request: Request, seen: Seen) -> Response:
    """List the inbox, with its first decision open beside it where there is room."""
    shown = InboxFilter.read(request.query_params)
    listed = shown.rows(seen.plant, str(seen.person.person))
    chosen = _view(seen, listed.rows[0].id) if listed.rows else None
    if chosen is not None:
        _looked(seen, chosen)
    return split(seen, shown, listed, chosen, focus="list")


@router.get("/inbox/{id}")
def decision(request: Request, seen: Seen, id: str) -> Response:
    """Show one decision; where htmx asks for the pane alone, the list is not read again."""
    shown = InboxFilter.read(request.query_params)
    chosen = _view(seen, id)
    if chosen is None:
        return unknown(seen, id)
    _looked(seen, chosen)
    replayed = seen.plant.replay(id) if "replay" in request.query_params else None
    return decided(seen, shown, chosen, replayed)


@router.get("/inbox/{id}/{act}")
def act_address(seen: Seen, id: str, act: str) -> Response:  # noqa: ARG001 - part of the path
    """Somebody reloads the address that a form was sent to: show the decision."""
    return RedirectResponse(seen.url(f"/inbox/{id}"), status_code=303)


def refused(seen: Visit, shown: InboxFilter, id: str, attempt: Attempt) -> Response:
    """Show the decision again with the reason of the refusal and all that was typed."""
    chosen = _view(seen, id, attempt)
    if chosen is None:
        return unknown(seen, id)
    response = decided(seen, shown, chosen, status=attempt.status)
    # The address of a form is no page: keep the one of the decision.
    response.headers["HX-Push-Url"] = "false"
    return response


def decided(
    seen: Visit,
    shown: InboxFilter,
    chosen: DecisionView,
    replayed: ReplayReport | Refusal | None = None,
    status: int = 200,
) -> Response:
    """Answer with the pane alone or with the whole page, as asked."""
    if seen.targets(PANE):
        return page(
            seen,
            "screens/pane.html",
            here="/inbox",
            status=status,
            chosen=chosen,
            shown=shown,
            replayed=replayed,
            focus="decision",
        )
    listed = shown.rows(seen.plant, str(seen.person.person))
    return split(seen, shown, listed, chosen, focus="decision", replayed=replayed, status=status)


def split(
    seen: Visit,
    shown: InboxFilter,
    listed: Page[ProposalRow],
    chosen: DecisionView | None,
    *,
    focus: str,
    replayed: ReplayReport | Refusal | None = None,
    status: int = 200,
) -> Response:
    """Show list and decision; ``focus`` says which of them a narrow screen shows."""
    overview = seen.plant.overview()
    titles = {name: titled(name) for name, _, _ in seen.plant.decisions()}
    titles |= {row.decision: row.title for row in listed.rows}
    return page(
        seen,
        "screens/inbox.html",
        here="/inbox",
        status=status,
        overview=overview,
        shown=shown,
        listed=listed,
        chosen=chosen,
        focus=focus,
        replayed=replayed,
        filters=_filters(shown, listed, overview, titles),
        stands_in=[
            one
            for one in seen.plant.delegations(person=str(seen.person.person))
            if one.state == "in_force" and one.to_person == seen.person.person
        ],
    )


def unknown(seen: Visit, id: str) -> Response:
    """Say that there is no such proposal."""
    told = Notice(
        kind="problem",
        text=f"There is no proposal {id[:40]}.",
        cure="It may belong to another plant. Look in the inbox, or search with /.",
    )
    return page(seen, "screens/missing.html", here="/inbox", status=404, notice=told)


def _looked(seen: Visit, chosen: DecisionView) -> None:
    """Note that it was opened, where it waits: reading times are told over many, never one."""
    if chosen.can_act:
        seen.plant.looked_at(chosen.detail.row.id, by=str(seen.person.person))


def _view(seen: Visit, id: str, attempt: Attempt | None = None) -> DecisionView | None:
    detail = seen.plant.proposal(id)
    return decision_view(detail, attempt) if detail else None


def _filters(
    shown: InboxFilter, listed: Page[ProposalRow], overview: Overview, titles: dict[str, str]
) -> list[tuple[str, str, tuple[Choice, ...]]]:
    """Name, label and options of each filter that has something to choose."""
    zones = sorted({row.zone for row in listed.rows})
    kinds = [("", "All decisions"), *titles.items()]
    places = [("", "All zones"), *((zone, zone) for zone in zones)]
    states = [(state, words.state(state)) for state in STATE_CHOICES]
    found = [
        ("state", "State", choices(states, shown.unknown or shown.state)),
        ("whose", "Whose", choices(WHOSE.items(), shown.whose)),
        ("decision", "Decision", choices(kinds, shown.decision) if len(kinds) > 2 else ()),  # noqa: PLR2004
        ("site", "Site", site_choices(overview, shown.site)),
        ("zone", "Zone", choices(places, shown.zone) if len(zones) > 1 or shown.zone else ()),
    ]
    return [row for row in found if row[2]]
