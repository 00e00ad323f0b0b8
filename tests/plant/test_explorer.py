"""The search of the journal: keys by the index, anything else backwards, and it says how far."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chargehand.plant import explorer
from chargehand.plant.explorer import Asked

pytestmark = pytest.mark.engines("both")


@pytest.fixture
def valve(plant):
    """The plant of the valve, after a hearing."""
    plant.decide()
    return plant


@pytest.fixture
def proposal(valve):
    """Its first proposal, by its id."""
    return valve.inbox(state="all").rows[0].id


def kinds(trail):
    return {row.kind for row in trail.rows}


def test_a_key_is_found_whatever_its_case_with_all_that_happened_to_it(valve, proposal):
    found = valve.search_journal(Asked(text=proposal.lower()))
    assert found.by == "key"
    assert {"proposal", "ruling", "transition"} <= kinds(found)
    assert {row.key.partition(".")[0] for row in found.rows} == {proposal}
    assert [row.number for row in found.rows] == sorted(
        (row.number for row in found.rows), reverse=True
    )


def test_a_key_is_not_the_beginning_of_another(valve, proposal):
    assert valve.search_journal(Asked(text=proposal)).by == "key"
    assert valve.search_journal(Asked(text=proposal[:-1])).by == "text"


def test_a_person_is_found_by_what_they_did(valve, proposal):
    valve.stop_automation(by="ada", reason="trying the search")
    found = valve.search_journal(Asked(text="ada"))
    assert found.by == "person"
    assert "breaker" in kinds(found)
    assert {row.actor for row in found.rows if row.key != "ada"} == {"ada"}


def test_any_text_is_found_in_what_was_recorded_and_signs_are_taken_as_they_are(valve, proposal):
    assert valve.search_journal(Asked(text="VALVE")).rows
    assert not valve.search_journal(Asked(text="VAL%E")).rows
    assert not valve.search_journal(Asked(text="VAL_E")).rows


def test_time_and_kind_narrow_it(valve, proposal):
    entries = valve.search_journal(Asked()).rows
    newest, oldest = entries[0].recorded_at, entries[-1].recorded_at
    assert not valve.search_journal(Asked(since=newest + timedelta(seconds=1))).rows
    assert not valve.search_journal(Asked(until=oldest)).rows
    assert kinds(valve.search_journal(Asked(kind="ruling"))) == {"ruling"}


def test_windows_meet_without_a_gap(valve, proposal):
    whole = [row.number for row in valve.search_journal(Asked(), limit=200).rows]
    seen, after = [], None
    while True:
        window = valve.search_journal(Asked(), after=after, limit=7)
        seen += [row.number for row in window.rows]
        if window.next is None:
            break
        after = window.next
    assert seen == whole == list(range(whole[0], -1, -1))


def test_a_stretch_without_a_find_says_how_far_it_looked_and_goes_on(valve, proposal, monkeypatch):
    monkeypatch.setattr(explorer, "STRETCH", 5)
    first = valve.search_journal(Asked(text="material_defined"))
    seen, looked, after = list(first.rows), first.looked, first.next
    while after is not None:
        window = valve.search_journal(Asked(text="material_defined"), after=after)
        seen, looked, after = [*seen, *window.rows], looked + window.looked, window.next
    assert looked == valve.search_journal(Asked()).rows[0].number + 1
    assert {row.kind for row in seen} >= {"material_defined"}
