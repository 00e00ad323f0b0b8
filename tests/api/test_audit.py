"""The record as evidence, by the API: what it hands out holds outside of the plant."""

from __future__ import annotations

from base64 import b64decode

import pytest

from chargehand.record.journal import Tree, leaf_hash
from chargehand.record.note import read_checkpoint, trusted
from chargehand.record.proof import is_consistent
from chargehand.record.tlog_proof import proven, read_proof
from chargehand.runtime.signing import verifier
from tests.api.conftest import received


@pytest.fixture
def signed(plant, stocked):
    return plant.sign_checkpoint()


def test_there_is_no_checkpoint_before_the_first(client, stocked):
    assert client.get("/v1/audit/checkpoint").status_code == 404
    assert client.get("/v1/audit/export").status_code == 404


def test_the_newest_checkpoint_is_fetched(client, signed):
    found = client.get("/v1/audit/checkpoint").json()
    assert found["note"] == signed.note
    assert client.get(f"/v1/audit/checkpoint?size={signed.size}").json() == found
    assert client.get(f"/v1/audit/checkpoint?size={signed.size + 1}").status_code == 404


def test_an_entry_is_proven(client, signed):
    found = client.get("/v1/audit/proof/3").json()
    entry = found["line"].partition('{"entry":')[2].partition(',"index"')[0]
    proof = read_proof(found["proof"])
    proven(proof, leaf_hash(entry), signed.origin, [verifier(found["public_key"])])
    answer = client.get("/v1/audit/proof/99999")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_entry")


def test_the_export_leads_to_the_root_that_was_signed(client, signed):
    answer = client.get("/v1/audit/export")
    assert answer.headers["chargehand-checkpoint-size"] == str(signed.size)
    tree = Tree()
    lines = answer.text.splitlines()
    for line in lines:
        tree.append(leaf_hash(line.partition('{"entry":')[2].rpartition(',"index"')[0]))
    checkpoint = read_checkpoint(trusted(signed.note, [verifier(signed.key)]).body)
    assert tree.root() == checkpoint.root
    assert client.get("/v1/audit/export?since=2").text.splitlines() == lines[2:]


def test_a_later_checkpoint_continues_an_earlier_one(client, post, plant, signed):
    post(received("another"))
    later = plant.sign_checkpoint()
    found = client.get(f"/v1/audit/growth?first={signed.size}&second={later.size}").json()
    hashes = [b64decode(text) for text in found["hashes"]]
    roots = bytes.fromhex(signed.root), bytes.fromhex(later.root)
    assert is_consistent(signed.size, later.size, *roots, hashes)
    assert client.get(f"/v1/audit/growth?first=1&second={later.size + 1}").status_code == 404


def test_what_the_journal_says_of_a_thing_is_found(client, signed):
    (policy,) = client.get("/v1/journal", params={"kind": "policy"}).json()["rows"]
    found = client.get("/v1/audit/search", params={"q": policy["key"], "kind": "policy"}).json()
    assert (found["by"], found["rows"]) == ("key", [policy])
    by = client.get("/v1/audit/search", params={"q": "e", "kind": "policy"}).json()
    assert {row["kind"] for row in by["rows"]} == {"policy"}
    assert (by["by"], by["back_to"], by["next"]) == ("text", None, None)
    later = client.get("/v1/audit/search", params={"since": "2190-01-01T00:00:00Z"}).json()
    assert later["rows"] == []


def test_a_search_goes_on_where_its_window_ended(client, signed):
    everything = client.get("/v1/audit/search", params={"limit": 200}).json()["rows"]
    first = client.get("/v1/audit/search", params={"limit": 2}).json()
    second = client.get(first["next"]).json()
    assert first["rows"] + second["rows"] == everything[:4]
