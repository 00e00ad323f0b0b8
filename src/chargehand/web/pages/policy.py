"""Policy: the text in force line by line, its tests, its versions and how they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.governance.policy import parse_policy
from chargehand.governance.terms import Policy
from chargehand.web.policy_text import difference, numbered
from chargehand.web.render import Notice, page
from chargehand.web.session import Seen

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

HERE = "/policy"

router = APIRouter(include_in_schema=False)


def views(plant: Plant) -> list[tuple[str, str, int]]:
    """The views of this page."""
    return [
        (HERE, "Text in force", 0),
        ("/policy/requests", "Changes to sign", len(plant.change_requests(state="waiting"))),
        ("/policy/propose", "Propose a change", 0),
        ("/policy/tests", "Tests", 0),
        ("/policy/history", "History", 0),
    ]


@router.get("/policy")
def policy(seen: Seen) -> Response:
    """Show the text in force with its line numbers."""
    version, text = seen.plant.policy_text()
    held = parse_policy(text, held=True)
    lines = numbered(text)
    return page(
        seen,
        "screens/policy.html",
        here=HERE,
        at=HERE,
        views=views(seen.plant),
        version=version,
        lines=lines,
        sections=[line for line in lines if line.heads],
        policy=held if isinstance(held, Policy) else None,
        mistakes=() if isinstance(held, Policy) else held,
        made=next((one for one in seen.plant.policy_versions() if one.version == version), None),
    )


@router.get("/policy/tests")
def tests(seen: Seen) -> Response:
    """Put the plant's policy tests to the text in force."""
    version, text = seen.plant.policy_text()
    table = seen.plant.policy_tests_text()
    return page(
        seen,
        "screens/policy_tests.html",
        here=HERE,
        at="/policy/tests",
        views=views(seen.plant),
        version=version,
        found=seen.plant.check_policy(text),
        text=table,
        lines=numbered(table),
    )


@router.get("/policy/history")
def history(seen: Seen) -> Response:
    """List the texts that held, the newest first: who proposed and who signed each."""
    return page(
        seen,
        "screens/policy_history.html",
        here=HERE,
        at="/policy/history",
        views=views(seen.plant),
        rows=seen.plant.policy_versions(),
        in_force=seen.plant.policy_text()[0],
    )


@router.get("/policy/version/{number}")
def version(request: Request, seen: Seen, number: str) -> Response:
    """Show one version whole, or with ``against`` what differs from another."""
    known = {str(one.version): one for one in seen.plant.policy_versions()}
    found, asked = known.get(number), request.query_params.get("against", "")
    if found is None or (asked and asked not in known):
        told = Notice(
            kind="problem", text=f"There is no policy version {(asked if found else number)[:20]}."
        )
        return page(seen, "screens/missing.html", here=HERE, status=404, notice=told)
    text = seen.plant.policy_version_text(found.version) or ""
    other = known.get(asked)
    before = (seen.plant.policy_version_text(other.version) or "") if other else ""
    older = [one.version for one in known.values() if one.version < found.version]
    return page(
        seen,
        "screens/policy_version.html",
        here=HERE,
        at="",
        views=views(seen.plant),
        found=found,
        other=other,
        before=max(older, default=0),
        lines=() if other else numbered(text),
        differing=difference(before, text) if other else (),
        in_force=seen.plant.policy_text()[0],
    )
