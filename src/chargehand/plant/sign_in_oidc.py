"""Signing in with the plant's identity provider: authorization code with PKCE, bound to a browser.

Nothing secret is kept here on the way: the browser holds one secret in a cookie, from which nonce
and verifier are derived anew when it comes back; the table has their hashes.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from chargehand.governance.authority import Person
from chargehand.plant import people, policies
from chargehand.plant.people import PROVIDER, SESSION, Wanted
from chargehand.plant.sign_in_asking import ProviderFault
from chargehand.plant.sign_in_limits import mark_of
from chargehand.plant.sign_in_local import SignedIn, enter, may_enter
from chargehand.plant.sign_in_provider import Disbelieved, Provider
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.wire import canonical

FLOW = timedelta(minutes=10)
"""How long somebody may take at the provider."""
NOTED_AGAIN = timedelta(hours=1)
FLOWS_MAX = 10_000
"""Sign-ins under way at once, so that strangers cannot fill the database."""
SECRET_LENGTH = 43
BACK_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in under way."""

    address: str
    """Where the browser goes."""
    cookie: str
    """What the browser keeps until it comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What the browser brings back from the provider."""

    cookie: str
    state: str
    code: str = ""
    error: str = ""
    issuer: str | None = None
    """``iss`` of the answer (RFC 9207)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Somebody signed in by the provider."""

    signed_in: SignedIn
    back: str
    """Path of the console to go on with."""


def begin(store: Store, provider: Provider, *, back: str, cookie: str) -> Begun | Refusal:
    """Begin a sign-in; a browser that has one under way in another window keeps its secret."""
    secret = cookie if len(cookie) == SECRET_LENGTH else secrets.token_urlsafe(32)
    state = secrets.token_urlsafe(24)
    nonce, verifier = _derived(secret, "nonce", state), _derived(secret, "verifier", state)
    challenge = _challenge(verifier)
    try:
        address = provider.address(state=state, nonce=nonce, challenge=challenge)
    except ProviderFault as fault:
        return _unreachable(fault)

    def work(docket: Docket) -> bool:
        now = docket.now()
        docket.sql("DELETE FROM sign_in_flow WHERE expires_at <= ?", (written(now),))
        found = docket.sql("SELECT count(*) FROM sign_in_flow").fetchone()
        if found is not None and found[0] >= FLOWS_MAX:
            return False
        docket.sql(
            "INSERT INTO sign_in_flow (state, nonce, verifier, back, expires_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (people.hash_of(state), people.hash_of(nonce), challenge, inside(back),
             written(now + FLOW)),
        )  # fmt: skip
        return True

    if not store.write(work):
        because = "Too many people are signing in just now; try again in a few minutes."
        return Refusal(code=RefusalCode.SIGN_IN_LOCKED, because=because, transient=True)
    return Begun(address=address, cookie=secret)


def inside(back: str) -> str:
    """A path of the console; the inbox for anything that might lead elsewhere.

    >>> inside("/stock?site=KENT"), inside("//evil.example"), inside("https://evil.example")
    ('/stock?site=KENT', '/inbox', '/inbox')
    """
    is_ours = (
        back.startswith("/")
        and not back.startswith(("//", "/login", "/logout"))
        and len(back) <= BACK_MAX
        and back.isascii()
        and back.isprintable()
        and "\\" not in back
    )
    return back if is_ours else "/inbox"


def finish(
    store: Store, provider: Provider, returned: Returned, *, life: timedelta
) -> Entered | Refusal:
    """End a sign-in: each works once, in the browser that began it, within ten minutes."""
    back = store.write(lambda docket: _taken(docket, returned))
    if back is None:
        because = (
            "This sign-in was not begun in this browser, took too long, or is done already."
            " Begin again."
        )
        return Refusal(code=RefusalCode.SIGN_IN_FAILED, because=because)
    try:
        claims = _asked(provider, returned)
    except Disbelieved as fault:
        because = str(fault)
        store.write(lambda docket: _note(docket, provider, because))
        return _disbelieved(fault)
    except ProviderFault as fault:
        return _unreachable(fault)
    if isinstance(claims, Refusal):
        return claims
    named = _named(provider, claims)
    if isinstance(named, Refusal):
        return named
    policy = policies.in_force(store)
    found = [one for one in policy.people if _is_same(one, named, provider)]

    def work(docket: Docket) -> Entered | Refusal:
        if len(found) != 1 or not may_enter(docket, str(found[0].person)):
            return _stranger(docket, provider, named)
        person = str(found[0].person)
        wanted = Wanted(kind=SESSION, person=person, by=person, life=life, label=PROVIDER)
        return Entered(signed_in=enter(docket, wanted), back=back)

    return store.write(work)


