"""Another policy text is put before people, signed by them, and then holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargehand.governance.approval import makes_sense
from chargehand.governance.authority import Person
from chargehand.governance.change_request import RequestState
from chargehand.governance.policy import Policy, PolicyMistake
from chargehand.plant import policies, policy_request_reads, policy_requests
from chargehand.plant.policy_checks import PolicyChecks
from chargehand.plant.policy_request_facts import Request
from chargehand.plant.policy_request_reads import ChangeRequest, PolicyVersion, RequestRow
from chargehand.plant.policy_request_rows import Ask
from chargehand.plant.reading import Done
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant


class ChangeRequests(PolicyChecks):
    """Another policy text is put before people, signed by them, and then holds."""

    def propose_policy(
        self, text: str, *, by: str, because: str
    ) -> ChangeRequest | Refusal | list[PolicyMistake]:
        """Put another policy text before those who may sign it.

        Every mistake in it is returned at once. Where nobody else has to sign it holds at once.
        """
        if not makes_sense(because):
            said = "say why it should be changed, in at least ten characters"
            return Refusal(code=RefusalCode.REASON_MISSING, because=said)
        request = self._propose(text, by, because)
        if isinstance(request, Request):
            return self._shown(request)
        return request

    def activate_policy(
        self, text: str, *, by: str, because: str = ""
    ) -> Done | Refusal | list[PolicyMistake]:
        """Let a policy text hold from now on, as an administrator; every mistake is returned.

        Where a second person has to sign it, it waits for them: the answer says for whom.
        """
        policy = policies.in_force(self.store)
        person = policy.person(by)
        administers = person is not None and policy.administrators & set(person.roles)
        if person is not None and not (person.active and administers):
            roles = ", ".join(sorted(policy.administrators)) or "nobody"
            because = f"the policy in force lets only {roles} change it"
            return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
        request = self._propose(text, by, because)
        if not isinstance(request, Request):
            return request
        if request.state is RequestState.IN_FORCE:
            said = f"policy version {request.new_version} holds from now on"
            return Done(proposal="", version=request.new_version, state="active", text=said)
        shown = self._shown(request)
        return Done(
            proposal=shown.row.id, version=request.new_version, state="waiting",
            text=f"{shown.row.id} is proposed, and does not hold yet: {shown.row.missing}",
        )  # fmt: skip

    def sign_request(
        self, id: str, *, by: str, because: str = "", role: str = ""
    ) -> Done | Refusal:
        """Sign a change request; with the last signature that it needs, its text holds."""
        number = policy_request_reads.number_of(id)
        if isinstance(number, Refusal):
            return number
        person = self._person(by)
        done = self.store.write(
            lambda docket: policy_requests.sign(docket, number, person, role, because)
        )
        self.wake()
        return done

    def reject_request(self, id: str, *, by: str, because: str) -> Done | Refusal:
        """Reject a change request, in the name of somebody who might have signed it."""
        number = policy_request_reads.number_of(id)
        if isinstance(number, Refusal):
            return number
        person = self._person(by)
        return self.store.write(
            lambda docket: policy_requests.reject(docket, number, person, because)
        )

    def withdraw_request(self, id: str, *, by: str, because: str = "") -> Done | Refusal:
        """Withdraw a change request, in the name of whoever proposed it."""
        number = policy_request_reads.number_of(id)
        if isinstance(number, Refusal):
            return number
        person = self._person(by)
        return self.store.write(
            lambda docket: policy_requests.withdraw(docket, number, person, because)
        )

    def change_requests(
        self, *, state: str | None = None, before: int | None = None, limit: int = 200
    ) -> list[RequestRow]:
        """Change requests, the newest first; ``state`` such as ``waiting``, None for all.

        ``before``: those with lower numbers only.
        """
        with self.store.snapshot() as sql:
            return policy_request_reads.rows(sql, state=state, before=before, limit=limit)

    def change_request(self, id: str) -> ChangeRequest | None:
        """One change request whole: text, differences, evidence, signatures, who may sign."""
        number = policy_request_reads.number_of(id)
        if isinstance(number, Refusal):
            return None
        with self.store.snapshot() as sql:
            return policy_request_reads.one(sql, number)

    def policy_versions(self) -> list[PolicyVersion]:
        """Every version of the policy, the newest first: who proposed and who signed it."""
        with self.store.snapshot() as sql:
            return policy_request_reads.versions(sql)

    def policy_version_text(self, version: int) -> str | None:
        """The text of an earlier version; None where there was none."""
        with self.store.snapshot() as sql:
            return policy_request_reads.text_of(sql, version)

    def wake(self) -> None:
        """Tell whoever works in the background that something has changed."""

    def _person(self, by: str) -> Person | None:
        return policies.in_force(self.store).person(by)

    def _propose(self, text: str, by: str, because: str) -> Request | Refusal | list[PolicyMistake]:
        policy = policies.checked(text)
        if not isinstance(policy, Policy):
            return list(policy)
        tests = self._tested(policy)
        if isinstance(tests, Refusal):
            return tests
        ask = Ask(policy=policy, text=text, by=self._person(by), because=because, tests=tests)
        request = self.store.write(lambda docket: policy_requests.propose(docket, ask))
        self.wake()
        return request

    def _shown(self, request: Request) -> ChangeRequest:
        with self.store.snapshot() as sql:
            shown = policy_request_reads.one(sql, request.number)
        assert shown is not None
        return shown


def expire_requests(plant: Plant) -> int:
    """End the requests that nobody signed in time."""
    with plant.store.snapshot() as sql:
        if not policy_request_reads.rows(sql, state="waiting", before=None, limit=1):
            return 0
    return plant.store.write(policy_requests.expire)
