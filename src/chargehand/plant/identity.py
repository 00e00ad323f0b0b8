"""Who is who: people by their keys and sessions, and the policy that says what they may do."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from chargehand.governance.authority import Person
from chargehand.governance.policy import Policy
from chargehand.plant import people, policies
from chargehand.plant.fault import PlantFault
from chargehand.plant.people import HANDHELD, KEY, LOGIN, SESSION, Bearer, Held
from chargehand.runtime import clock
from chargehand.settings import Settings
from chargehand.storage.session import StorageFault
from chargehand.storage.store import Store

KEY_DAYS_MAX = 366


class Identity:
    """People, their credentials, and the policy."""

    store: Store
    settings: Settings

    def policy(self) -> Policy:
        """The policy that holds."""
        return policies.in_force(self.store)

    def policy_text(self) -> tuple[int, str]:
        """Version and text of the policy that holds."""
        return policies.text_in_force(self.store)

    def person(self, id: str) -> Person | None:
        """The active person of an id."""
        person = self.policy().person(id)
        return person if person is not None and person.active else None

    def issue_key(self, person: str, *, label: str, days: int = 90) -> str:
        """Make an API key for whoever has this plant in hand; it is shown once.

        What people ask for goes through ``make_key``, which asks whether they may.
        """
        if self.person(person) is None:
            raise PlantFault(
                f"{person!r} is not among the people of the policy",
                "add the person to the policy, then activate it",
            )
        if not 0 < days <= KEY_DAYS_MAX:
            raise PlantFault(
                f"a key lives 1 to {KEY_DAYS_MAX} days, not {days}", "choose fewer days"
            )
        return people.issue(self.store, KEY, person, label=label, life=timedelta(days=days))

    def revoke_key(self, prefix: str) -> bool:
        """End a key; False where there is none, or it has ended."""
        return people.end(self.store, prefix.removeprefix("chk_").partition("_")[0])

    def who(self, key: str) -> Person | None:
        """The person behind an API key."""
        bearer = self._bearer(key, KEY)
        return None if bearer is None else bearer.person

    def bearer(self, key: str) -> Bearer | None:
        """Who stands behind an API key or a session by badge, and what it is limited to."""
        return self._bearer(key, KEY, HANDHELD)

    def session(self, session_key: str) -> Person | None:
        """The person behind a console session."""
        bearer = self._bearer(session_key, SESSION)
        return None if bearer is None else bearer.person

    def visitor(self, session_key: str, *, acting: bool = True) -> Bearer | None:
        """Who looks at the console, by a session or by badge.

        ``acting``: a person did something, so the session goes on; a page that asks for news by
        itself keeps nobody signed in.
        """
        return self._bearer(session_key, SESSION, HANDHELD, acting=acting)

    def end_session(self, session_key: str) -> bool:
        """End a console session; False where there is none, or it has ended."""
        bearer = self._bearer(session_key, SESSION, HANDHELD, acting=False)
        if bearer is None:
            return False
        return people.end(self.store, bearer.prefix, by=str(bearer.person.person))

    def _bearer(self, secret: str, *kinds: str, acting: bool = True) -> Bearer | None:
        now = clock.now()
        held = people.holder(self.store, secret, now, *kinds)
        if held is None:
            return None
        if held.kind != KEY and now - (held.last_used_at or held.created_at) > self._idle():
            return None
        person = self.person(held.person)
        if person is None:
            return None
        if acting:
            self._touch(held)
        return Bearer(
            person=person, scope=held.scope, prefix=held.prefix, kind=held.kind, label=held.label,
            since=held.created_at,
        )  # fmt: skip

    def _touch(self, held: Held) -> None:
        every = people.TOUCH_KEY if held.kind == KEY else people.TOUCH_SESSION
        with suppress(StorageFault):  # a database that is full or busy turns nobody away
            people.touch(self.store, held, clock.now(), every)

    def _idle(self) -> timedelta:
        return timedelta(minutes=self.settings.identity.idle_minutes)

    def session_life(self) -> timedelta:
        """How long a session of the console lives at most."""
        return timedelta(hours=self.settings.identity.session_hours)

    def login_token(self, person: str) -> str:
        """A one-time token for the console, good for ten minutes."""
        if self.person(person) is None:
            raise PlantFault(
                f"{person!r} is not among the people of the policy",
                "name one of them with --as, or add the person to the policy",
            )
        return people.issue(self.store, LOGIN, person, life=people.LIVES[LOGIN])

    def redeem(self, token: str) -> str | None:
        """Turn a one-time token into a session key; None where it is used up or out of date."""
        return people.redeem(self.store, token, self.session_life())
