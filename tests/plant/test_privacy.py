"""What people wrote can be erased: it never was in the chain, and the chain goes on to hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.signals.kinds import Unreadable
from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import HoldPlaced
from chargehand.storage.personal import ERASED, MARK
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.behind import behind_the_back, everything
from tests.plant.conftest import AS_OF, SITE, VALVE, Teller, policy_text

WORDS = {
    "justification": "Bernd said on the phone that the pick face runs empty",
    "rejection": "Clara knows better why not",
    "decline": "my back hurts since Tuesday",
    "stop": "Dieter saw smoke",
    "resume": "Dieter looked again, no smoke",
    "hold": "Emil suspects the seals",
}


@pytest.fixture
def told(plant) -> Plant:
    """A plant in which people have written something wherever they can."""
    plant.decide(as_of=AS_OF)
    waiting = [row.id for row in plant.inbox().rows]
    key = plant.approve(waiting[0], by="ada", justification=WORDS["justification"]).orders[0]
    assert plant.decline(key, by="ben", reason=WORDS["decline"]).status is Status.ACCEPTED
    for id in waiting[1:]:
        plant.reject(id, by="ben", reason="not_needed", text=WORDS["rejection"])
    plant.stop_automation(by="cleo", reason=WORDS["stop"])
    plant.close_breaker("*", "*", "*", by="ada", reason=WORDS["resume"])
    hold = HoldPlaced(hold="H-1", site=SITE, material=VALVE, reason=WORDS["hold"])
    (receipt,) = Teller(plant)(hold)
    assert receipt.status is Status.ACCEPTED
    return plant


def test_no_table_but_one_holds_what_people_wrote_or_are_called(told):
    with told.store.snapshot() as sql:
        held = everything(sql, but="personal")
    assert [words for words in WORDS.values() if words in held] == []
    assert [name for name in ('"Ada"', '"Ben"', '"Cleo"') if name in held] == []
    with told.store.snapshot() as sql:
        kept = {row[0] for row in sql.execute("SELECT text FROM personal").fetchall()}
    assert kept >= {WORDS["justification"], WORDS["decline"], WORDS["stop"], WORDS["hold"], "Ada"}


def test_people_read_it_as_it_was_written(told):
    said = repr(told.proposal("P-1")) + repr(told.journal(limit=100))
    assert WORDS["justification"] in said
    assert WORDS["decline"] in said
    assert WORDS["hold"] in repr(told.hold("H-1"))
    assert MARK not in said + repr(told.hold("H-1")) + repr(told.holds())
    assert 'name = "Ada"' in told.policy_text()[1]
    assert told.policy().person("ada").name == "Ada"


@pytest.mark.engines("sqlite", "postgres")
def test_after_erasing_the_chain_holds_and_rulings_are_replayed(told):
    before = told.verify()
    assert before.faults == ()
    erased = told.erase(person="ada", by="ada")
    assert not isinstance(erased, Refusal)
    report = told.verify()
    assert (report.faults, report.erased) == ((), erased.texts)
    assert told.replay("P-1").identical
    said = repr(told.proposal("P-1"))
    assert WORDS["justification"] not in said
    assert ERASED in said
    assert told.policy().person("ada").name == ERASED
    assert told.policy().person("ben").name == "Ben"
    assert told.journal(kind="erasure").rows[0].actor == "ada"
    assert isinstance(told.erase(person="ada", by="ada"), Refusal)


def test_one_text_is_erased_by_its_token(told):
    with told.store.snapshot() as sql:
        row = sql.execute(
            "SELECT token FROM personal WHERE text = ?", (WORDS["decline"],)
        ).fetchone()
    assert told.erase(token=row["token"], by="ada").texts == 1
    said = repr(told.proposal("P-1"))
    assert WORDS["decline"] not in said
    assert WORDS["justification"] in said
    assert told.verify().faults == ()


def test_only_who_may_change_the_policy_erases(told):
    refusal = told.erase(person="ada", by="ben")
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.NOT_AUTHORIZED


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE personal SET text = 'other' WHERE person = 'ben'", "was edited"),
        ("UPDATE personal SET salt = 'zz' WHERE person = 'ben'", "was edited"),
        ("DELETE FROM personal WHERE person = 'ben'", "nobody erased it"),
        ("INSERT INTO personal VALUES ('personal:0', '', 'x', 'ben', '')", "belongs to no entry"),
    ],
)
def test_an_edit_of_what_people_wrote_is_found(told, statement, named):
    with behind_the_back(told.folder) as sql:
        sql.execute(statement)
    assert any(named in fault for fault in told.verify().faults), told.verify().faults


def test_the_same_decline_in_other_words_is_the_same_decline(plant):
    plant.decide(as_of=AS_OF)
    key = plant.approve("P-1", by="ada", justification="it runs empty").orders[0]
    first = plant.decline(key, by="ben", reason="no time", key="k")
    again = plant.decline(key, by="ben", reason="no time at all", key="k")
    assert (first.status, again.status) == (Status.ACCEPTED, Status.REPEATED)
    assert plant.verify().faults == ()


def test_why_a_signal_was_refused_is_in_the_chain(plant):
    receipt = plant.decline("no such task", by="ben", reason="no time")
    assert receipt.status is Status.REFUSED
    (row,) = plant.journal(kind="signal_refused").rows
    assert row.body == {"code": "unknown_task", "because": receipt.refusal.because}
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE inbox SET because = 'something else' WHERE status = 'refused'")
    assert any("the answer to signal" in fault for fault in plant.verify().faults)


def test_an_edit_of_a_stops_cure_is_found(told):
    with behind_the_back(told.folder) as sql:
        sql.execute("UPDATE breaker SET cure = 'do nothing'")
    assert any("its cure is" in fault for fault in told.verify().faults)


def test_names_with_odd_signs_come_back(tmp_path):
    text = policy_text().replace('"Ada"', '"Ada \\"A.\\" \\\\ Lovelace"  # her name')
    text = text.replace('name = "Ben"', "name = 'B\"en'")
    create_plant(tmp_path / "p", enterprise="Test", policy_text=text)
    plant = Plant.open(tmp_path / "p")
    assert plant.policy().person("ada").name == 'Ada "A." \\ Lovelace'
    assert plant.policy().person("ben").name == 'B"en'
    with plant.store.snapshot() as sql:
        assert "Lovelace" not in everything(sql, but="personal")
    assert "# her name" in plant.policy_text()[1]
    plant.close()


def test_what_stands_in_a_signal_that_cannot_be_read_is_shown_and_can_be_erased(make_plant):
    plant = make_plant()
    raw = '{"kind": "hold_released", "reason": "Cleo came to work drunk"}'
    body = Unreadable(raw=raw, because="field 'person' is missing", cure="add it")
    plant.take([Signal(source="person:cleo", key="u1", body=body)], sender="cleo")
    assert [one.raw for one in plant.faults().rows] == [raw]
    assert not isinstance(plant.erase(person="cleo", by="ada"), Refusal)
    assert not [one for one in plant.journal().rows if "drunk" in str(one.body)]
    assert [one.raw for one in plant.faults().rows] == ["(erased)"]
    assert plant.verify().holds


SUBJECT = policy_text().replace('id = "ben"', 'id = "ben"\nsubject = "ben@plant.example"', 1)


@pytest.fixture
def known_by_provider(tmp_path) -> Iterator[Plant]:
    create_plant(tmp_path / "p", enterprise="Test", policy_text=SUBJECT)
    plant = Plant.open(tmp_path / "p")
    yield plant
    plant.close()


def test_how_a_provider_knows_somebody_is_not_in_the_chain_and_can_be_erased(known_by_provider):
    plant = known_by_provider
    with plant.store.snapshot() as sql:
        assert "ben@plant.example" not in everything(sql, but="personal")
    assert plant.policy().person("ben").subject == "ben@plant.example"
    assert not isinstance(plant.erase(person="ben", by="ada"), Refusal)
    assert plant.policy().person("ben").subject == ""
    assert plant.verify().holds


def test_an_edited_subject_lets_nobody_in(known_by_provider):
    plant = known_by_provider
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE personal SET text = 'eve@plant.example' WHERE text LIKE 'ben@%'")
    assert plant.policy().person("ben").subject == ""
    assert any("was edited" in fault for fault in plant.verify().faults)
