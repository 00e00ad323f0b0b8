"""Stock as it was, held against the plainest way to tell: adding up what had happened by then."""

from __future__ import annotations

import itertools
import random
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.record.ledger import SUPPLIER, Account, BalanceKey, transfer
from chargehand.storage.balances import Chosen, balances
from chargehand.storage.history import History
from chargehand.storage.looking_back import Cut, cut, place_at
from chargehand.storage.movement_lists import movement, movements
from chargehand.storage.segment import covered, history_faults, placed, segments
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import LotId, MaterialId
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal

START = datetime(2026, 1, 5, tzinfo=UTC)
PLACES = [Account("S/A"), Account("S/B"), Account("T/A")]
NAMES = itertools.count()


class Clock:
    """Each transaction is recorded a minute after the one before."""

    def __init__(self) -> None:
        self.minutes = 0

    def __call__(self) -> datetime:
        return START + timedelta(minutes=self.minutes)


class Told:
    """A database, and beside it the list of all that was told."""

    def __init__(self, file: Path | str) -> None:
        self.clock = Clock()
        self.store = Store(file, self.clock)
        self.history = History(self.store, run=4, fan=3, slice=5)
        self.legs: list[tuple[datetime, datetime, BalanceKey, int]] = []
        self.entries = 0

    def move(self, source, target, material, lot, pieces, late_minutes=None) -> int | None:
        """Move pieces, at once or told so many minutes late; the entry, None where refused."""
        self.clock.minutes += 1
        now = self.clock()
        at = None if late_minutes is None else now - timedelta(minutes=late_minutes)
        keys = [BalanceKey(place, MaterialId(material), LotId(lot)) for place in (source, target)]
        one = transfer(
            f"k{next(NAMES)}", "storing", source=keys[0], target=keys[1],
            scaled=pieces * 1_000_000, unit=Unit.PIECE,
        )  # fmt: skip
        entry = self.store.write(
            lambda docket: docket.post(one, actor="t", cause=None, occurred_at=at)
        )
        if isinstance(entry, Refusal):
            return None
        self.legs += [(at or now, now, leg.key, leg.scaled) for leg in one.legs]
        return entry

    def note(self) -> None:
        """Write an entry that moves nothing."""
        self.clock.minutes += 1
        self.store.write(lambda docket: docket.entry("signal", "x", "{}", actor="t"))

    def by_hand(self, occurred, known, chosen) -> dict[tuple[str, ...], int]:
        found: Counter[tuple[str, ...]] = Counter()
        for at, recorded, key, scaled in self.legs:
            if (occurred is None or at <= occurred) and (known is None or recorded <= known):
                found[key.account, key.material, key.lot] += scaled
        return {
            key: n for key, n in found.items()
            if n and key[0][0] != "~" and fits(key, chosen)
        }  # fmt: skip

    def by_record(self, occurred, known, chosen) -> dict[tuple[str, ...], int]:
        with self.store.snapshot() as sql:
            back = cut(sql, occurred=occurred, known=known)
            found = balances(sql, chosen, cut=back, at_once=2)
            return {tuple(row[:3]): n for row, n in found}


def fits(key, chosen) -> bool:
    site, _, location = key[0].partition("/")
    wanted = (chosen.site, chosen.location, chosen.material, chosen.lot)
    there = (site, location, key[1], key[2])
    return all(want is None or want == is_ for want, is_ in zip(wanted, there, strict=True))


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("history") / "empty.db"
    Store(made, Clock()).close()
    return made


@pytest.fixture
def told(empty, tmp_path):
    made = Told(Path(shutil.copy(empty, tmp_path / "told.db")))
    yield made
    made.store.close()


