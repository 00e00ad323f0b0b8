"""Of a decision with a limit, the most valuable proposals wait first; the others say why not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chargehand.decisions import catalogue
from chargehand.decisions.decision import Answer, Proposal, Subject
from chargehand.plant.rationing import rationed
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import MaterialId, SiteId, ZoneId
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import ParameterChange, Priority
from tests.plant.conftest import AS_OF

DECISION = catalogue.load("reorder_parameters")
LIMIT = DECISION.open_max
assert LIMIT is not None


def answer(number: int, worth: int, site: str = "S1") -> Answer:
    subject = Subject(site=SiteId(site), zone=ZoneId("Z"), key=f"M{number}", label=f"M{number}")
    action = ParameterChange(
        site=subject.site, zone=subject.zone, material=MaterialId(subject.key),
        reorder_point=Decimal(3), order_up_to=Decimal(5), reorder_point_before=None,
        order_up_to_before=None,
    )  # fmt: skip
    proposal = Proposal(
        subject=subject, headline="x.", actions=(action,), priority=Priority.LOW, reasons=("x.",),
        confidence=0.9, cost=Money.of(0), cost_of_inaction=Money.of(worth), inaction="x.",
        decide_before=AS_OF, measure_after=AS_OF + timedelta(days=1), basis="model", basis_note="",
    )  # fmt: skip
    return Answer(
        decision=DECISION.name, subject=subject, question=None, answer=proposal, evidence=()
    )


def kept(answers) -> list[str]:
    return [one.subject.key for one in answers if isinstance(one.answer, Proposal)]


@given(st.lists(st.integers(0, 10_000), max_size=120))
def test_at_most_the_limit_waits_and_nothing_left_out_is_worth_more(tmp_path_factory, worths):
    answers = [answer(n, worth) for n, worth in enumerate(worths)]
    found = rationed(DECISION, answers, empty(tmp_path_factory))
    names = set(kept(found))
    assert len(names) == min(LIMIT, len(answers))
    inside = [w for n, w in enumerate(worths) if f"M{n}" in names]
    outside = [w for n, w in enumerate(worths) if f"M{n}" not in names]
    assert not outside or min(inside) >= max(outside)
    for one in found:
        if isinstance(one.answer, Refusal):
            assert one.answer.code is RefusalCode.RATIONED


def test_sites_do_not_take_each_others_places(plant):
    answers = [answer(n, n, site) for site in ("S1", "S2") for n in range(LIMIT)]
    with plant.store.snapshot() as sql:
        assert len(kept(rationed(DECISION, answers, sql))) == 2 * LIMIT


_CACHE: list[object] = []


def empty(factory):
    """A connection to an empty plant's database, made once."""
    if not _CACHE:
        from chargehand.runtime.clock import now

        file = factory.mktemp("ration") / "t.db"
        file.touch()
        _CACHE.extend([store := Store(file, now), store.snapshot().__enter__()])
    return _CACHE[1]
