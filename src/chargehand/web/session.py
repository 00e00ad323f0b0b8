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
    from chargehand.plant.plant import Plant

COOKIE = "chargehand_session"
SESSION_SECONDS = 12 * 3600
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
    person = plant.session(key) if key else None
    if person is None:
        raise NotSignedIn
    return Visit(request, plant, person, form_token(key, secrets.token_hex(8)))


Seen = Annotated[Visit, Depends(visit)]


async def checked_form(
    request: Request,
    seen: Seen,  # noqa: ARG001 - nobody without a session gets this far
) -> Mapping[str, str]:
    """Read the fields of a form of this session; ``FormRefused`` for any other."""
    try:
        length = int(request.headers.get("content-length", ""))
    except ValueError:
        length = FORM_BYTES_MAX + 1
    if length > FORM_BYTES_MAX:
        raise FormRefused(413, "The form is too large.", "Write less, then send it again.")
    form = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    given = fields.pop(TOKEN_FIELD, "")
    expected = form_token(request.cookies.get(COOKIE, ""), given.partition(".")[0])
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise FormRefused(
            403,
            "This form does not belong to your session, so nothing was done.",
            "Open the page again and repeat it there.",
        )
    return fields


Fields = Annotated[Mapping[str, str], Depends(checked_form)]


def keep_session(response: Response, request: Request, session_key: str) -> None:
    """Set the session cookie: sent only to us, only by our own pages, unreadable to scripts."""
    response.set_cookie(
        COOKIE,
        session_key,
        max_age=SESSION_SECONDS,
        path=root_of(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def forget_session(response: Response, request: Request) -> None:
    """Take the session cookie away."""
    response.delete_cookie(COOKIE, path=root_of(request) or "/", httponly=True, samesite="strict")
