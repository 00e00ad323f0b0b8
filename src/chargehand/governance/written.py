"""Policy texts to begin with: one for a new plant, one for the demo plant."""

from __future__ import annotations

import json

from chargehand.governance import written_default, written_demo, written_demo_tests
from chargehand.vocabulary.identifier import identifier


def default_policy_text(
    *, person: str, name: str, os_user: str | None, currency: str = "EUR"
) -> str:
    """The policy of a new plant: everything is observed, and one person is planner and admin.

    ``ValueError`` where a name is empty, too long or holds characters that cannot be printed.
    """
    return written_default.DEFAULT.format(
        person=_quoted(person, "person"),
        name=_quoted(name, "name"),
        os_user=_account(os_user),
        currency=currency,
    )


def demo_policy_text(*, os_user: str | None = None) -> str:
    """The policy of the demo plant, in which ``m.weber`` approves; ``os_user`` acts as her."""
    return written_demo.DEMO.format(os_user=_account(os_user))


def default_tests_text(*, currency: str = "EUR") -> str:
    """The policy tests of a new plant."""
    return written_default.TESTS.format(currency=currency)


def demo_tests_text() -> str:
    """The policy tests of the demo plant."""
    return written_demo_tests.TESTS


def _account(os_user: str | None) -> str:
    if os_user is None:
        return '# os_user = "account"'
    return f"os_user = {_quoted(os_user, 'os_user')}"


def _quoted(text: str, what: str) -> str:
    # A JSON string of printable characters is a TOML string.
    return json.dumps(identifier(text, what), ensure_ascii=False)
