"""The console in one piece: its router, and how a server mounts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI

from chargehand.governance.access import Act
from chargehand.web import static_files
from chargehand.web.live import pulse
from chargehand.web.page_access import answer_elsewhere, page_needs
from chargehand.web.pages import (
    absent,
    access,
    acts,
    approvals,
    audit,
    autonomy,
    batch,
    finding,
    floor,
    holds,
    inbox,
    lots,
    movements,
    notices,
    outcomes,
    policy,
    proof,
    proposing_policy,
    raising,
    reconciliation,
    requests,
    reviews,
    sign_in,
    sources,
    stock,
)
from chargehand.web.session import FormRefused, NotSignedIn

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

PAGES = (
    sign_in,
    acts,
    batch,
    inbox,
    floor,
    stock,
    finding,
    movements,
    lots,
    holds,
    reconciliation,
    outcomes,
    autonomy,
    raising,
    notices,
    approvals,
    policy,
    proposing_policy,
    requests,
    reviews,
    access,
    proof,
    audit,
    sources,
    pulse,
    static_files,
)


OPEN = (sign_in, static_files)
"""Pages for everybody, before they have signed in."""
READ = page_needs(Act.READ)
NEEDS = {
    inbox: page_needs(Act.READ, listed=True, thing=("proposal", "id")),
    floor: page_needs(Act.READ, listed=True),
    stock: page_needs(Act.READ, listed=True),
    movements: page_needs(Act.READ, listed=True, thing=("movement", "entry")),
    holds: page_needs(Act.READ, listed=True, thing=("hold", "key")),
    reconciliation: page_needs(Act.READ, listed=True, thing=("difference", "id")),
    outcomes: page_needs(Act.READ, listed=True),
    reviews: page_needs(Act.READ, listed=True, thing=("review", "number")),
    lots: page_needs(Act.READ, whole=True),
    finding: page_needs(Act.READ, whole=True),
    sources: page_needs(Act.READ, whole=True),
    audit: page_needs(Act.AUDIT, whole=True),
    proof: page_needs(Act.AUDIT, whole=True),
}
"""What whoever looks at a page has to be allowed; to read somewhere, where nothing is said."""


def console_router() -> APIRouter:
    """Every page of the console. The plant is at ``request.app.state.plant``."""
    router = APIRouter(include_in_schema=False)
    for module in PAGES:
        needed = [] if module in OPEN else [NEEDS.get(module, READ)]
        router.include_router(module.router, dependencies=needed)
    return router


def mount(app: FastAPI, plant: Plant) -> None:
    """Add the console to a server: pages, static files, and the answer to people not signed in.

    Works under any ``root_path``. Each page asks for a session by itself, so the API beside it
    keeps its own way of knowing who calls.
    """
    app.state.plant = plant
    static_files.static_files()
    app.include_router(console_router())
    app.add_exception_handler(NotSignedIn, sign_in.not_signed_in)
    app.add_exception_handler(FormRefused, sign_in.form_refused)
    answer_elsewhere(app)
    absent.answer_absent(app)
