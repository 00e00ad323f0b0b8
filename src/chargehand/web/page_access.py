"""Which act each page needs, and whose sites it shows: asked of the policy before a page is made.

    router.include_router(stock.router, dependencies=[page_needs(Act.READ, listed=True)])
    router.include_router(audit.router, dependencies=[page_needs(Act.AUDIT, whole=True)])
    page_needs(Act.READ, thing=("proposal", "id"))  # what the address names stands somewhere

Forms are judged by the plant itself: what they do is an act of a person there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse

from chargehand.governance.access import Act
from chargehand.governance.submission import ANY
from chargehand.web.session import FormRefused, Seen, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

READING = frozenset({"GET", "HEAD"})
ONE_IS_ENOUGH = frozenset({"movement"})
"""Things of several sites that whoever sees one of those sites may see."""
FORBIDDEN = 403


class AnotherAddress(Exception):
    """The page is shown at another address: narrowed to the one site that somebody may see."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def page_needs(
    act: Act, *, listed: bool = False, whole: bool = False, thing: tuple[str, ...] = ()
) -> Any:  # noqa: ANN401 - FastAPI types a dependency so
    """Make a dependency that lets only those see a page who may do an act.

    Parameters
    ----------
    act
        What the page needs, at some site at least.
    listed
        It has a filter ``site``: narrowed to the one site of somebody, where they name none.
    whole
        It is about the whole plant: needed at every site, where the page names none.
    thing
        Kind of thing that it shows (as in the plant's ``stands_at``), and the names under which the
        path or the query has its key: needed where that stands.
    """

    def check(request: Request, seen: Seen) -> None:
        if request.method not in READING:
            return
        sites = seen.plant.sites_where(seen.person, act, seen.bearer.scope)
        if not sites:
            raise _refused(seen, act, None)
        if ANY in sites:
            return
        named = request.query_params.getlist("site")
        foreign = [site for site in named if site not in sites]
        if foreign:
            raise _refused(seen, act, foreign[0])
        stands = _sites_of(seen, request, *thing) if thing else frozenset()
        if stands and not (stands & sites if thing[0] in ONE_IS_ENOUGH else stands <= sites):
            raise _refused(seen, act, min(stands - sites))
        if listed and not named:
            _narrow(request, seen, act, sites)
        elif whole and not seen.plant.all_sites() <= sites:
            raise _refused(seen, act, None)

    return Depends(check)


def _sites_of(seen: Visit, request: Request, kind: str, *names: str) -> frozenset[str]:
    keys = [request.path_params.get(n) or request.query_params.get(n, "") for n in names]
    return seen.plant.stands_at(kind, *map(str, keys)) or frozenset()


def _narrow(request: Request, seen: Visit, act: Act, sites: frozenset[str]) -> None:
    if seen.plant.all_sites() <= sites:
        return
    if len(sites) > 1:
        own = ", ".join(sorted(sites))
        raise FormRefused(
            FORBIDDEN,
            f"You may {_said(act)} at {own} only, so this page is about one of them at a time.",
            "Choose one of them with the filter, or add ?site= to the address.",
        )
    (site,) = sites
    own_address = request.url.include_query_params(site=site)
    raise AnotherAddress(f"{own_address.path}?{own_address.query}")


def _refused(seen: Visit, act: Act, site: str | None) -> FormRefused:
    where = "every site" if site is None else f"site {site}"
    sites = sorted(seen.plant.sites_where(seen.person, act, seen.bearer.scope))
    own = f" You may at {', '.join(sites)}." if sites else ""
    return FormRefused(
        FORBIDDEN,
        f"This page needs the right to {_said(act)} at {where}, which you do not have.{own}",
        "Ask whoever administers the policy; Access says why not.",
    )


def _said(act: Act) -> str:
    return act.value.replace("_", " ")


def answer_elsewhere(app: FastAPI) -> None:
    """Send people on to the address at which they may see a page."""

    def onward(_request: Request, error: Exception) -> Response:
        assert isinstance(error, AnotherAddress)
        return RedirectResponse(error.address, status_code=303)

    app.add_exception_handler(AnotherAddress, onward)
