"""Who is who: people by their keys and sessions, and the policy that says what they may do."""

from __future__ import annotations

from datetime import timedelta

from chargehand.governance.authority import Person
from chargehand.governance.policy import Policy, PolicyMistake
from chargehand.plant import people, policies
from chargehand.plant.fault import PlantFault
from chargehand.plant.reading import Done
from chargehand.runtime import clock
from chargehand.storage.store import Store
from chargehand.vocabulary.refusal import Refusal

KEY_DAYS_MAX = 366


class Identity:
    """People, their credentials, and the policy."""

    store: Store

    def policy(self) -> Policy:
        """The policy that holds."""
        return policies.in_force(self.store)

    def policy_text(self) -> tuple[int, str]:
        """Version and text of the policy that holds."""
        return policies.text_in_force(self.store)

    def activate_policy(self, text: str, *, by: str) -> Done | Refusal | list[PolicyMistake]:
        """Let a policy text hold from now on; every mistake in it is returned at once."""
        return policies.activate(self.store, text, self.person(by))

    def person(self, id: str) -> Person | None:
        """The active person of an id."""
        person = self.policy().person(id)
        return person if person is not None and person.active else None

    def issue_key(self, person: str, *, label: str, days: int = 90) -> str:
        """Make an API key for a person or service account; it is shown once."""
        if self.person(person) is None:
            raise PlantFault(
                f"{person!r} is not among the people of the policy",
                "add the person to the policy, then activate it",
            )
        if not 0 < days <= KEY_DAYS_MAX:
            raise PlantFault(
                f"a key lives 1 to {KEY_DAYS_MAX} days, not {days}", "choose fewer days"
            )
        return people.issue(self.store, people.KEY, person, label=label, life=timedelta(days=days))

    def revoke_key(self, prefix: str) -> bool:
        """End a key; False where there is none, or it has ended."""
        return people.end(self.store, prefix.removeprefix("chk_").partition("_")[0])

    def who(self, key: str) -> Person | None:
        """The person behind an API key."""
        return self._holder(people.KEY, key)

    def session(self, session_key: str) -> Person | None:
        """The person behind a console session."""
        return self._holder(people.SESSION, session_key)

    def end_session(self, session_key: str) -> bool:
        """End a console session; False where there is none, or it has ended."""
        if self.session(session_key) is None:
            return False
        return people.end(self.store, session_key.split("_", 2)[1])

    def _holder(self, kind: str, secret: str) -> Person | None:
        person = people.holder(self.store, kind, secret, clock.now())
        return None if person is None else self.person(person)

    def login_token(self, person: str) -> str:
        """A one-time token for the console, good for ten minutes."""
        if self.person(person) is None:
            raise PlantFault(
                f"{person!r} is not among the people of the policy",
                "name one of them with --as, or add the person to the policy",
            )
        return people.issue(self.store, people.LOGIN, person, life=people.LIVES[people.LOGIN])

    def redeem(self, token: str) -> str | None:
        """Turn a one-time token into a session key; None where it is used up or out of date."""
        return people.redeem(self.store, token, clock.now())
