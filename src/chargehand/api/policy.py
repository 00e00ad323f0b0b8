"""The policy in force, and what can be said of another text before it is proposed."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import Act, Name, ThePlant, Where, needs
from chargehand.api.problems import ApiProblem, FieldFault
from chargehand.governance.policy import PolicyMistake
from chargehand.plant.policy_checks import PolicyCheck
from chargehand.plant.policy_diff import PolicyDiff
from chargehand.plant.policy_request_reads import PolicyVersion
from chargehand.vocabulary.refusal import RefusalCode

router = APIRouter()

POLICY_MAX = 500_000
"""Longest policy text (characters)."""
ERRORS: dict[int | str, dict[str, object]] = {400: {}, 403: {}, 404: {}, 409: {}, 413: {}}
STRICT = ConfigDict(extra="forbid")


class PolicyText(BaseModel):
    """The policy in force."""

    version: int
    text: str = Field(description="TOML")


class Draft(BaseModel):
    """A policy text to look at."""

    model_config = STRICT

    text: Name = Field(max_length=POLICY_MAX, description="TOML, whole")


class Checked(Draft):
    """A policy text to check."""

    tests: Name | None = Field(
        default=None, max_length=POLICY_MAX, description="policy tests [else the plant's own]"
    )


class Compared(Draft):
    """A policy text to hold against the one in force."""

    days: int = Field(default=7, ge=1, le=366, description="back that proposals are ruled on anew")


@router.get("/policy")
@needs(Act.READ, site=Where.SHARED)
def policy(plant: ThePlant) -> PolicyText:
    """Show the policy in force."""
    version, text = plant.policy_text()
    return PolicyText(version=version, text=text)


@router.get("/policy/versions")
@needs(Act.READ, site=Where.SHARED)
def versions(plant: ThePlant) -> list[PolicyVersion]:
    """List every version of the policy, the newest first."""
    return plant.policy_versions()


@router.post("/policy/check", responses=ERRORS)
@needs(Act.READ, site=Where.SHARED)
def check(plant: ThePlant, draft: Checked) -> PolicyCheck:
    """Check a text whole, run the policy tests on it, and say what it changes in words.

    Mistakes are the answer, with line and cure, not an error.
    """
    return plant.check_policy(draft.text, tests=draft.tests)


@router.post("/policy/diff", responses=ERRORS)
@needs(Act.READ, site=Where.EVERYWHERE)
def diff(plant: ThePlant, draft: Compared) -> PolicyDiff:
    """Say what a text changes, in words and in what the last days would have been ruled."""
    found = plant.policy_diff(draft.text, days=draft.days)
    if isinstance(found, list):
        raise mistaken(found)
    return found


def mistaken(mistakes: list[PolicyMistake]) -> ApiProblem:
    """Return the problem of a text with mistakes, each with its line."""
    faults = [FieldFault(pointer="/text", detail=str(one)) for one in mistakes]
    detail = f"The text has {len(mistakes)} mistakes; the first: {mistakes[0]}"
    return ApiProblem(RefusalCode.POLICY_INVALID.value, detail, errors=faults)