def _taken(docket: Docket, returned: Returned) -> str | None:
    """Use up a sign-in under way; the path to go on with, None where this browser has none."""
    state = people.hash_of(returned.state)
    row = docket.sql("SELECT * FROM sign_in_flow WHERE state = ?", (state,)).fetchone()
    if row is None:
        return None
    nonce = _derived(returned.cookie, "nonce", returned.state)
    if not hmac.compare_digest(row["nonce"], people.hash_of(nonce)):
        return None  # another browser's: it may still come back
    docket.sql("DELETE FROM sign_in_flow WHERE state = ?", (state,))
    return row["back"] if instant(row["expires_at"]) > docket.now() else None


def _asked(provider: Provider, returned: Returned) -> dict[str, Any] | Refusal:
    """What the provider says of the person. Raises ``ProviderFault``."""
    offer = provider.offer()
    must_say = offer.document.get("authorization_response_iss_parameter_supported") is True
    said = returned.issuer
    if (said is None and must_say) or (said is not None and said != provider.settings.issuer):
        raise ProviderFault("the answer came from another provider")
    if returned.error or not returned.code:
        because = "The provider did not sign you in. Begin again, or ask whoever looks after it."
        return Refusal(code=RefusalCode.SIGN_IN_FAILED, because=because)
    nonce = _derived(returned.cookie, "nonce", returned.state)
    verifier = _derived(returned.cookie, "verifier", returned.state)
    return provider.claims(provider.redeem(returned.code, verifier), nonce=nonce)


def _named(provider: Provider, claims: dict[str, Any]) -> str | Refusal:
    """How the provider names the person, by the claim of the settings."""
    claim = provider.settings.claim
    named = claims.get(claim)
    if not isinstance(named, str) or not named:
        because = (
            f"The provider does not say your {claim}. Whoever looks after the plant can choose"
            " another [oidc] claim, or ask for more [oidc] scopes."
        )
        return Refusal(code=RefusalCode.SIGN_IN_FAILED, because=because)
    if claim == "email" and claims.get("email_verified") is not True:
        because = "The provider has not verified your e-mail address, so it proves nothing."
        return Refusal(code=RefusalCode.SIGN_IN_FAILED, because=because)
    return named


def _is_same(person: Person, named: str, provider: Provider) -> bool:
    if not person.subject or not person.active or person.service:
        return False
    if provider.settings.claim == "email":
        return person.subject.casefold() == named.casefold()
    return person.subject == named


def _stranger(docket: Docket, provider: Provider, named: str) -> Refusal:
    """Note somebody whom the provider knows and the policy does not."""
    mark = mark_of("subject", named)
    if not _was_noted(docket, "sign_in_stranger", mark):
        fact = {
            "issuer": provider.settings.issuer,
            "claim": provider.settings.claim,
            "named": docket.personal(named, person=""),
        }
        docket.entry("sign_in_stranger", mark, canonical(fact), actor="chargehand")
    because = (
        f"The provider knows you as {named}, and nobody in this plant's policy has that"
        " subject. Whoever looks after the policy can add you."
    )
    return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)


def _was_noted(docket: Docket, kind: str, key: str) -> bool:
    """Whether the same is in the journal since an hour: nobody fills it by trying again."""
    row = docket.sql(
        "SELECT 1 FROM journal WHERE kind <> 'movement' AND kind = ? AND key = ?"
        " AND recorded_at > ? LIMIT 1",
        (kind, key, written(docket.now() - NOTED_AGAIN)),
    ).fetchone()
    return row is not None


def _note(docket: Docket, provider: Provider, because: str) -> None:
    """Note that a provider's answer could not be believed."""
    mark = mark_of("issuer", provider.settings.issuer)
    if _was_noted(docket, "sign_in_disbelieved", mark):
        return
    fact = {"issuer": provider.settings.issuer, "because": because}
    docket.entry("sign_in_disbelieved", mark, canonical(fact), actor="chargehand")


def _unreachable(fault: ProviderFault) -> Refusal:
    because = (
        "The identity provider cannot be asked just now, so nobody was signed in. Try again; if it"
        f" stays so, tell whoever looks after the plant: {fault}."
    )
    return Refusal(code=RefusalCode.SIGN_IN_FAILED, because=because, transient=True)


def _disbelieved(fault: Disbelieved) -> Refusal:
    because = (
        "The identity provider's answer does not hold, so nobody was signed in. It was noted; tell"
        f" whoever looks after the plant: {fault}."
    )
    return Refusal(code=RefusalCode.SIGN_IN_FAILED, because=because)


def _derived(secret: str, what: str, state: str) -> str:
    """A text that only the browser with the secret can make again (43 signs)."""
    made = hmac.new(_bytes(secret), _bytes(f"{what} {state}"), sha256)
    return base64.urlsafe_b64encode(made.digest()).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _challenge(verifier: str) -> str:
    from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

    return str(create_s256_code_challenge(verifier))
