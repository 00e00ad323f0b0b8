"""Whose word is taken: people speak for themselves, systems under a name that is theirs."""

from __future__ import annotations

import pytest

from chargehand.plant.reading import Done
from chargehand.signals.kinds import TaskConfirmed
from chargehand.signals.signal import Signal, Status
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, FACE, Teller, count, policy_text

LINKS = """
[[people]]
id = "wms.link"
name = "Link to the WMS"
roles = ["clerk"]
service = true
{gone}
[[people]]
id = "mes.link"
name = "Link to the MES"
roles = ["clerk"]
service = true

[[grants]]"""


def with_links(version: int, gone: str = "") -> str:
    """The policy of the test plant, with two service accounts."""
    text = policy_text(version=version)
    return text.replace("\n[[grants]]", LINKS.format(gone=gone), 1)


@pytest.fixture
def linked(plant):
    done = plant.activate_policy(with_links(2), by="ada")
    assert isinstance(done, Done), done
    return plant


def told(plant, sender: str, source: str, key: str = "k1"):
    signal = Signal(source=source, key=key, body=count(FACE, 3), occurred_at=AS_OF)
    return plant.take([signal], sender=sender)[0]


@pytest.mark.parametrize("source", ["person:cleo", "floor:cleo"])
def test_a_person_tells_under_a_source_of_their_own(plant, source):
    receipt = told(plant, "cleo", source)
    assert receipt.status is Status.ACCEPTED
    entries = plant.journal(key=f"{source}/k1").rows
    assert {entry.actor for entry in entries} == {"cleo"}


@pytest.mark.parametrize("source", ["test", "wms", "floor:ben", "person:ben"])
def test_a_person_tells_under_no_other_source(plant, source):
    before = plant.verify().entries
    assert told(plant, "cleo", source).refusal.code is RefusalCode.NOT_AUTHORIZED
    assert plant.verify().entries == before


def test_a_system_keeps_the_source_that_it_used_first(linked):
    assert told(linked, "wms.link", "wms").status is Status.ACCEPTED
    refused = told(linked, "mes.link", "wms", "k2").refusal
    assert refused.code is RefusalCode.NOT_AUTHORIZED
    assert "wms.link" in refused.because
    assert told(linked, "wms.link", "wms", "k2").status is Status.ACCEPTED
    assert linked.journal(key="wms/k1", kind="stock_counted").rows[0].actor == "wms.link"


def test_whose_a_source_is_stands_in_the_chain(linked):
    told(linked, "wms.link", "wms")
    (row,) = linked.journal(kind="source_owner").rows
    assert (row.key, row.actor) == ("wms", "wms.link")
    assert linked.verify().faults == ()
    with behind_the_back(linked.folder) as sql:
        sql.execute("UPDATE sender SET account = 'mes.link'")
    assert any("the owner of source wms" in fault for fault in linked.verify().faults)


def test_a_system_is_not_a_person(linked):
    assert told(linked, "wms.link", "floor:ben").refusal.code is RefusalCode.NOT_AUTHORIZED


def test_the_source_of_a_system_that_has_gone_can_be_taken_over(linked):
    told(linked, "wms.link", "wms")
    done = linked.activate_policy(with_links(3, "active = false"), by="ada")
    assert isinstance(done, Done), done
    assert told(linked, "mes.link", "wms", "k2").status is Status.ACCEPTED


def approved(plant) -> str:
    row = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0]
    return plant.approve(row.id, by="ada", justification="the face runs empty").orders[0]


def test_nobody_whom_the_policy_does_not_know_confirms_or_declines(plant):
    key = approved(plant)
    for receipt in (
        plant.confirm(key, by="mallory"),
        plant.decline(key, by="mallory", reason="no"),
    ):
        assert receipt.refusal.code is RefusalCode.UNKNOWN_PERSON
    assert [task.key for task in plant.tasks().rows] == [key]


def test_whoever_has_left_confirms_nothing(plant):
    key = approved(plant)
    text = policy_text(version=2).replace('name = "Cleo"', 'name = "Cleo"\nactive = false')
    assert isinstance(plant.activate_policy(text, by="ada"), Done)
    assert plant.confirm(key, by="cleo").refusal.code is RefusalCode.UNKNOWN_PERSON
    assert plant.confirm(key, by="ben").status is Status.ACCEPTED


def test_a_system_reports_what_a_picker_did_whom_no_policy_names(plant):
    body = TaskConfirmed(task=approved(plant), quantity=Quantity.pieces(8), person=PersonId("p77"))
    assert Teller(plant)(body)[0].status is Status.ACCEPTED
