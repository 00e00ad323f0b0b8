"""Whether the server lives and can work, and what the problem codes mean; open to everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel

from chargehand.api.access import KeyInPath, ThePlant
from chargehand.api.problems import OWN_CODES, ApiProblem, status_of, title_of
from chargehand.plant.fault import PlantFault
from chargehand.vocabulary.refusal import RefusalCode

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

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
    """Say that the record can be read, a policy is in force, and the background work goes on."""
    for check, holds in CHECKS.items():
        try:
            holds(plant)
        except PlantFault as fault:
            detail = f"{check}: {fault}: {fault.cure}"
            raise ApiProblem("unavailable", detail, transient=True) from fault
    return Health(status="ready")


def _policy(plant: Plant) -> None:
    plant.policy()


def _worker(plant: Plant) -> None:
    if plant.worker_fault:
        # what failed may name anything, and this address is open to everybody
        raise PlantFault("the background work failed", "see the server's log, and mend the cause")


def _record(plant: Plant) -> None:
    plant.overview()


CHECKS: Mapping[str, Callable[[Plant], None]] = {
    "policy": _policy,
    "worker": _worker,
    "record": _record,
}
"""What has to hold for a plant to be used; the first that does not is named."""


@router.get("/problems/{code}", responses={404: {}})
def problem_kind(code: KeyInPath) -> ProblemKind:
    """Explain a problem's code, which its `type` points to."""
    if code not in {*OWN_CODES, *RefusalCode}:
        raise ApiProblem("not_found", f"There is no problem {code!r}.")
    cure = OWN_CODES[code][1] if code in OWN_CODES else "The answer's `detail` says why."
    return ProblemKind(code=code, title=title_of(code), status=status_of(code), cure=cure)
