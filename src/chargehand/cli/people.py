"""Who acts: the person named, the plant's own person, or whoever has this login of the computer."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from chargehand.governance.policy import Policy
    from chargehand.plant.plant import Plant

Actor = Annotated[
    str | None,
    Parameter(
        name="--as",
        help="Who acts: a person of the policy [else the plant's own person, else by OS user].",
    ),
]


def acting(plant: Plant, named: str | None) -> str | Refusal:
    """The id of the person who acts, or why nobody is known to.

    The order is ``--as``, then ``person`` in the plant's settings, then the policy's person with
    this login (``os_user``).
    """
    if named is not None:
        return _known(plant, named, "--as names")
    if own := plant.settings.plant.person:
        return _known(plant, own, "the plant's settings name")
    login = login_name()
    if login and (person := policy_of(plant).person_of_os_user(login)) is not None:
        return str(person.person)
    return Refusal(
        code=RefusalCode.UNKNOWN_PERSON,
        because=f"nobody in the policy has the login {login or '(unknown)'!r} of this computer",
    )


def policy_of(plant: Plant) -> Policy:
    """The policy in force, as values."""
    from chargehand.governance.policy import Policy as Terms
    from chargehand.governance.policy import parse_policy

    _, text = plant.policy_text()
    policy = parse_policy(text)
    assert isinstance(policy, Terms), "the policy in force was checked when it was activated"
    return policy


def _known(plant: Plant, person: str, how: str) -> str | Refusal:
    if plant.person(person) is not None:
        return person
    return Refusal(
        code=RefusalCode.UNKNOWN_PERSON, because=f"{how} {person!r}, who is not in the policy"
    )


def login_name() -> str:
    """The account of this computer that runs the command; empty where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without users
        return ""
