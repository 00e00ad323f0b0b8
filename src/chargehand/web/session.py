"""Who is looking: the session cookie, the token that every form carries, and the way to sign in."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request, Response

if TYPE_CHECKING:
    from chargehand.governance.authority import Person
    from chargehand.plant.people import Bearer
    from chargehand.plant.plant import Plant

COOKIE = "chargehand_session"
BEFORE_COOKIE = "chargehand_before"
"""Belongs to a browser in which nobody has signed in yet: the sign-in forms are bound to it."""
COOKIE_SECONDS = 24 * 3600
"""The cookie may outlive the session, which the plant ends by its own settings."""
BADGE_PAGES = ("/floor", "/stock", "/lots", "/movements", "/live", "/find")
"""What somebody sees who signed in by badge."""
BADGE_FORMS = ("/floor/", "/logout", "/theme", "/autonomy/stop")
"""What they may send: stopping is for everybody."""
UNATTENDED = "/live"
"""Asked for by an open page without anybody there: it keeps nobody signed in."""
FORM_BYTES_MAX = 64 * 1024
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field, not a secret


class NotSignedIn(Exception):
    """The page needs a session and there is none that holds."""


class FormRefused(Exception):
    """A form came without the token of its session, or is not a form: nothing was done."""

    def __init__(self, status: int, because: str, cure: str) -> None:
        super().__init__(because)
        self.status = status
        self.because = because
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one person."""

    request: Request
    plant: Plant
    person: Person
    form_token: str
    bearer: Bearer

    @property
    def root(self) -> str:
        """Path under which the console is mounted, without a slash at its end."""
        return root_of(self.request)

    def url(self, path: str) -> str:
        """Address of a page, wherever the console is mounted."""
        return f"{self.root}{path}"

    def targets(self, element: str) -> bool:
        """Whether htmx asks only for this element (such as ``section#pane``)."""
        return self.request.headers.get("hx-target", "") == element


def root_of(request: Request) -> str:
    """Return the path prefix of the console, such as ``/plant/3``, or nothing."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def path_of(request: Request) -> str:
    """Return the path of a page below the console's own."""
    return request.url.path.removeprefix(root_of(request))


def plant_of(request: Request) -> Plant:
    """Return the one plant of this server."""
    plant: Plant = request.app.state.plant
    return plant


def form_token(session_key: str, salt: str) -> str:
    """Derive a token for the forms of a session: who has not the key cannot make one.

    The salt makes it another text on every page, so that compressing pages gives nothing away.
    """
    return f"{salt}.{hmac.new(session_key.encode(), salt.encode(), sha256).hexdigest()}"


def visit(request: Request) -> Visit:
    """Find the person behind the cookie; ``NotSignedIn`` where there is none."""
    key = request.cookies.get(COOKIE, "")
    plant = plant_of(request)
    path = path_of(request)
    bearer = plant.visitor(key, acting=path != UNATTENDED) if key else None
    if bearer is None:
        raise NotSignedIn
    if bearer.scope.acts and not _is_at_the_line(request.method, path):
        raise FormRefused(
            403,
            "A session by badge is for tasks on the floor, not for this page.",
            "Go back to the floor tasks, or sign in with your id.",
        )
    token = form_token(key, secrets.token_hex(8))
    return Visit(request, plant, bearer.person, token, bearer)


def _is_at_the_line(method: str, path: str) -> bool:
    """Whether a page or a form is for somebody who signed in by badge."""
    if method in {"GET", "HEAD"}:
        return any(path == one or path.startswith(f"{one}/") for one in BADGE_PAGES)
    return path.startswith(BADGE_FORMS)


Seen = Annotated[Visit, Depends(visit)]


async def checked_form(
    request: Request,
    seen: Seen,  # noqa: ARG001 - nobody without a session gets this far
) -> Mapping[str, str]:
    """Read the fields of a form of this session; ``FormRefused`` for any other."""
    return await _fields_of(
        request,
        request.cookies.get(COOKIE, ""),
        "This form does not belong to your session, so nothing was done.",
    )


async def checked_entry(request: Request) -> Mapping[str, str]:
    """Read the fields of a sign-in form that this browser was given; ``FormRefused`` for others.

    Without this, another site's page could sign people in under a name that is not theirs.
    """
    return await _fields_of(
        request,
        request.cookies.get(BEFORE_COOKIE, ""),
        "This form is not the one that was opened in this browser, so nobody was signed in.",
    )


async def _fields_of(request: Request, key: str, because: str) -> Mapping[str, str]:
    try:
        length = int(request.headers.get("content-length", ""))
    except ValueError:
        length = FORM_BYTES_MAX + 1
    if length > FORM_BYTES_MAX:
        raise FormRefused(413, "The form is too large.", "Write less, then send it again.")
    form = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    given = fields.pop(TOKEN_FIELD, "")
    expected = form_token(key, given.partition(".")[0])
    if not key or not hmac.compare_digest(given.encode(), expected.encode()):
        raise FormRefused(403, because, "Open the page again and repeat it there.")
    return fields


Fields = Annotated[Mapping[str, str], Depends(checked_form)]
EntryFields = Annotated[Mapping[str, str], Depends(checked_entry)]


def entry_token(request: Request) -> tuple[str, str]:
    """The key of a browser in which nobody has signed in, new where it has none, and a token."""
    key = request.cookies.get(BEFORE_COOKIE, "") or secrets.token_urlsafe(32)
    return key, form_token(key, secrets.token_hex(8))


def keep_cookie(
    response: Response, request: Request, name: str, value: str, *, seconds: int, lax: bool = False
) -> None:
    """Set a cookie that is sent only to us, and that no script reads.

    ``lax``: it is sent as well when another site's page leads the browser here.
    """
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=root_of(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax" if lax else "strict",
    )


def drop_cookie(response: Response, request: Request, name: str) -> None:
    """Take a cookie away."""
    response.delete_cookie(name, path=root_of(request) or "/", httponly=True, samesite="strict")


def keep_session(response: Response, request: Request, session_key: str) -> None:
    """Let this browser be signed in by a new session; the one before ends here and in the plant."""
    before = request.cookies.get(COOKIE, "")
    if before:
        plant_of(request).end_session(before)
    keep_cookie(response, request, COOKIE, session_key, seconds=COOKIE_SECONDS)
    drop_cookie(response, request, BEFORE_COOKIE)


def forget_session(response: Response, request: Request) -> None:
    """Take the session cookie away."""
    drop_cookie(response, request, COOKIE)
