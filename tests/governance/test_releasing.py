"""Who may release a hold, as the policy's text says it."""

from __future__ import annotations

import pytest

from chargehand.governance.policy import Policy, default_policy_text, parse_policy
from chargehand.governance.releasing import may_release
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import policy_text

MORE = """
[[people]]
id = "gone"
name = "Gone"
roles = ["admin"]
active = false

[[people]]
id = "link"
name = "A link"
roles = ["admin"]
service = true

[[holds]]
roles = ["admin"]
sites = ["S1"]
four_eyes = false

[[holds]]
roles = ["planner"]
sites = ["S2"]
"""


@pytest.fixture(scope="module")
def policy() -> Policy:
    policy = parse_policy(policy_text() + MORE)
    assert isinstance(policy, Policy), policy
    return policy


@pytest.mark.parametrize(
    ("who", "site", "placed_by", "code"),
    [
        ("ada", "S1", "ben", None),
        ("ada", "S1", "ada", None),  # one pair of eyes is enough there
        ("ben", "S2", "ada", None),
        ("ben", "S2", "ben", RefusalCode.SECOND_PERSON_NEEDED),
        ("ben", "S1", "ada", RefusalCode.NOT_AUTHORIZED),
        ("cleo", "S2", "ada", RefusalCode.NOT_AUTHORIZED),
        ("ada", "S3", "ben", RefusalCode.NOT_AUTHORIZED),
        ("link", "S1", "ben", RefusalCode.NOT_AUTHORIZED),
        ("gone", "S1", "ben", RefusalCode.UNKNOWN_PERSON),
        ("nobody", "S1", "ben", RefusalCode.UNKNOWN_PERSON),
    ],
)
def test_only_who_the_policy_names_for_the_site_releases(policy, who, site, placed_by, code):
    refusal = may_release(policy, who, site, placed_by)
    assert (refusal and refusal.code) == code


def test_the_first_policy_of_a_plant_lets_its_administrator_release():
    policy = parse_policy(default_policy_text(person="ada", name="Ada", os_user=None))
    assert isinstance(policy, Policy), policy
    assert may_release(policy, "ada", "S1", "ada") is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('roles = ["nobody"]\nsites = ["*"]', "holds[1].roles"),
        ('roles = ["admin"]', "holds[1].sites"),
        ('roles = ["admin"]\nsites = ["*"]\neyes = 4', "holds[1].eyes"),
        ('roles = ["admin"]\nsites = ["*"]\nfour_eyes = "yes"', "holds[1].four_eyes"),
    ],
)
def test_a_mistake_in_the_text_is_named_with_its_place(text, named):
    mistakes = parse_policy(f"{policy_text()}\n[[holds]]\n{text}\n")
    assert isinstance(mistakes, tuple)
    assert [one.where for one in mistakes] == [named]
