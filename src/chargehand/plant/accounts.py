"""How people sign in: provider, password, badge and PIN; keys of programs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from chargehand.plant import (
    people,
    policies,
    sign_in_accounts,
    sign_in_keys,
    sign_in_local,
    sign_in_oidc,
)
from chargehand.plant.fault import PlantFault
from chargehand.plant.people import HANDHELD, KEY, LINK, SESSION, Bearer
from chargehand.plant.sign_in_accounts import AccountRow
from chargehand.plant.sign_in_asking import ProviderFault
from chargehand.plant.sign_in_keys import CredentialRow, MadeKey
from chargehand.plant.sign_in_local import SignedIn
from chargehand.plant.sign_in_oidc import Begun, Entered, Returned
from chargehand.plant.sign_in_provider import Provider, provider_of
from chargehand.plant.sign_in_secrets import PEPPER_MIN
from chargehand.runtime import clock
from chargehand.settings import Settings, SettingsFault, named_secret
from chargehand.storage.store import Store
from chargehand.vocabulary.refusal import Refusal, RefusalCode

FRESH = timedelta(minutes=15)
"""How long after a one-time link somebody may set a password without the present one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How people may sign in here, beside the one-time link, which always works."""

    password: bool
    badge: bool
    provider: str
    """What the provider is called; empty where there is none."""


class Accounts:
    """How people sign in: provider, password, badge and PIN; keys of programs."""

    store: Store
    settings: Settings

    def ways(self) -> Ways:
        """How people may sign in here."""
        identity, oidc = self.settings.identity, self.settings.oidc
        return Ways(
            password=oidc is None if identity.local is None else identity.local,
            badge=bool(identity.badge_pepper),
            provider="" if oidc is None else oidc.name,
        )

    # signing in

    def sign_in(self, person: str, password: str, *, address: str = "") -> SignedIn | Refusal:
        """Sign somebody in by id and password; ``address`` is where they sit in the network."""
        if not self.ways().password:
            return _off("passwords are kept by the identity provider, not here")
        life = timedelta(hours=self.settings.identity.session_hours)
        return sign_in_local.with_password(self.store, person, password, address=address, life=life)

    def sign_in_by_badge(self, number: str, pin: str, *, address: str = "") -> SignedIn | Refusal:
        """Sign somebody in at the line by badge and PIN, to see and to report, for eight hours."""
        if not self.ways().badge:
            return _off("[identity] badge_pepper of the settings names no secret for badges")
        return sign_in_local.with_badge(
            self.store, number, pin, pepper=self._pepper(), address=address
        )

    def begin_sign_in(self, *, back: str = "/inbox", cookie: str = "") -> Begun | Refusal:
        """Send somebody to the identity provider; ``cookie``: what their browser has of before."""
        provider = self._provider()
        if provider is None:
            return _off("[oidc] of the settings names no identity provider")
        return sign_in_oidc.begin(self.store, provider, back=back, cookie=cookie)

    def finish_sign_in(self, returned: Returned) -> Entered | Refusal:
        """Let somebody in who comes back from the identity provider."""
        provider = self._provider()
        if provider is None:
            return _off("[oidc] of the settings names no identity provider")
        life = timedelta(hours=self.settings.identity.session_hours)
        return sign_in_oidc.finish(self.store, provider, returned, life=life)

    def way_out(self) -> str:
        """Where the browser goes to sign out at the provider too; empty where there is no way."""
        provider = self._provider()
        try:
            return "" if provider is None else provider.way_out()
        except ProviderFault:
            return ""

    def _provider(self) -> Provider | None:
        oidc, server = self.settings.oidc, self.settings.server
        if oidc is None:
            return None
        own = f"http://{server.host}:{server.port}{server.root_path.rstrip('/')}"
        return provider_of(oidc if oidc.console else oidc.model_copy(update={"console": own}))

    def set_password(self, bearer: Bearer, password: str, *, current: str = "") -> Refusal | None:
        """Let somebody set their own password: soon after a one-time link, or with the present one.

        None where it is set.
        """
        if not self.ways().password:
            return _off("passwords are kept by the identity provider, not here")
        if bearer.kind != SESSION or bearer.person.service:
            because = "only a person in a session of the console sets a password"
            return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
        if not self.is_fresh(bearer):
            wrong = sign_in_local.proven(self.store, str(bearer.person.person), current)
            if wrong is not None:
                return wrong
        return sign_in_accounts.change_password(
            self.store, bearer.person, password, keeping=bearer.prefix
        )

    def choose_password(self, person: str, password: str, *, by: str) -> Refusal | None:
        """Let somebody set their own password at the plant's machine; None where it is set."""
        if not self.ways().password:
            return _off("passwords are kept by the identity provider, not here")
        known = policies.in_force(self.store).person(person)
        if known is None or not known.active or known.service:
            because = f"{person!r} is not among the active people of the policy"
            return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
        if by != person:
            because = "nobody chooses another's password: make a link, by which they set their own"
            return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
        return sign_in_accounts.change_password(self.store, known, password, keeping="")

    def is_fresh(self, bearer: Bearer) -> bool:
        """Whether somebody signed in by a one-time link just now."""
        since = bearer.since
        return bearer.label == LINK and since is not None and clock.now() - since < FRESH

    # accounts

    def accounts(self, *, by: str) -> tuple[AccountRow, ...] | Refusal:
        """Every account, with the ways in and the locks, for an administrator."""
        return sign_in_accounts.listed(self.store, policies.in_force(self.store).people, by=by)

    def account_link(self, person: str, *, by: str) -> str | Refusal:
        """A one-time token for the console, good for ten minutes."""
        return sign_in_accounts.link(self.store, person, by=by)

    def give_badge(self, person: str, number: str, *, by: str) -> Refusal | None:
        """Let a badge number be a person's; None where it is."""
        if not self.ways().badge:
            return _off("[identity] badge_pepper of the settings names no secret for badges")
        return sign_in_accounts.give_badge(self.store, person, number, pepper=self._pepper(), by=by)

    def set_pin(self, person: str, pin: str, *, by: str) -> Refusal | None:
        """Let a PIN be a person's; None where it is."""
        return sign_in_accounts.set_pin(self.store, person, pin, by=by)

    def drop_secret(self, person: str, kind: str, *, by: str) -> int | Refusal:
        """End a person's ``password``, ``badge_number`` or ``pin``; how many credentials ended."""
        if kind not in {people.PASSWORD, people.BADGE, people.PIN}:
            raise ValueError(f"{kind} is none of password, badge_number and pin")
        return sign_in_accounts.drop(self.store, person, kind, by=by)

    def lock_account(self, person: str, *, because: str, by: str) -> Refusal | None:
        """Let nobody in under an id until an administrator unlocks it; None where it is locked."""
        return sign_in_accounts.lock(self.store, person, because=because, by=by)

    def unlock_account(self, person: str, *, by: str) -> bool | Refusal:
        """Let somebody in again; False where nothing was locked."""
        return sign_in_accounts.unlock(self.store, person, by=by)

    # sessions and keys

    def sessions(
        self, *, by: str, person: str | None = None
    ) -> tuple[CredentialRow, ...] | Refusal:
        """The sessions in force, of one person or of all."""
        return sign_in_accounts.in_force(self.store, SESSION, HANDHELD, by=by, person=person)

    def close_session(self, prefix: str, *, by: str) -> CredentialRow | Refusal:
        """End a session by its prefix."""
        return sign_in_keys.end(self.store, prefix, by=by, kinds={SESSION, HANDHELD})

    def close_sessions(self, person: str, *, by: str) -> int | Refusal:
        """End every session of a person; how many ended."""
        return sign_in_accounts.end_all(self.store, person, by=by)

    def keys(self, *, by: str, person: str | None = None) -> tuple[CredentialRow, ...] | Refusal:
        """The API keys in force, of one person or of all; never the secret."""
        return sign_in_accounts.in_force(self.store, KEY, by=by, person=person)

    def make_key(
        self,
        person: str,
        *,
        by: str,
        label: str,
        days: int = 90,
        acts: Collection[str] = (),
        sites: Collection[str] = (),
    ) -> MadeKey | Refusal:
        """Make an API key, limited to some acts and sites where they are named."""
        scope = sign_in_keys.scope_of(acts, sites)
        if isinstance(scope, Refusal):
            return scope
        return sign_in_keys.make(self.store, person, by=by, label=label, days=days, scope=scope)

    def rotate_key(
        self, prefix: str, *, by: str, overlap: timedelta = timedelta(hours=24)
    ) -> MadeKey | Refusal:
        """Make a key that takes another's place; the old one ends after the overlap."""
        return sign_in_keys.rotate(self.store, prefix, by=by, overlap=overlap)

    def end_key(self, prefix: str, *, by: str) -> CredentialRow | Refusal:
        """End an API key by its prefix."""
        return sign_in_keys.end(self.store, prefix, by=by, kinds={KEY})

    def _pepper(self) -> str:
        setting = "[identity] badge_pepper"
        try:
            pepper = named_secret(self.settings.identity.badge_pepper, setting)
        except SettingsFault as fault:
            raise PlantFault(str(fault), "put the secret there, or take the setting out") from fault
        if len(pepper) < PEPPER_MIN:
            raise PlantFault(
                f"{setting} is shorter than {PEPPER_MIN} characters", "name a longer secret"
            )
        return pepper


def _off(because: str) -> Refusal:
    return Refusal(code=RefusalCode.SIGN_IN_OFF, because=because)
