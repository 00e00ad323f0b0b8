"""An address that is none: a page for people, and for programs what the server said before."""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from chargehand.web.pages.sign_in import not_signed_in
from chargehand.web.render import Notice, page
from chargehand.web.session import NotSignedIn, root_of, visit

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

API = "/v1"
ABSENT = (404, 405)
"""Not there, or there only for forms, which a reloaded address is not."""


def answer_absent(app: FastAPI) -> None:
    """Answer people's browsers with a page; all else goes to the handler that was there."""
    before = app.exception_handlers[HTTPException]

    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException), "registered for it"
        if error.status_code in ABSENT and _is_for_people(request):
            try:
                return await run_in_threadpool(_page, request, error.status_code)
            except NotSignedIn as stranger:
                return await not_signed_in(request, stranger)
        answered = before(request, error)
        response: Response = await answered if isawaitable(answered) else answered
        return response

    app.add_exception_handler(HTTPException, answer)


def _path(request: Request) -> str:
    return request.url.path.removeprefix(root_of(request))


def _is_for_people(request: Request) -> bool:
    path = _path(request)
    is_api = path == API or path.startswith(f"{API}/")
    return not is_api and "text/html" in request.headers.get("accept", "")


def _page(request: Request, status: int) -> Response:
    told = Notice(
        kind="problem",
        text=f"There is no page {_path(request)[:80]}.",
        cure="Check the address, go on from the list on the left, or search with /.",
    )
    return page(visit(request), "screens/missing.html", here="/inbox", status=status, notice=told)
