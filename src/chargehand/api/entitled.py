"""Whether a caller may do what a route needs, and at which sites: asked before the route runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from chargehand.api.permission_table import DECIDES, OWN, Caller, Need, Where
from chargehand.api.problems import ApiProblem, FieldFault
from chargehand.governance.access import KeyScope, may, sites_of
from chargehand.governance.submission import ANY
from chargehand.plant.whereabouts import known_sites
from chargehand.vocabulary.refusal import RefusalCode

if TYPE_CHECKING:
    from chargehand.plant.people import Bearer
    from chargehand.plant.plant import Plant

READING = frozenset({"GET", "HEAD"})


def entitled(plant: Plant, bearer: Bearer, need: Need, method: str) -> Caller:
    """Let a caller do what a route needs, at some site at least; `ApiProblem` where they may not.

    Parameters
    ----------
    plant
        Its policy in force is asked.
    bearer
        Who stands behind the key, and what the key is limited to.
    need, method
        What the route needs, and whether it only reads.
    """
    policy, person, scope = plant.policy(), bearer.person, bearer.scope
    if need.act == OWN:
        sites = _own(bearer, method)
    elif need.act == DECIDES:
        sites = _deciding(bearer)
    else:
        sites = sites_of(person, need.act, policy, scope)
        if not sites:
            raise forbidden(may(person, need.act, None, policy, scope).text)
    return Caller(
        person=person, prefix=bearer.prefix, scope=scope, policy=policy, need=need, sites=sites
    )


def _own(bearer: Bearer, method: str) -> frozenset[str]:
    """What is about oneself: a limited key sees it, and changes nothing of it (no wider key)."""
    scope = bearer.scope
    if scope != KeyScope() and method not in READING:
        raise forbidden("this key is limited: it changes nothing about its holder")
    if scope.acts and "read" not in scope.acts:
        raise forbidden(f"this key is for {', '.join(sorted(scope.acts))}, not for reading")
    return scope.sites or frozenset({ANY})


def _deciding(bearer: Bearer) -> frozenset[str]:
    """What only people do, with a key that is not limited to acts; the plant asks the rest."""
    if bearer.person.service:
        raise forbidden(f"{bearer.person.person} is a service account; only people decide")
    if bearer.scope.acts:
        acts = ", ".join(sorted(bearer.scope.acts))
        raise forbidden(f"this key is for {acts}, not for deciding")
    return bearer.scope.sites or frozenset({ANY})


def narrowed(caller: Caller, plant: Plant, path: Mapping[str, str], query: str) -> str:
    """Return the query of a request, narrowed to the caller's site where it names none.

    Raises `ApiProblem` where the request is about a site that is not the caller's.
    """
    site = caller.need.site
    if site is Where.FILTER:
        return _filtered(caller, query)
    if site is Where.EVERYWHERE:
        at(caller, plant, None)
    elif site is Where.WHOLE:
        _check_whole(caller)
    elif not isinstance(site, Where):
        _check_object(caller, site(plant, path))
    return query


def at(caller: Caller, plant: Plant, site: str | None) -> None:
    """Let a caller do the route's act at a site (None: at every site); else raise `ApiProblem`."""
    if site is not None:
        if not caller.may_at(site):
            raise elsewhere(caller, site)
    elif ANY not in caller.sites and not known_sites(plant.store) <= caller.sites:
        raise elsewhere(caller, None)


def _check_whole(caller: Caller) -> None:
    """Refuse a key for some sites what changes all of them, also where it names all there are."""
    if caller.scope.sites:
        own = ", ".join(sorted(caller.scope.sites))
        raise forbidden(
            f"this changes the whole plant, and this key is for {own} only: use one that is not"
            " limited to sites"
        )


def elsewhere(caller: Caller, site: str | None) -> ApiProblem:
    """The answer to whom may do the route's act, but not at this site."""
    act = str(caller.need.act).replace("_", " ")
    where = "every site of this plant" if site is None else f"site {site}"
    own = ", ".join(sorted(caller.sites)) or "no site"
    with_key = " with this key" if caller.scope.sites else ""
    return forbidden(
        f"this needs {act!r} at {where}; {caller.person.person} has it{with_key} at {own} only"
    )


def forbidden(because: str) -> ApiProblem:
    """The answer to whom the policy does not let do it."""
    return ApiProblem(RefusalCode.NOT_AUTHORIZED.value, because[:1].upper() + because[1:] + ".")


def _filtered(caller: Caller, query: str) -> str:
    if ANY in caller.sites:
        return query
    pairs = parse_qsl(query, keep_blank_values=True)
    named = [value for name, value in pairs if name == "site"]
    if len(named) > 1:
        fault = FieldFault(parameter="site", detail="is given more than once")
        raise ApiProblem("invalid", "site is given more than once.", errors=[fault])
    if named and not caller.may_at(named[0]):
        raise elsewhere(caller, named[0])
    if named:
        return query
    if len(caller.sites) > 1:
        own = ", ".join(sorted(caller.sites))
        raise ApiProblem("site_missing", f"Name one of your sites with `site`: {own}.")
    (site,) = caller.sites
    return urlencode([*pairs, ("site", site)])


def _check_object(caller: Caller, sites: Collection[str] | None) -> None:
    if not sites:  # the route says that there is no such thing; or it stands at no site
        return
    checks = [caller.may_at(site) for site in sites]
    if not (any(checks) if caller.need.one_is_enough else all(checks)):
        foreign = sorted(site for site in sites if not caller.may_at(site))
        raise elsewhere(caller, foreign[0])
