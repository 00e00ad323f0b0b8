"""The identity provider over the network: what it offers, its keys, and whether its word holds.

Source: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; Discovery 1.0; RFC 9700 (security).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from chargehand.plant.sign_in_asking import ProviderFault, asked, is_safe
from chargehand.runtime import clock
from chargehand.settings import OidcSettings, SettingsFault, named_secret

if TYPE_CHECKING:
    from joserfc.jwk import Key, KeySet

KEPT: Final = timedelta(hours=1)
"""How long what the provider offers is believed."""
KEYS_AGAIN: Final = timedelta(seconds=30)
"""Time between two looks for keys that are not known yet: a token names any key it likes."""
SKEW_S: Final = 60
"""How far the provider's clock may be from ours."""
ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    "Ed25519",
)  # fmt: skip
"""Signatures by a key that only the provider has: never ``none``, never a shared secret."""
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Disbelieved(ProviderFault):
    """A token that the provider handed out does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the provider says of itself."""

    document: dict[str, Any]
    read_at: datetime

    def text(self, name: str) -> str:
        """One word of it; empty where it says nothing."""
        value = self.document.get(name)
        return value if isinstance(value, str) else ""

    def words(self, name: str) -> tuple[str, ...]:
        """A list of words of it."""
        value = self.document.get(name)
        return tuple(str(one) for one in value) if isinstance(value, list) else ()


class Provider:
    """One provider, with what is remembered of it. Used by many threads."""

    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._offer: Offer | None = None
        self._keys: KeySet | None = None
        self._keys_read_at: datetime | None = None

    def offer(self) -> Offer:
        """What the provider offers; ``ProviderFault`` where it is not the one of the settings."""
        with self._lock:
            known = self._offer
        if known is not None and clock.now() - known.read_at < KEPT:
            return known
        issuer = self.settings.issuer
        document = asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != issuer:
            raise ProviderFault(f"it calls itself {document.get('issuer')!r}, not {issuer!r}")
        for name in (*ENDPOINTS, "end_session_endpoint", "userinfo_endpoint"):
            value = document.get(name)
            if (value is None and name in ENDPOINTS) or not is_safe(value or issuer):
                raise ProviderFault(f"its {name} is {value!r}, which is no https address")
        found = Offer(document=document, read_at=clock.now())
        with self._lock:
            self._offer = found
        return found

    def address(self, *, state: str, nonce: str, challenge: str) -> str:
        """Where the browser goes to sign in."""
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.callback,
            "scope": self.settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(self.offer().text("authorization_endpoint"), query)

    @property
    def callback(self) -> str:
        """Where the provider sends the browser back to."""
        return f"{self.settings.console.rstrip('/')}/login/callback"

    def way_out(self) -> str:
        """Where the browser goes to sign out at the provider too; empty where it offers none."""
        place = self.offer().text("end_session_endpoint")
        back = f"{self.settings.console.rstrip('/')}/login"
        query = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back}
        return _with_query(place, query) if place else ""

    def redeem(self, code: str, verifier: str) -> dict[str, Any]:
        """Exchange a code for the provider's tokens."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": verifier,
        }
        try:
            secret = named_secret(self.settings.client_secret, "[oidc] client_secret")
        except SettingsFault as fault:
            raise ProviderFault(str(fault)) from fault
        methods = self.offer().words("token_endpoint_auth_methods_supported")
        basic = None
        if secret and (not methods or "client_secret_basic" in methods):
            # RFC 6749, section 2.3.1: both parts are form-encoded first.
            basic = (quote(self.settings.client_id, safe=""), quote(secret, safe=""))
        else:
            form["client_id"] = self.settings.client_id
            if secret:
                form["client_secret"] = secret
        place = self.offer().text("token_endpoint")
        return asked("POST", place, form=form, basic=basic)

    def claims(self, tokens: dict[str, Any], *, nonce: str) -> dict[str, Any]:
        """What the provider says of the person, if its word holds; else ``ProviderFault``."""
        from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
        from joserfc.errors import JoseError

        written, access = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(written, str):
            raise Disbelieved("its answer holds no id_token")
        try:
            header, said = self._opened(written)
            token = CodeIDToken(
                said,
                header,
                {
                    "iss": {"essential": True, "value": self.settings.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                },
                {
                    "nonce": nonce,
                    "client_id": self.settings.client_id,
                    "access_token": access if isinstance(access, str) else None,
                },
            )
            token.validate(now=int(clock.now().timestamp()), leeway=SKEW_S)
        except (JoseError, ValueError, TypeError) as error:
            raise Disbelieved(f"its token does not hold: {type(error).__name__}") from error
        claim = self.settings.claim
        if claim not in said and isinstance(access, str):
            said = self._told_more(access, said["sub"]) | said
        return said

    def _told_more(self, access: str, subject: object) -> dict[str, Any]:
        """What the provider tells of the same person when it is asked."""
        place = self.offer().text("userinfo_endpoint")
        if not place:
            return {}
        told = asked("GET", place, token=access)
        if told.get("sub") != subject:
            raise Disbelieved("it tells of another person than the one who signed in")
        return told

    def _opened(self, written: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a token whose signature holds. Raises a ``JoseError``."""
        from joserfc import jws, jwt
        from joserfc.errors import BadSignatureError, InvalidKeyTypeError, JoseError

        header = jws.extract_compact(written.encode()).headers()
        offered = self.offer().words("id_token_signing_alg_values_supported")
        allowed = [one for one in ALGORITHMS if not offered or one in offered]
        failure: JoseError = BadSignatureError()
        for key in self._keys_for(header.get("kid")):
            try:
                return dict(header), jwt.decode(written, key, algorithms=allowed).claims
            except InvalidKeyTypeError:
                continue
            except JoseError as error:
                failure = error
        raise failure

    def _keys_for(self, kid: object) -> list[Key]:
        """The provider's keys of a name, or all where a token names none; looked for once more."""
        found = _of(self._known_keys(again=False), kid)
        return found or _of(self._known_keys(again=True), kid)

    def _known_keys(self, *, again: bool) -> KeySet | None:
        now = clock.now()
        with self._lock:
            keys, read_at = self._keys, self._keys_read_at
            rest = KEYS_AGAIN if again or keys is None else KEPT
            if read_at is not None and now - read_at < rest:
                return keys
            self._keys_read_at = now
        fresh = _key_set(asked("GET", self.offer().text("jwks_uri")))
        with self._lock:
            self._keys = fresh
        return fresh


@lru_cache(maxsize=8)
def provider_of(settings: OidcSettings) -> Provider:
    """The provider of some settings, with what is remembered of it."""
    return Provider(settings)


def _of(keys: KeySet | None, kid: object) -> list[Key]:
    return [] if keys is None else [key for key in keys if kid is None or key.kid == kid]


def _key_set(document: dict[str, Any]) -> KeySet:
    """The keys that signatures are checked with: no shared secrets, none that only encrypt."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    listed = document.get("keys")
    if not isinstance(listed, list):
        raise ProviderFault("its list of keys is none")
    kept = [
        one for one in listed
        if isinstance(one, dict) and one.get("kty") != "oct" and one.get("use", "sig") == "sig"
    ]  # fmt: skip
    try:
        return KeySet.import_key_set({"keys": kept})
    except (JoseError, ValueError, TypeError) as error:
        raise ProviderFault(f"its keys cannot be read: {type(error).__name__}") from error


def _with_query(place: str, query: dict[str, str]) -> str:
    return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}"
