"""Signing in by a one-time link, signing out, and choosing light or dark."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from chargehand.web.render import THEME_COOKIE, bare
from chargehand.web.session import (
    COOKIE,
    Fields,
    FormRefused,
    NotSignedIn,
    Seen,
    forget_session,
    keep_session,
    plant_of,
    root_of,
)

YEAR_SECONDS = 365 * 24 * 3600

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login(request: Request, token: str = "") -> Response:
    """Redeem a one-time link; a used one gets a page that says how to make another."""
    plant = plant_of(request)
    if not token:
        key = request.cookies.get(COOKIE, "")
        if key and plant.session(key):
            return RedirectResponse(f"{root_of(request)}/inbox", status_code=303)
        return bare(request, "screens/sign_in.html", status=401, used=False)
    session_key = plant.redeem(token)
    if session_key is None:
        return bare(request, "screens/sign_in.html", status=410, used=True)
    # A page of ours, not a redirect: after a link in a mail, the browser withholds a strict cookie
    # until a page of ours asks.
    response = onward(request, f"{root_of(request)}/inbox")
    keep_session(response, request, session_key)
    return response


@router.post("/logout")
def logout(request: Request, seen: Seen, fields: Fields) -> Response:  # noqa: ARG001 - checks the form
    """End the session, and forget it in this browser."""
    request.app.state.plant.end_session(request.cookies.get(COOKIE, ""))
    response = RedirectResponse(seen.url("/login"), status_code=303)
    forget_session(response, request)
    return response


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


def onward(request: Request, path: str) -> HTMLResponse:
    """Send the browser on from a page of ours."""
    return bare(request, "screens/onward.html", path=path)


async def not_signed_in(request: Request, error: Exception) -> Response:
    """Answer every page that nobody is signed in for."""
    assert isinstance(error, NotSignedIn), "registered for it"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": f"{root_of(request)}/login"})
    came_from_outside = request.headers.get("sec-fetch-site") == "cross-site"
    if came_from_outside and request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        return onward(request, f"{request.url.path}{query}")
    return bare(request, "screens/sign_in.html", status=401, used=False)


async def form_refused(request: Request, error: Exception) -> Response:
    """Answer a form that is not of this session."""
    assert isinstance(error, FormRefused), "registered for it"
    return bare(request, "screens/refused.html", status=error.status, error=error)