moves = st.tuples(
    st.sampled_from([SUPPLIER, *PLACES]), st.sampled_from(PLACES), st.sampled_from("MN"),
    st.sampled_from(["", "L1"]), st.integers(1, 5), st.sampled_from([None, None, 0, 1, 3, 20, -2]),
)  # fmt: skip
moments = st.one_of(
    st.none(), st.integers(-5, 45).map(lambda minutes: START + timedelta(minutes=minutes))
)
choices = st.builds(
    Chosen,
    site=st.sampled_from([None, "S", "T"]),
    location=st.none(),
    material=st.none(),
    lot=st.sampled_from([None, "", "L1"]),
)
places = st.just(Chosen(site="S", location="A")) | st.just(Chosen(site="S", material="M"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(st.one_of(moves, st.just("history"), st.just("note")), max_size=40),
    questions=st.lists(st.tuples(moments, moments, choices | places), min_size=1, max_size=6),
)
def test_stock_at_any_moment_is_what_had_come_less_what_had_gone(empty, steps, questions):
    told = Told(Path(shutil.copy(empty, empty.parent / f"{next(NAMES)}.db")))
    for step in steps:
        if step == "history":
            told.history.step()
        elif step == "note":
            told.note()
        else:
            told.move(*step)
    for occurred, known, chosen in questions:
        assert told.by_record(occurred, known, chosen) == told.by_hand(occurred, known, chosen)
    told.history.catch_up()
    for occurred, known, chosen in questions:
        assert told.by_record(occurred, known, chosen) == told.by_hand(occurred, known, chosen)
    with told.store.snapshot() as sql:
        assert list(history_faults(sql)) == []
    told.store.close()


def fill(told, count=40) -> None:
    for n in range(count):
        told.move(SUPPLIER, PLACES[n % 3], "MN"[n % 2], "", 1 + n % 4)


def test_few_segments_cover_many_movements_without_a_gap(told):
    fill(told, 100)
    told.history.catch_up()
    with told.store.snapshot() as sql:
        known = segments(sql)
        assert covered(sql) + 4 >= placed(sql) - 1
        assert [one.first for one in known] == [0, *(one.last + 1 for one in known[:-1])]
        assert sum(one.legs for one in known) == 2 * (covered(sql) + 1)
        assert sql.execute("SELECT count(*) FROM history").fetchone()[0] == 2 * (covered(sql) + 1)
    assert len(known) <= 6


def test_a_history_cut_off_anywhere_is_taken_up_by_another_process(told):
    """The first process ends after one piece of work, the next after two, and so on."""
    fill(told, 60)
    moment = START + timedelta(minutes=31)
    expected = told.by_hand(moment, None, Chosen())
    for pieces in range(1, 60):
        one = History(told.store, run=4, fan=3, slice=5)
        done = sum(one.step() for _ in range(pieces))
        assert told.by_record(moment, None, Chosen()) == expected
        told.clock.minutes += 2  # the lease of the one that went away runs out
        if done < pieces:
            break
    with told.store.snapshot() as sql:
        assert list(history_faults(sql)) == []
        assert covered(sql) + 4 >= placed(sql) - 1


def test_only_one_process_at_a_time_makes_history(told):
    fill(told)
    other = History(told.store, run=4, fan=3, slice=5)
    assert told.history.step() == 1
    assert other.step() == 0
    told.history.catch_up()
    fill(told, 10)
    assert other.step() == 1


def test_nothing_stays_behind_of_a_process_that_went_away_at_work(told):
    fill(told, 5)
    assert History(told.store, run=4, fan=3, slice=5).step() == 1
    told.clock.minutes += 2
    told.history.catch_up()
    with told.store.snapshot() as sql:
        assert sql.execute("SELECT count(*) AS n FROM job").fetchone()[0] == 0


def test_what_the_history_says_against_the_journal_is_found_and_can_be_made_again(told):
    fill(told)
    told.history.catch_up()
    told.store.write(
        lambda docket: docket.sql(
            "UPDATE history SET scaled = scaled + 1 WHERE entry = 7 AND n = 1"
        )
    )
    with told.store.snapshot() as sql:
        (fault,) = history_faults(sql)
    assert "does not tell what the journal does" in fault
    told.history.rebuild()
    with told.store.snapshot() as sql:
        assert list(history_faults(sql)) == []
        assert covered(sql) > 0


def test_a_dropped_segment_is_found(told):
    fill(told)
    told.history.catch_up()
    told.store.write(
        lambda docket: docket.sql(
            "DELETE FROM segment WHERE first = (SELECT min(first) FROM segment)"
        )
    )
    with told.store.snapshot() as sql:
        assert any("not in one segment" in fault for fault in history_faults(sql))


def test_what_was_told_late_is_true_before_it_was_known(told):
    told.move(SUPPLIER, PLACES[0], "M", "", 5)
    told.note()
    known_then = told.clock()
    told.move(PLACES[0], PLACES[1], "M", "", 2, late_minutes=1)
    at_a = Chosen(site="S", location="A")
    key = ("S/A", "M", "")
    assert told.by_record(known_then, None, at_a) == {key: 3_000_000}
    assert told.by_record(None, known_then, at_a) == {key: 5_000_000}
    assert told.by_record(known_then, known_then, at_a) == {key: 5_000_000}


def test_the_place_of_a_moment_is_the_last_recorded_up_to_then(told):
    fill(told, 9)
    with told.store.snapshot() as sql:
        assert [place_at(sql, START + timedelta(minutes=m)) for m in (0, 1, 5, 99)] == [-1, 0, 4, 8]
        assert cut(sql, occurred=None, known=None) == Cut()


@pytest.mark.parametrize("made", ["all", "some", "none"])
def test_movements_of_some_stock_come_newest_first_each_once(told, made):
    fill(told, 30)
    if made != "none":
        told.history.catch_up()
    if made == "some":
        fill(told, 3)
    wanted = Chosen(site="S", location="B")
    expected = [
        entry for entry in reversed(range(len(told.legs) // 2))
        if told.legs[2 * entry + 1][2].account == "S/B"
    ]  # fmt: skip
    found, below = [], None
    with told.store.snapshot() as sql:
        while True:
            window = movements(sql, wanted, below=below, limit=4)
            found += [row["number"] for row in window.rows]
            if (below := window.below) is None:
                break
        assert movement(sql, found[0])["number"] == found[0]
        assert movement(sql, 10_000) is None
    assert found == expected


def test_movements_of_more_stock_than_is_looked_up_are_read_from_the_journal(told, monkeypatch):
    fill(told, 30)
    told.history.catch_up()
    with told.store.snapshot() as sql:
        few = movements(sql, Chosen(site="S"), below=None, limit=7)
        monkeypatch.setattr("chargehand.storage.movement_lists.SLOTS_MAX", 1)
        monkeypatch.setattr("chargehand.storage.movement_lists.READ_MAX", 3)
        found, below = [], None
        while len(found) < 7:
            window = movements(sql, Chosen(site="S"), below=below, limit=7 - len(found))
            found += [row["number"] for row in window.rows]
            below = window.below
    assert found == [row["number"] for row in few.rows]


@pytest.mark.parametrize("seed", [1, 2])
def test_on_postgresql_too_whether_or_not_entries_have_their_place(postgres_url, seed):
    """The movements without a place in the tree count: nobody waits for the sequencer."""
    chance, told = random.Random(seed), Told(postgres_url)
    for _ in range(60):
        told.move(
            chance.choice([SUPPLIER, *PLACES]), chance.choice(PLACES), chance.choice("MN"),
            chance.choice(["", "L1"]), chance.randint(1, 5), chance.choice([None, 0, 3, 20]),
        )  # fmt: skip
        if chance.random() < 0.3:
            told.store.rest()
        if chance.random() < 0.6:
            told.history.step()
    for placed_all in (False, True):
        if placed_all:
            told.store.rest()
            told.history.catch_up()
        for minute in (-1, 5, 20, 41, 70):
            moment = START + timedelta(minutes=minute)
            for asked in ((moment, None), (None, moment), (moment, moment), (None, None)):
                for chosen in (Chosen(), Chosen(site="S", location="A"), Chosen(site="T")):
                    assert told.by_record(*asked, chosen) == told.by_hand(*asked, chosen)
    with told.store.snapshot() as sql:
        assert list(history_faults(sql)) == []
        found = movements(sql, Chosen(site="S", location="B"), below=None, limit=1000)
        pairs = zip(told.legs[::2], told.legs[1::2], strict=True)
        touched = [pair for pair in pairs if "S/B" in {leg[2].account for leg in pair}]
        assert len(found.rows) == len(touched) > 0
    told.store.close()
