"""Turns view models into pages: templates, the frame, and what every page tells the browser."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chargehand.governance.access import Act
from chargehand.web import gist, policy_text, stock_words, titles, words
from chargehand.web.session import BADGE_PAGES, TOKEN_FIELD, Visit, root_of
from chargehand.web.static_files import static_files

if TYPE_CHECKING:
    from chargehand.plant.reading import Overview

TEMPLATES = Path(__file__).parent / "templates"
THEME_COOKIE = "chargehand_theme"
NOTICE_COOKIE = "chargehand_notice"
UNDO_COOKIE = "chargehand_undo"
"""The last approval that can still be taken back, so that every page offers it."""
NOTICE_LENGTH_MAX = 600
STOPPED = "stop"
"""Cause of the breaker that a person opens over everything."""
UNDO_SECONDS_MAX = 24 * 3600
PROPOSAL = re.compile(r"P-\d{1,15}")
COMPRESSION = 4
"""Level of gzip: a page of 100 rows takes a millisecond and shrinks to an eighth."""
POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Vary": "Cookie, HX-Target, Accept-Encoding",
}


FILTERS = (
    gist.gist,
    policy_text.anchor, policy_text.is_clause,
    stock_words.attributed, stock_words.carried, stock_words.field_moment, stock_words.froze,
    stock_words.is_usable, stock_words.outside, stock_words.recalled, stock_words.route,
    stock_words.scope, stock_words.share, stock_words.signed, stock_words.supplier_of,
    stock_words.traced,
    titles.actor, titles.named, titles.titled, words.adds,
    words.amount, words.clock, words.day, words.due, words.money, words.money_about,
    words.percent, words.percent_down, words.seconds,
    words.phase, words.phases, words.pretty, words.quantity, words.rank, words.said, words.sentence,
    words.shortened, words.span, words.spoken, words.state, words.unit, words.urgency,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RailEntry:
    """One page of the rail: its key follows ``g``."""

    path: str
    name: str
    icon: str
    key: str
    begins: bool = False
    """Whether a line is drawn above it: the pages below are about trust, not about goods."""
    act: Act = Act.READ
    """What one must be allowed somewhere to be shown it."""


RAIL = (
    RailEntry(path="/inbox", name="Inbox", icon="inbox", key="i"),
    RailEntry(path="/floor", name="Floor tasks", icon="list-checks", key="f"),
    RailEntry(path="/stock", name="Stock", icon="package", key="s"),
    RailEntry(path="/holds", name="Holds", icon="octagon-x", key="h"),
    RailEntry(path="/reconciliation", name="Reconciliation", icon="clipboard-list", key="r"),
    RailEntry(path="/outcomes", name="Outcomes", icon="trending-up", key="o", begins=True),
    RailEntry(path="/autonomy", name="Autonomy", icon="bot", key="u"),
    RailEntry(path="/reviews", name="Reviews", icon="calendar", key="w"),
    RailEntry(path="/approvals", name="Approvals", icon="check", key="y"),
    RailEntry(path="/policy", name="Policy", icon="file-text", key="p"),
    RailEntry(path="/access", name="Access", icon="user", key="x"),
    RailEntry(path="/audit", name="Audit trail", icon="scroll-text", key="a", act=Act.AUDIT),
    RailEntry(path="/sources", name="Sources", icon="factory", key="c"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What came of the last act, or why it did not happen."""

    text: str
    kind: str = "done"
    """done, problem or changed."""
    href: str = ""
    link: str = ""
    cure: str = ""
    undo: str = ""
    """The proposal that this act can be taken back of; empty where it cannot."""
    until: str = ""
    """Until when (ISO 8601)."""


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for filter_ in FILTERS:
        environment.filters[filter_.__name__] = filter_
    environment.globals["icon"] = _icon
    environment.globals["query"] = query
    environment.globals["token_field"] = TOKEN_FIELD
    return environment


def _icon(root: str, name: str) -> Markup:
    """Draw a symbol of the sprite; without the sprite, the words beside it do."""
    known = static_files()
    if not known.has("vendor/icons.svg"):
        return Markup("")
    href = f"{root}/static/{known.mark}/vendor/icons.svg#{name}"
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>').format(href)


