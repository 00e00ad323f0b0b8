"""Accounts, keys and sessions: one's own, and everybody's for administrators.

What makes a secret answers it once and keeps no reply: an Idempotency-Key would be a second place
where the secret lies. A key made twice is ended by its prefix.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import OWN, Act, Caller, Name, TheCaller, ThePlant, Where, needs
from chargehand.api.entitled import forbidden
from chargehand.api.problems import refused
from chargehand.governance.access import may
from chargehand.plant.plant import Plant
from chargehand.plant.sign_in_accounts import AccountRow
from chargehand.plant.sign_in_keys import CredentialRow, MadeKey
from chargehand.vocabulary.refusal import Refusal, RefusalCode

router = APIRouter(tags=["governance"])

CREATED, NO_CONTENT = 201, 204
ERRORS: dict[int | str, dict[str, object]] = {400: {}, 404: {}, 409: {}, 413: {}}
Answer = TypeVar("Answer")
Id = Annotated[Name, Field(min_length=1, max_length=200)]
Secret = Annotated[str, Field(min_length=1, max_length=200)]
PersonInPath = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
PrefixInPath = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$", examples=["0123456789ab"])]
_STRICT = ConfigDict(extra="forbid")


class Me(BaseModel):
    """Who the caller is, and what the key they sent is limited to."""

    person: str
    name: str
    roles: list[str]
    service: bool
    prefix: str = Field(description="of the key or session that was sent")
    acts: list[str] = Field(description="empty: not limited")
    sites: list[str] = Field(description="empty: not limited")


class Credentials(BaseModel):
    """Keys or sessions in force, the newest first."""

    rows: list[CredentialRow]


class Accounts(BaseModel):
    """Every account of the policy."""

    rows: list[AccountRow]


class KeyWanted(BaseModel):
    """A key that is to be made."""

    model_config = _STRICT

    person: Id | None = Field(default=None, description="whose it is; left out: the caller's own")
    label: Annotated[Name, Field(min_length=1, max_length=200)]
    days: int = Field(default=90, ge=1, le=366)
    acts: list[Act] = Field(default_factory=list, max_length=20)
    sites: list[Id] = Field(default_factory=list, max_length=100)


class Rotation(BaseModel):
    """How long the old key still holds."""

    model_config = _STRICT

    overlap_hours: int = Field(default=24, ge=0, le=168)


class KeyMade(BaseModel):
    """A key just made; nothing shows it again."""

    person: str
    key: str
    prefix: str
    expires_at: datetime
    acts: list[str]
    sites: list[str]
    replaces: str | None = None
    replaced_ends_at: datetime | None = None


class Badge(BaseModel):
    """A badge as it was scanned, and the PIN."""

    model_config = _STRICT

    badge: Secret
    pin: Secret


class Session(BaseModel):
    """A session by badge: send its key as `Authorization: Bearer`."""

    person: str
    key: str
    expires_at: datetime


class Reason(BaseModel):
    """Why it is done."""

    model_config = _STRICT

    because: Annotated[Name, Field(min_length=1, max_length=2_000)]


class Link(BaseModel):
    """A one-time token: the console redeems it at `/login?token=`, within ten minutes."""

    person: str
    token: str


@router.get("/me")
@needs(OWN)
def me(caller: TheCaller) -> Me:
    """Say who you are here."""
    person, scope = caller.person, caller.scope
    return Me(
        person=person.person, name=person.name, roles=list(person.roles), service=person.service,
        prefix=caller.prefix, acts=sorted(scope.acts), sites=sorted(scope.sites),
    )  # fmt: skip


@router.get("/keys")
@needs(OWN)
def keys(
    plant: ThePlant, caller: TheCaller, whose: Annotated[Literal["mine", "all"], Query()] = "mine"
) -> Credentials:
    """List API keys in force, never the secrets; all of them for administrators."""
    person = _whose(plant, caller, whose)
    rows = _given(plant.keys(by=str(caller.person.person), person=person))
    return Credentials(rows=list(rows))


@router.post("/keys", status_code=CREATED, responses=ERRORS)
@needs(OWN)
def make_key(plant: ThePlant, caller: TheCaller, wanted: KeyWanted) -> KeyMade:
    """Make an API key for yourself, or, as an administrator, for anybody."""
    own = str(caller.person.person)
    made = plant.make_key(
        wanted.person or own, by=own, label=wanted.label, days=wanted.days,
        acts=[act.value for act in wanted.acts], sites=wanted.sites,
    )  # fmt: skip
    return _made(_given(made))


@router.post("/keys/{prefix}/rotation", status_code=CREATED, responses=ERRORS)
@needs(OWN)
def rotate_key(
    plant: ThePlant, caller: TheCaller, prefix: PrefixInPath, rotation: Rotation
) -> KeyMade:
    """Make a key that takes another's place; the old one ends after the overlap."""
    overlap = timedelta(hours=rotation.overlap_hours)
    return _made(_given(plant.rotate_key(prefix, by=str(caller.person.person), overlap=overlap)))


