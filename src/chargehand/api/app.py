"""The app that serves one plant's API; the console is mounted beside it by the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, FastAPI

from chargehand.api import (
    accounts,
    audit,
    batches,
    breakers,
    change_requests,
    decisions,
    delegations,
    epcis,
    health,
    holds,
    lots,
    notices,
    permissions,
    phases,
    proposals,
    reconciliation,
    record,
    reviews,
    signals,
    stock,
    tasks,
    trust,
)
from chargehand.api.access import bearer, sender_of
from chargehand.api.guard import API_PREFIX, Guard
from chargehand.api.headers import SafeHeaders
from chargehand.api.openapi import TITLE, describe
from chargehand.api.permission_table import doors
from chargehand.api.problems import answer_problems
from chargehand.api.rate import Buckets, SignInRate
from chargehand.api.replies import Replies

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant


def routes() -> FastAPI:
    """Build the app without a plant behind it: enough to describe it."""
    app = FastAPI(title=TITLE, version="1", docs_url=None, redoc_url=None)
    guarded = APIRouter(prefix=API_PREFIX, dependencies=[bearer, Depends(sender_of)])
    for group in (
        signals,
        stock,
        record,
        audit,
        reconciliation,
        batches,
        proposals,
        tasks,
        decisions,
        holds,
        lots,
        epcis,
        change_requests,
        phases,
        breakers,
        delegations,
        reviews,
        trust,
        accounts,
        notices,
        permissions,
    ):
        guarded.include_router(group.router)
    app.include_router(guarded)
    app.include_router(health.router)
    answer_problems(app)

    def describe_once() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = describe_once  # type: ignore[method-assign] # FastAPI's own way to extend it
    return app


def build_app(plant: Plant) -> FastAPI:
    """Build the API of a running plant.

    Parameters
    ----------
    plant
        The open plant; its owner closes it.

    Raises `RouteUndeclared` where a route does not say what it needs.
    """
    app = routes()
    table = doors(app, API_PREFIX)
    rates = plant.settings.server
    strangers = Buckets(rates.failures_per_minute)
    app.state.plant = plant
    app.state.replies = Replies(plant.folder)
    app.add_middleware(
        Guard,
        plant=plant,
        table=table,
        keys=Buckets(rates.requests_per_minute),
        strangers=strangers,
    )
    app.add_middleware(SignInRate, strangers=strangers)
    app.add_middleware(SafeHeaders)
    return app
