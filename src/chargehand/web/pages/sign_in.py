"""Signing in by link, password, badge or provider; signing out; choosing light or dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from chargehand.plant.people import PROVIDER
from chargehand.plant.sign_in_oidc import Returned, inside
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.web.render import THEME_COOKIE, Notice, bare, go
from chargehand.web.session import (
    BEFORE_COOKIE,
    COOKIE,
    EntryFields,
    Fields,
    FormRefused,
    NotSignedIn,
    Seen,
    entry_token,
    forget_session,
    keep_cookie,
    keep_session,
    path_of,
    plant_of,
    root_of,
)

if TYPE_CHECKING:
    from chargehand.plant.sign_in_local import SignedIn

YEAR_SECONDS = 365 * 24 * 3600
FLOW_COOKIE = "chargehand_flow"
"""Binds a sign-in at the provider to the browser that began it."""
FLOW_SECONDS = 600
BEFORE_SECONDS = 3600
OUTSIDE = frozenset({"cross-site", "same-site"})

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login(request: Request, token: str = "", back: str = "/inbox") -> Response:
    """Show the ways to sign in, or redeem a one-time link.

    A link that another site's page leads to is asked about first: whoever wrote that page could
    have anybody signed in under a name that is not theirs.
    """
    plant = plant_of(request)
    if not token:
        key = request.cookies.get(COOKIE, "")
        if key and plant.visitor(key):
            return RedirectResponse(f"{root_of(request)}{inside(back)}", status_code=303)
        return signing(request, status=200 if _is_asked_for(request) else 401, back=inside(back))
    if request.headers.get("sec-fetch-site") in OUTSIDE:
        return signing(request, status=200, template="sign_in_link", token=token, back=inside(back))
    return _redeemed(request, token, inside(back))


def _is_asked_for(request: Request) -> bool:
    """Whether the plant has a form to fill in here, or only says what to do elsewhere."""
    ways = plant_of(request).ways()
    return ways.password or ways.badge or bool(ways.provider)


@router.post("/login/link")
def login_by_link(request: Request, fields: EntryFields) -> Response:
    """Redeem a one-time link that somebody confirmed."""
    return _redeemed(request, fields.get("token", ""), inside(fields.get("back", "")))


def _redeemed(request: Request, token: str, back: str) -> Response:
    session_key = plant_of(request).redeem(token)
    if session_key is None:
        return signing(request, status=410, used=True, back=back)
    # A page of ours, not a redirect: after a link in a mail, the browser withholds a strict cookie
    # until a page of ours asks.
    response = onward(request, f"{root_of(request)}{back}")
    keep_session(response, request, session_key)
    return response


@router.post("/login")
def login_by_password(request: Request, fields: EntryFields) -> Response:
    """Sign somebody in by id and password."""
    person, back = fields.get("person", "").strip(), inside(fields.get("back", ""))
    signed_in = plant_of(request).sign_in(
        person, fields.get("password", ""), address=_address(request)
    )
    return _settled(request, signed_in, back=back, typed=person)


@router.post("/login/badge")
def login_by_badge(request: Request, fields: EntryFields) -> Response:
    """Sign somebody in at the line by badge and PIN."""
    signed_in = plant_of(request).sign_in_by_badge(
        fields.get("badge", "").strip(), fields.get("pin", ""), address=_address(request)
    )
    return _settled(request, signed_in, back="/floor", way="badge")


def _settled(
    request: Request, signed_in: SignedIn | Refusal, *, back: str, typed: str = "", way: str = ""
) -> Response:
    if isinstance(signed_in, Refusal):
        is_locked = signed_in.code == RefusalCode.SIGN_IN_LOCKED
        return signing(
            request, status=429 if is_locked else 401, back=back, typed=typed, way=way,
            refused=signed_in.because,
        )  # fmt: skip
    response = RedirectResponse(f"{root_of(request)}{back}", status_code=303)
    keep_session(response, request, signed_in.key)
    return response


@router.get("/login/provider")
def login_by_provider(request: Request, back: str = "/inbox") -> Response:
    """Send the browser to the identity provider."""
    begun = plant_of(request).begin_sign_in(
        back=inside(back), cookie=request.cookies.get(FLOW_COOKIE, "")
    )
    if isinstance(begun, Refusal):
        return signing(request, status=503, back=inside(back), refused=begun.because)
    response = RedirectResponse(begun.address, status_code=303)
    keep_cookie(response, request, FLOW_COOKIE, begun.cookie, seconds=FLOW_SECONDS, lax=True)
    return response


@router.get("/login/callback")
def back_from_provider(
    request: Request, state: str = "", code: str = "", error: str = "", iss: str | None = None
) -> Response:
    """Let somebody in who comes back from the identity provider."""
    returned = Returned(
        cookie=request.cookies.get(FLOW_COOKIE, ""), state=state, code=code, error=error, issuer=iss
    )
    entered = plant_of(request).finish_sign_in(returned)
    if isinstance(entered, Refusal):
        is_stranger = entered.code == RefusalCode.UNKNOWN_PERSON
        template = "sign_in_stranger" if is_stranger else "sign_in"
        status = 403 if is_stranger else 401
        return signing(request, status=status, template=template, refused=entered.because)
    response = onward(request, f"{root_of(request)}{entered.back}")
    keep_session(response, request, entered.signed_in.key)
    return response


@router.post("/logout")
def logout(request: Request, seen: Seen, fields: Fields) -> Response:  # noqa: ARG001 - checks the form
    """End the session here, and at the provider where it began there."""
    plant = plant_of(request)
    plant.end_session(request.cookies.get(COOKIE, ""))
    way_out = plant.way_out() if seen.bearer.label == PROVIDER else ""
    response: Response = RedirectResponse(seen.url("/login"), status_code=303)
    if way_out:  # a page of ours: browsers let a form lead nowhere else
        response = onward(request, way_out)
    forget_session(response, request)
    return response


@router.get("/password")
def password(request: Request, seen: Seen) -> Response:
    """Show the form for one's own password."""
    return _password_page(request, seen)


