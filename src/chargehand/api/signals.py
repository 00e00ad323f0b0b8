"""Post signals: what other systems tell the plant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from chargehand.api.access import Act, Caller, TheCaller, ThePlant, Where, needs
from chargehand.api.envelopes import SIGNALS_MAX, envelopes
from chargehand.api.problems import ApiProblem
from chargehand.governance.authority import Person
from chargehand.plant.plant import Plant
from chargehand.signals.kinds import StockingDefined, Unreadable
from chargehand.signals.signal import Receipt, Signal, Status
from chargehand.vocabulary.refusal import Refusal, RefusalCode

router = APIRouter(tags=["signals"])


class Receipts(BaseModel):
    """What became of posted signals, in the order in which they were posted."""

    receipts: list[Receipt] = Field(max_length=SIGNALS_MAX)


async def json_body(request: Request) -> bytes:
    """Read the body as it came, of a request that says it is JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiProblem("unsupported_media_type", f"The body is {kind or 'untyped'}, not JSON.")
    return await request.body()


@router.post("/signals", responses={400: {}, 413: {}, 415: {}})
@needs(Act.REPORT, site=Where.HANDLED)
def post_signals(
    plant: ThePlant, caller: TheCaller, body: Annotated[bytes, Depends(json_body)]
) -> Receipts:
    """Take one signal or an array of up to 1,000; each is accepted or refused on its own.

    When this has been answered, what was accepted is on disk. The same source and key with the same
    content is the same event, however often it comes: send again whatever was not answered. An
    envelope that cannot be read is kept as it came, under a key of its own, for a person to see.
    """
    return Receipts(receipts=_take(plant, caller, envelopes(body)))


def _take(plant: Plant, caller: Caller, signals: Sequence[Signal]) -> list[Receipt]:
    sender = caller.person
    refusals = [_overreach(signal, sender) for signal in signals]
    pairs = zip(signals, refusals, strict=True)
    allowed = [signal for signal, refusal in pairs if refusal is None]
    taken = iter(plant.take(allowed, sender=sender.person, scope=caller.scope))
    return [
        _receipt(signal, next(taken)) if refusal is None else _refused(signal, refusal)
        for signal, refusal in zip(signals, refusals, strict=True)
    ]


def _overreach(signal: Signal, sender: Person) -> Refusal | None:
    """Say why this sender may not tell this: it speaks for another person, or for an approval."""
    body = signal.body
    if isinstance(body, StockingDefined) and body.definition.origin == "approved":
        return Refusal(
            code=RefusalCode.NOT_AUTHORIZED,
            because="only an approved proposal makes levels with origin 'approved'",
        )
    person = getattr(body, "person", None)
    if sender.service or person in {None, sender.person}:
        return None
    return Refusal(
        code=RefusalCode.NOT_AUTHORIZED,
        because=f"{sender.person} cannot speak for {person}; only a service account reports"
        " what others did",
    )


def _refused(signal: Signal, refusal: Refusal) -> Receipt:
    return Receipt(source=signal.source, key=signal.key, status=Status.REFUSED, refusal=refusal)


def _receipt(signal: Signal, receipt: Receipt) -> Receipt:
    """Answer `unreadable` for what could not be read, the second time as well."""
    if not isinstance(signal.body, Unreadable):
        return receipt
    return Receipt(
        source=receipt.source,
        key=receipt.key,
        status=Status.UNREADABLE,
        entry=receipt.entry,
        refusal=Refusal(code=RefusalCode.UNREADABLE, because=signal.body.because),
    )
