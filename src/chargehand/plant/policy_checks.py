"""Another policy text is looked at before anybody proposes it: checked, tested and compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from chargehand.governance.comparison import Difference, differences
from chargehand.governance.parsing import succession
from chargehand.governance.policy import Policy, PolicyMistake
from chargehand.governance.policy_testing import Tried, parse_tests, run_tests
from chargehand.plant import policies, policy_diff
from chargehand.plant.policy_diff import PolicyDiff
from chargehand.plant.policy_files import TESTS, policy_file, tests_text
from chargehand.runtime import clock
from chargehand.storage.store import Store
from chargehand.vocabulary.refusal import Refusal, RefusalCode

TOLD_MAX = 3
"""Failed tests that a refusal names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCheck:
    """What can be said of a text before it is proposed."""

    mistakes: tuple[PolicyMistake, ...]
    """Where there are any, nothing else is known."""
    remarks: tuple[PolicyMistake, ...] = ()
    """What is allowed but odd, such as a version that has to be raised."""
    version: int = 0
    people: int = 0
    tests: tuple[Tried, ...] = ()
    test_mistakes: tuple[PolicyMistake, ...] = ()
    """Mistakes in the tests' own text."""
    words: tuple[Difference, ...] = ()
    """What it says differently from the text in force."""

    @property
    def failed(self) -> tuple[Tried, ...]:
        """Tests that it answers otherwise."""
        return tuple(one for one in self.tests if not one.passed)


class PolicyChecks:
    """Another policy text is looked at before anybody proposes it."""

    store: Store
    folder: Path

    @property
    def policy_file(self) -> Path:
        """The file that people edit for the next version."""
        return policy_file(self.folder)

    def policy_tests_text(self) -> str:
        """The policy tests of this plant; empty where there are none."""
        return tests_text(self.folder)

    def check_policy(self, text: str, *, tests: str | None = None) -> PolicyCheck:
        """Look at a text whole: mistakes, remarks, tests, and what it says differently.

        ``tests`` takes the place of the plant's own table of policy tests.
        """
        policy = policies.checked(text)
        if not isinstance(policy, Policy):
            return PolicyCheck(mistakes=policy)
        present = policies.in_force(self.store)
        table = self.policy_tests_text() if tests is None else tests
        tried = tried_on(policy, table)
        faulty = tuple(one for one in tried if isinstance(one, PolicyMistake))
        order = () if policy.digest == present.digest else succession(present, policy)
        return PolicyCheck(
            mistakes=(),
            remarks=(*order, *policy.remarks),
            version=policy.version,
            people=len(policy.people),
            tests=tuple(one for one in tried if isinstance(one, Tried)),
            test_mistakes=faulty,
            words=differences(present, policy),
        )

    def policy_diff(self, text: str, *, days: int = 7) -> PolicyDiff | list[PolicyMistake]:
        """What a text changes: in its words, and in what the last days would have been ruled."""
        after = policies.checked(text)
        if not isinstance(after, Policy):
            return list(after)
        since = clock.now() - timedelta(days=days)
        before = policies.in_force(self.store)
        with self.store.snapshot() as sql:
            return policy_diff.compare(sql, before, after, since=since, days=days)

    def _tested(self, policy: Policy) -> dict[str, object] | Refusal:
        """Refuse a text that the plant's tests do not hold under; else what was tested."""
        table = self.policy_tests_text()
        tried = tried_on(policy, table)
        wrong = [_said(one) for one in tried if isinstance(one, PolicyMistake) or not one.passed]
        if wrong:
            more = f" (and {len(wrong) - TOLD_MAX} more)" if len(wrong) > TOLD_MAX else ""
            because = f"{TESTS}: {'; '.join(wrong[:TOLD_MAX])}{more}"
            return Refusal(code=RefusalCode.POLICY_TESTS_FAILED, because=because)
        return {"count": len(tried), "sha256": sha256(table.encode()).hexdigest()}


def tried_on(policy: Policy, table: str) -> tuple[Tried | PolicyMistake, ...]:
    """Put every test of a table to a policy; the mistakes of the table where it cannot be read."""
    found = parse_tests(table, policy)
    tests = [one for one in found if not isinstance(one, PolicyMistake)]
    if len(tests) < len(found):
        return tuple(one for one in found if isinstance(one, PolicyMistake))
    return run_tests(tests, policy, clock.now())


def _said(one: Tried | PolicyMistake) -> str:
    if isinstance(one, PolicyMistake):
        return str(one)
    return f'line {one.line}, "{one.what}": {one.expected} expected, {one.found} ({one.because})'