@router.post("/password")
def set_password(request: Request, seen: Seen, fields: Fields) -> Response:
    """Set one's own password."""
    new = fields.get("password", "")
    if new != fields.get("again", ""):
        return _password_page(request, seen, refused="The two new passwords are not the same.")
    refusal = seen.plant.set_password(seen.bearer, new, current=fields.get("current", ""))
    if refusal is not None:
        return _password_page(request, seen, refused=refusal.because)
    return go(seen, "/inbox", Notice(text="Your password is set. Your other sessions have ended."))


def _password_page(request: Request, seen: Seen, *, refused: str = "") -> Response:
    return bare(
        request,
        "screens/sign_in_password.html",
        status=422 if refused else 200,
        person=seen.person,
        form_token=seen.form_token,
        fresh=seen.plant.is_fresh(seen.bearer),
        ways=seen.plant.ways(),
        refused=refused,
    )


@router.post("/theme")
def theme(seen: Seen, fields: Fields) -> Response:
    """Keep the theme for this browser, and go back to the page it came from."""
    chosen = fields.get("theme", "")
    back = fields.get("back", "/inbox")
    safe = back.startswith("/") and not back.startswith("//") and "\\" not in back
    response = RedirectResponse(seen.url(back if safe else "/inbox"), status_code=303)
    if chosen in {"light", "dark"}:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=YEAR_SECONDS, path=seen.root or "/", samesite="strict"
        )
    return response


def signing(
    request: Request, *, status: int, template: str = "sign_in", **values: object
) -> HTMLResponse:
    """Show a page of signing in, with forms that only this browser can send."""
    key, token = entry_token(request)
    shown = {"used": False, "refused": "", "typed": "", "way": "", "back": "/inbox", "token": ""}
    response = bare(
        request,
        f"screens/{template}.html",
        status=status,
        ways=plant_of(request).ways(),
        form_token=token,
        **(shown | values),
    )
    keep_cookie(response, request, BEFORE_COOKIE, key, seconds=BEFORE_SECONDS)
    return response


def onward(request: Request, path: str) -> HTMLResponse:
    """Send the browser on from a page of ours."""
    return bare(request, "screens/onward.html", path=path)


def _address(request: Request) -> str:
    return "" if request.client is None else request.client.host


async def not_signed_in(request: Request, error: Exception) -> Response:
    """Answer every page that nobody is signed in for."""
    assert isinstance(error, NotSignedIn), "registered for it"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": f"{root_of(request)}/login"})
    query = f"?{request.url.query}" if request.url.query else ""
    came_from_outside = request.headers.get("sec-fetch-site") == "cross-site"
    if came_from_outside and request.method == "GET":
        return onward(request, f"{request.url.path}{query}")
    back = f"{path_of(request)}{query}" if request.method == "GET" else "/inbox"
    return signing(request, status=401, back=inside(back))


async def form_refused(request: Request, error: Exception) -> Response:
    """Answer a form that is not of this session."""
    assert isinstance(error, FormRefused), "registered for it"
    return bare(request, "screens/refused.html", status=error.status, error=error)
