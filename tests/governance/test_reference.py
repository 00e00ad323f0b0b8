"""The reference page of the policy text says what the reader of the text accepts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chargehand.governance import parsing, sections
from chargehand.governance.policy import Policy, parse_policy
from chargehand.vocabulary.work import TransactionType

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/policy.md").read_text("utf-8")
KEYS = {
    *parsing.KEYS,
    *sections.ADMINISTRATION_KEYS,
    *sections.PERSON_KEYS,
    *sections.GRANT_KEYS,
    *sections.PHASE_KEYS,
    *sections.APPROVAL_KEYS,
    *sections.BREAKER_KEYS,
    *sections.HOLD_KEYS,
    *TransactionType,
}


def test_example_of_the_page_is_a_policy():
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    policy = parse_policy(example)
    assert isinstance(policy, Policy), policy
    assert policy.remarks == ()


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_explained(key):
    assert re.search(rf"[`\[]{key}[`\]]", PAGE)
