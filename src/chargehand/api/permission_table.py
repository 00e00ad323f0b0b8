"""Which act each route needs, and where: a route that declares none stops the app from starting.

A route declares its need beside its address; the guard asks the policy before the route runs:

    @router.get("/kits")
    @needs(Act.READ)                           # a list with a filter ?site=
    @needs(Act.READ, site=Where.EVERYWHERE)    # an answer about the whole plant
    @needs(Act.HOLD, site=Where.BODY)          # the JSON body names the site in `site`
    @needs(Act.READ, site=of_proposal)         # an object that the path names (site_scope.py)
    @needs(DECIDES, site=Where.WHOLE)          # what changes the whole plant, such as its policy
    @needs(DECIDES, site=of_proposal)          # approve, reject, change: the policy's grants decide
    @needs(OWN)                                # about the caller alone: their own notices
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from chargehand.governance.access import Act, KeyScope
from chargehand.governance.submission import ANY

if TYPE_CHECKING:
    import re

    from fastapi import FastAPI

    from chargehand.governance.authority import Person
    from chargehand.governance.terms import Policy
    from chargehand.plant.plant import Plant

Route = TypeVar("Route", bound=Callable[..., Any])
_MARK = "__chargehand_need__"

DECIDES: Literal["decides"] = "decides"
"""To say yes or no to something, or to change it: the policy's grants decide, in the plant."""
OWN: Literal["own"] = "own"
"""To see or do what is about oneself alone."""
Needed = Act | Literal["decides", "own"]


class Where(StrEnum):
    """How a route's site is known."""

    FILTER = "filter"
    """By the query's ``site``; where it is missing, the answer is narrowed to the caller's site."""
    BODY = "body"
    """By ``site`` of the JSON body; where it is missing, every site is meant."""
    EVERYWHERE = "everywhere"
    """The answer is about the whole plant: the act is needed at all of its sites."""
    ANYWHERE = "anywhere"
    """The answer is about no site: the act somewhere is enough."""
    SHARED = "shared"
    """The answer is the whole plant's, such as its policy, and for all who may do it anywhere."""
    WHOLE = "whole"
    """It changes the whole plant, sites to come among it: no key that is limited to sites may."""
    HANDLED = "handled"
    """The route looks at every part of the request itself, with ``Caller.may_at``."""


Found = Callable[["Plant", Mapping[str, str]], "Collection[str] | None"]
"""Finds the sites of the object that a path names; None where there is no such object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a route needs."""

    act: Needed
    site: Where | Found
    one_is_enough: bool = False
    """Of an object of several sites: the act is needed at one of them, and not at each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is asking, with what, and where they may do what the route needs."""

    person: Person
    prefix: str
    """Of the key; empty where it is not known."""
    scope: KeyScope
    policy: Policy
    need: Need
    sites: frozenset[str]
    """Where the person may do the route's act; ``{"*"}`` for every site."""

    def may_at(self, site: str) -> bool:
        """Whether the caller may do the route's act at a site."""
        return ANY in self.sites or site in self.sites


def needs(
    act: Needed, *, site: Where | Found | None = None, one_is_enough: bool = False
) -> Callable[[Route], Route]:
    """Declare what a route needs. Stands below the line that gives it its address.

    >>> @needs(Act.READ)
    ... def kits() -> list[str]: ...
    >>> need_of(kits).act
    <Act.READ: 'read'>
    """
    default = Where.ANYWHERE if act in {DECIDES, OWN} else Where.FILTER
    need = Need(act=act, site=default if site is None else site, one_is_enough=one_is_enough)

    def declare(route: Route) -> Route:
        setattr(route, _MARK, need)
        return route

    return declare


def need_of(endpoint: object) -> Need | None:
    """Return what a route declared; None where it declared nothing."""
    return cast("Need | None", getattr(endpoint, _MARK, None))


class RouteUndeclared(Exception):
    """A route does not say what it needs, so nobody may be let through to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One route of the API with what it needs."""

    method: str
    path: str
    """With its parameters' names, such as ``/v1/holds/{key:path}``."""
    pattern: re.Pattern[str]
    need: Need


def doors(app: FastAPI, prefix: str) -> tuple[Door, ...]:
    """Every route under a path with its need, in the order in which they are tried.

    Raises `RouteUndeclared` where one declares none.
    """
    found = tuple(_doors(app, prefix))
    if not found:
        raise RouteUndeclared(f"no route begins with {prefix}")
    return found


def _doors(app: FastAPI, prefix: str) -> Iterator[Door]:
    from fastapi.routing import iter_route_contexts

    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        if not path.startswith(f"{prefix}/"):
            continue
        need = need_of(route.endpoint)
        for method in sorted(route.methods or ()):
            if need is None:
                raise RouteUndeclared(
                    f"{method} {path} says nothing of what it needs: put @needs(...) of"
                    " chargehand.api.access above its function"
                )
            yield Door(method=method, path=path, pattern=route.path_regex, need=need)


def door_of(table: tuple[Door, ...], method: str, path: str) -> tuple[Door, dict[str, str]] | None:
    """The route that will answer, and the parts of its path; None where none will."""
    for door in table:
        if door.method == method and (found := door.pattern.match(path)):
            return door, found.groupdict()
    return None
