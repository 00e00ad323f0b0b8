"""Proposing another policy text: checked whole, tried on last week, then put to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.forms import FilledForm
from chargehand.web.pages.decision import STATUS_BY_CODE, UNPROCESSABLE
from chargehand.web.pages.policy import HERE, views
from chargehand.web.policy_text import DiffLine, TextLine, difference, numbered
from chargehand.web.render import Notice, go, page
from chargehand.web.session import Seen, Visit

if TYPE_CHECKING:
    from chargehand.governance.terms import PolicyMistake
    from chargehand.plant.policy_checks import PolicyCheck
    from chargehand.plant.policy_diff import PolicyDiff

DAYS = 7
"""Back from now that another text is tried on."""

NEAR = 3
"""Lines shown before and after a mistake."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found in a text that somebody would like to hold."""

    lines: tuple[TextLine, ...]
    found: PolicyCheck
    differing: tuple[DiffLine, ...]
    effect: PolicyDiff | None
    """What the last days would have been ruled under it; None where it cannot be read."""

    @property
    def mistakes(self) -> tuple[PolicyMistake, ...]:
        """What has to be mended before it can hold."""
        return self.found.mistakes

    @property
    def near(self) -> tuple[TextLine, ...]:
        """The lines around each mistake."""
        around = {at + by for at in self.wrong for by in range(-NEAR, NEAR + 1)}
        return tuple(line for line in self.lines if line.number in around)

    @property
    def wrong(self) -> dict[int, list[PolicyMistake]]:
        """Mistakes by the line that they are on."""
        by_line: dict[int, list[PolicyMistake]] = {}
        for one in self.mistakes:
            if one.line is not None:
                by_line.setdefault(one.line, []).append(one)
        return by_line


@router.get("/policy/propose")
def draft(request: Request, seen: Seen) -> Response:
    """Begin from the text in force, or from another version."""
    version, text = seen.plant.policy_text()
    older = request.query_params.get("from", "")
    known = {str(one.version) for one in seen.plant.policy_versions()} if older else set()
    chosen = seen.plant.policy_version_text(int(older)) if older in known else None
    return _shown(seen, _next(chosen or text, version), None)


@router.post("/policy/propose")
def propose(seen: Seen, form: FilledForm) -> Response:
    """Check a text, and put it before people where that is asked."""
    text = (form.one("file") or form.one("text")).replace("\r\n", "\n")
    because = form.one("because").strip()
    checked = check(seen, text)
    if form.one("act") != "propose" or checked.mistakes:
        status = UNPROCESSABLE if checked.mistakes else 200
        return _shown(seen, text, checked, because=because, status=status)
    done = seen.plant.propose_policy(text, by=seen.person.person, because=because)
    if isinstance(done, Refusal):
        told = Notice(kind="problem", text=f"Nothing was proposed. {words.sentence(done.because)}")
        status = STATUS_BY_CODE.get(done.code, UNPROCESSABLE)
        return _shown(seen, text, checked, told, because=because, status=status)
    if isinstance(done, list):
        return _shown(seen, text, check(seen, text), because=because, status=UNPROCESSABLE)
    row = done.row
    said = (
        f"{row.id} is proposed: {row.missing}." if row.missing else f"{row.id} holds from now on."
    )
    return go(seen, f"/policy/requests/{row.id}", Notice(text=said))


def check(seen: Visit, text: str) -> Checked:
    """Check a text whole, compare it with the text in force, and try it on the last week."""
    found = seen.plant.check_policy(text)
    effect = None if found.mistakes else seen.plant.policy_diff(text, days=DAYS)
    return Checked(
        lines=numbered(text),
        found=found,
        differing=difference(seen.plant.policy_text()[1], text),
        effect=None if isinstance(effect, list) else effect,
    )


def _next(text: str, version: int) -> str:
    """The text with the number of the version that would follow."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if line.replace(" ", "").startswith("version="):
            lines[at] = f"version = {version + 1}"
            break
    return "\n".join(lines)


def _shown(
    seen: Visit,
    text: str,
    checked: Checked | None,
    notice: Notice | None = None,
    *,
    because: str = "",
    status: int = 200,
) -> Response:
    return page(
        seen,
        "screens/policy_propose.html",
        here=HERE,
        at="/policy/propose",
        views=views(seen.plant),
        status=status,
        notice=notice,
        text=text,
        checked=checked,
        because=because,
        version=seen.plant.policy_text()[0],
    )
