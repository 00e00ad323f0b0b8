"""Whether the server lives and can work, and what the problem codes mean; open to everybody."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from chargehand.api.access import KeyInPath, ThePlant
from chargehand.api.problems import OWN_CODES, ApiProblem, status_of, title_of
from chargehand.vocabulary.refusal import RefusalCode

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """A named check that passed."""

    status: str


class ProblemKind(BaseModel):
    """What a problem code means."""

    code: str
    title: str
    status: int
    cure: str


@router.get("/livez")
def livez() -> Health:
    """Say that the server runs."""
    return Health(status="alive")


@router.get("/readyz", responses={503: {}})
def readyz(plant: ThePlant) -> Health:
    """Say that the record can be read."""
    plant.overview()
    return Health(status="ready")


@router.get("/problems/{code}", responses={404: {}})
def problem_kind(code: KeyInPath) -> ProblemKind:
    """Explain a problem's code, which its `type` points to."""
    if code not in {*OWN_CODES, *RefusalCode}:
        raise ApiProblem("not_found", f"There is no problem {code!r}.")
    cure = OWN_CODES[code][1] if code in OWN_CODES else "The answer's `detail` says why."
    return ProblemKind(code=code, title=title_of(code), status=status_of(code), cure=cure)
