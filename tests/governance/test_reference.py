"""The reference page of the policy text says what the reader of the text accepts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chargehand.governance import (
    parsing,
    policy_testing,
    sections,
    sections_autonomy,
    sections_people,
)
from chargehand.governance.access import Act
from chargehand.governance.policy import Policy, demo_policy_text, parse_policy
from chargehand.governance.policy_testing import parse_tests, run_tests
from chargehand.governance.sections_people import DAYS, ON_EXPIRY, RISKS
from chargehand.vocabulary.work import TransactionType
from tests.governance.strategies import NOW

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/policy.md").read_text("utf-8")
WORDS = (*Act, *DAYS, *RISKS, *ON_EXPIRY, *policy_testing.ANSWERS)
KEYS = {
    *parsing.KEYS,
    *TransactionType,
    *(
        key
        for module in (policy_testing, sections, sections_autonomy, sections_people)
        for name, keys in vars(module).items()
        if name.endswith("_KEYS")
        for key in keys
    ),
}


def test_example_of_the_page_is_a_policy():
    example, _ = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    policy = parse_policy(example)
    assert isinstance(policy, Policy), policy
    assert policy.remarks == ()


@pytest.mark.parametrize("key", sorted({*KEYS, *WORDS}))
def test_every_key_is_explained(key):
    assert re.search(rf"[`\[]{key}[`\]]", PAGE)


def test_the_test_of_the_page_holds_in_the_demo():
    _, table = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    policy = parse_policy(demo_policy_text())
    (tried,) = run_tests(parse_tests(table, policy), policy, NOW)
    assert tried.passed, tried