@router.delete("/keys/{prefix}", status_code=NO_CONTENT, responses={404: {}})
@needs(OWN)
def end_key(plant: ThePlant, caller: TheCaller, prefix: PrefixInPath) -> Response:
    """End an API key; it fails from the next request on."""
    _given(plant.end_key(prefix, by=str(caller.person.person)))
    return Response(status_code=NO_CONTENT)


@router.get("/sessions")
@needs(OWN)
def sessions(
    plant: ThePlant, caller: TheCaller, whose: Annotated[Literal["mine", "all"], Query()] = "mine"
) -> Credentials:
    """List sessions of the console and of handhelds; all of them for administrators."""
    person = _whose(plant, caller, whose)
    rows = _given(plant.sessions(by=str(caller.person.person), person=person))
    return Credentials(rows=list(rows))


@router.delete("/sessions/{prefix}", status_code=NO_CONTENT, responses={404: {}})
@needs(OWN)
def end_session(plant: ThePlant, caller: TheCaller, prefix: PrefixInPath) -> Response:
    """End a session."""
    _given(plant.close_session(prefix, by=str(caller.person.person)))
    return Response(status_code=NO_CONTENT)


@router.post("/badge-sessions", status_code=CREATED, responses=ERRORS)
@needs(Act.REPORT, site=Where.ANYWHERE)
def sign_in_by_badge(plant: ThePlant, caller: TheCaller, request: Request, badge: Badge) -> Session:
    """Sign a person in at a terminal, which sends its own key: to see and report, for 8 hours."""
    _ = caller
    address = "" if request.client is None else request.client.host
    signed_in = _given(plant.sign_in_by_badge(badge.badge, badge.pin, address=address))
    return Session(person=signed_in.person, key=signed_in.key, expires_at=signed_in.expires_at)


@router.delete("/badge-sessions/current", status_code=NO_CONTENT, responses={404: {}})
@needs(Act.REPORT, site=Where.ANYWHERE)
def sign_out(plant: ThePlant, caller: TheCaller) -> Response:
    """End the session by badge whose key is sent."""
    _given(plant.close_session(caller.prefix, by=str(caller.person.person)))
    return Response(status_code=NO_CONTENT)


@router.get("/accounts")
@needs(Act.ADMINISTER, site=Where.WHOLE)
def accounts(plant: ThePlant, caller: TheCaller) -> Accounts:
    """List every account with its ways in and its locks."""
    return Accounts(rows=list(_given(plant.accounts(by=str(caller.person.person)))))


@router.post("/accounts/{person}/link", status_code=CREATED, responses=ERRORS)
@needs(Act.ADMINISTER, site=Where.WHOLE)
def link(plant: ThePlant, caller: TheCaller, person: PersonInPath) -> Link:
    """Make a one-time link, by which somebody signs in and may set a password."""
    if caller.scope.acts:
        raise forbidden("this key is limited: a link would let in further than it goes itself")
    token = _given(plant.account_link(person, by=str(caller.person.person)))
    return Link(person=person, token=token)


@router.post("/accounts/{person}/lock", status_code=NO_CONTENT, responses=ERRORS)
@needs(Act.ADMINISTER, site=Where.WHOLE)
def lock(plant: ThePlant, caller: TheCaller, person: PersonInPath, reason: Reason) -> Response:
    """Let nobody in under an id until it is unlocked."""
    by = str(caller.person.person)
    refusal = plant.lock_account(person, because=reason.because, by=by)
    if refusal is not None:
        raise refused(refusal)
    return Response(status_code=NO_CONTENT)


@router.post("/accounts/{person}/unlock", status_code=NO_CONTENT, responses=ERRORS)
@needs(Act.ADMINISTER, site=Where.WHOLE)
def unlock(plant: ThePlant, caller: TheCaller, person: PersonInPath) -> Response:
    """Let somebody in again; doing so where nothing is locked changes nothing."""
    _given(plant.unlock_account(person, by=str(caller.person.person)))
    return Response(status_code=NO_CONTENT)


def _whose(plant: Plant, caller: Caller, whose: str) -> str | None:
    """The caller's own, or everybody's where caller and key may administer."""
    if whose == "mine":
        return str(caller.person.person)
    check = may(caller.person, Act.ADMINISTER, None, plant.policy(), caller.scope)
    if not check.passed:
        raise refused(Refusal(code=RefusalCode.NOT_AUTHORIZED, because=check.text))
    return None


def _given(answer: Answer | Refusal) -> Answer:
    if isinstance(answer, Refusal):
        raise refused(answer)
    return answer


def _made(made: MadeKey) -> KeyMade:
    return KeyMade(
        person=made.person, key=made.key, prefix=made.prefix, expires_at=made.expires_at,
        acts=sorted(made.scope.acts), sites=sorted(made.scope.sites), replaces=made.replaces,
        replaced_ends_at=made.replaced_ends_at,
    )  # fmt: skip