def bare(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Render a page that needs no session."""
    known = static_files()
    root = root_of(request)
    theme = request.cookies.get(THEME_COOKIE, "")
    html = (
        _templates()
        .get_template(template)
        .render(
            root=root,
            static=f"{root}/static/{known.mark}",
            has_vendor=known.has("vendor/htmx.js"),
            theme=theme if theme in {"light", "dark"} else "",
            **values,
        )
    )
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return HTMLResponse(html, status_code=status, headers=HEADERS)
    packed = gzip.compress(html.encode(), compresslevel=COMPRESSION)
    return HTMLResponse(packed, status_code=status, headers=HEADERS | {"Content-Encoding": "gzip"})


def page(
    visit: Visit,
    template: str,
    *,
    here: str,
    status: int = 200,
    overview: Overview | None = None,
    notice: Notice | None = None,
    **values: object,
) -> HTMLResponse:
    """Render a page inside the common frame. ``here`` is the path of its rail entry."""
    overview, notice = overview or visit.plant.overview(), notice or _told(visit.request)
    response = bare(
        visit.request,
        template,
        status=status,
        here=here,
        rail=_rail(visit),
        at_the_line=bool(visit.bearer.scope.acts),
        overview=overview,
        now=overview.as_of,
        undo=_undoable(visit.request, notice, overview.as_of),
        is_stopped=any(one.cause == STOPPED for one in overview.breakers),
        tripped=sum(one.cause != STOPPED and one.state == "open" for one in overview.breakers),
        unseen=visit.plant.unseen_notices(str(visit.person.person)),
        fresh=_fresh(overview),
        person=visit.person,
        form_token=visit.form_token,
        notice=notice,
        **values,
    )
    if NOTICE_COOKIE in visit.request.cookies:
        response.delete_cookie(NOTICE_COOKIE, path=visit.root or "/")
    return response


def _rail(visit: Visit) -> tuple[RailEntry, ...]:
    """The pages that somebody may see: by badge those of the line only."""
    scope = visit.bearer.scope
    if scope.acts:
        return tuple(one for one in RAIL if one.path in BADGE_PAGES)
    may = {
        act: bool(visit.plant.sites_where(visit.person, act, scope))
        for act in {one.act for one in RAIL}
    }
    return tuple(one for one in RAIL if may[one.act])


def _fresh(overview: Overview) -> dict[str, str]:
    state, text = words.freshness(overview.last_signal_at, overview.as_of)
    return {"state": state, "text": text}


def go(visit: Visit, path: str, notice: Notice | None = None) -> RedirectResponse:
    """Send the browser to another page, which says once what came of the act."""
    response = RedirectResponse(visit.url(path), status_code=303)
    response.headers["Cache-Control"] = "no-store"
    if notice:
        text = notice.text[:NOTICE_LENGTH_MAX]
        fields = [text, notice.kind, notice.href, notice.link, notice.undo, notice.until]
        packed = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()
        response.set_cookie(
            NOTICE_COOKIE,
            packed,
            max_age=60,
            path=visit.root or "/",
            httponly=True,
            samesite="strict",
        )
        if notice.undo:
            response.set_cookie(
                UNDO_COOKIE,
                f"{notice.undo} {notice.until}",
                max_age=UNDO_SECONDS_MAX,
                path=visit.root or "/",
                httponly=True,
                samesite="strict",
            )
    return response


def no_undo(visit: Visit, response: Response) -> Response:
    """Offer no longer to take an approval back: that was done."""
    response.delete_cookie(UNDO_COOKIE, path=visit.root or "/")
    return response


def _undoable(request: Request, notice: Notice | None, now: datetime) -> tuple[str, str]:
    """The proposal that can still be taken back, and until when; empty texts where none can."""
    kept = request.cookies.get(UNDO_COOKIE, "").partition(" ")
    proposal, until = (notice.undo, notice.until) if notice and notice.undo else kept[::2]
    try:
        is_open = datetime.fromisoformat(until) > now
    except (ValueError, TypeError):
        return "", ""
    return (proposal, until) if is_open and PROPOSAL.fullmatch(proposal) else ("", "")


def _told(request: Request) -> Notice | None:
    """Read the notice that the last act left; anything odd is no notice."""
    packed = request.cookies.get(NOTICE_COOKIE)
    if not packed:
        return None
    try:
        fields = [str(one) for one in json.loads(base64.urlsafe_b64decode(packed.encode()))]
        text, kind, href, link, undo, until = fields
    except (binascii.Error, ValueError, TypeError):
        return None
    return Notice(text=text, kind=kind, href=href, link=link, undo=undo, until=until)


def query(**fields: str | None) -> str:
    """Write the fields that are set as the query part of an address, with its question mark."""
    kept = {name: value for name, value in fields.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
