"""The console in one piece: its router, and how a server mounts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI

from chargehand.web import static_files
from chargehand.web.live import pulse
from chargehand.web.pages import (
    absent,
    acts,
    audit,
    autonomy,
    finding,
    floor,
    holds,
    inbox,
    lots,
    movements,
    outcomes,
    proof,
    reconciliation,
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
    inbox,
    floor,
    stock,
    finding,
    movements,
    lots,
    holds,
    reconciliation,
    outcomes,
    audit,
    proof,
    autonomy,
    sources,
    pulse,
    static_files,
)


def console_router() -> APIRouter:
    """Every page of the console. The plant is at ``request.app.state.plant``."""
    router = APIRouter(include_in_schema=False)
    for module in PAGES:
        router.include_router(module.router)
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
    absent.answer_absent(app)
