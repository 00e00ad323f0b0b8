"""What cannot be made wrong in good order is no probe, and no fault either."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chargehand.decisions.decision import Proposal, hear
from chargehand.plant import installed
from chargehand.plant.probe_wrongs import Pattern, made_wrong
from chargehand.vocabulary.money import Money
from tests.contracts.rich_plant import rich_plant


@pytest.fixture(scope="module")
def pattern():
    """A move that a decision proposed, which does not word its changes itself."""
    decision = installed.load("mro_replenishment")
    heard = next(one for one in hear(decision, rich_plant()) if isinstance(one.answer, Proposal))
    return Pattern(
        decision=replace(decision, changed=None), question=heard.question, proposal=heard.answer,
        places=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of_action", "of_all"),
    [(Money.of(40_000), Money.of(1, "USD")), (Money.of(9 * 10**11), Money.of(9 * 10**11))],
    ids=["two currencies", "beyond every sum"],
)
def test_what_it_would_cost_must_be_a_sum(pattern, of_action, of_all):
    first, *others = pattern.proposal.actions
    plain = replace(pattern, proposal=replace(pattern.proposal, cost=first.cost))
    assert made_wrong(plain, 0) is not None
    dear = (replace(first, cost=of_action), *others)
    odd = replace(pattern, proposal=replace(pattern.proposal, actions=dear, cost=of_all))
    assert made_wrong(odd, 0) is None
