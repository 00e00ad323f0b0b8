"""The record of a past moment, as lists of other systems are compared with it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.record.attribution import Line
from chargehand.record.ledger import SUPPLIER, BalanceKey, storage, transfer
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import LocationId, LotId, MaterialId, SiteId
from chargehand.vocabulary.quantity import Unit

SITE = SiteId('S"1')
T0 = datetime(2026, 3, 1, tzinfo=UTC)
BINS = ["A", "B"]
# place, lot, amount, minutes since the one before, by how much it is told late (minutes)
moves = st.lists(
    st.tuples(st.sampled_from(BINS), st.sampled_from(["", "L1"]), st.integers(1, 5),
              st.integers(0, 400), st.integers(-30, 900)),
    max_size=12,
)  # fmt: skip


class Told:
    """Movements into a store, each recorded at its own moment and happened earlier."""

    def __init__(self, path, found):
        self.now = T0
        self.store = Store(path, lambda: self.now)
        self.facts = []
        for n, (place, lot, amount, pause, late) in enumerate(found):
            self.now += timedelta(minutes=pause)
            happened = self.now - timedelta(minutes=late)
            self.facts.append((happened, Line(LocationId(place), MaterialId("M"), LotId(lot)),
                               amount))  # fmt: skip
            self.post(f"k{n}", place, lot, amount, happened)

    def post(self, key, place, lot, amount, happened):
        source = BalanceKey(SUPPLIER, MaterialId("M"), LotId(lot))
        target = BalanceKey(storage(SITE, LocationId(place)), MaterialId("M"), LotId(lot))
        movement = transfer(
            key, "receiving", source=source, target=target, scaled=amount, unit=Unit.PIECE
        )
        number = self.store.write(
            lambda docket: docket.post(movement, actor="t", cause=None, occurred_at=happened)
        )
        assert isinstance(number, int), number


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves, st.integers(-100, 4000), st.sampled_from([frozenset(), frozenset({"A"})]))
def test_what_stood_at_a_moment_is_what_had_happened_by_then(tmp_path_factory, found, at, places):
    told = Told(tmp_path_factory.mktemp("stood") / "a.db", found)
    moment = T0 + timedelta(minutes=at)
    expected: Counter[Line] = Counter()
    for happened, line, amount in told.facts:
        if happened <= moment and (not places or line.location in places):
            expected[line] += amount
    assert told.store.write(lambda docket: docket.stood(SITE, places, moment)) == dict(expected)
    told.store.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves, st.integers(-100, 4000))
def test_what_moved_since_a_moment_is_in_the_order_of_its_happening(tmp_path_factory, found, at):
    told = Told(tmp_path_factory.mktemp("moved") / "a.db", found)
    since = T0 + timedelta(minutes=at)
    lines = frozenset(line for _, line, _ in told.facts)
    moved = told.store.write(lambda docket: docket.moved(SITE, lines, since))
    for line in lines:
        expected = sorted((at, amount) for at, one, amount in told.facts if one == line)
        got = [(one.at, one.scaled) for one in moved.get(line, [])]
        assert sorted(got) == [one for one in expected if one[0] > since]
        assert [at for at, _ in got] == sorted(at for at, _ in got)
    told.store.close()
