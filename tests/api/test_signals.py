"""Posted signals: each on its own, once each, and nothing that arrives is dropped."""

from __future__ import annotations

import json

import pytest

from tests.api.conftest import BULK, FACE, MASTER, SITE, VALVE, envelope, received


def statuses(receipts):
    return [receipt["status"] for receipt in receipts]


def test_a_signal_counts_once_however_often_it_comes(client, post, stocked):
    again = received("r1", amount="10")
    assert statuses(post(again)) == ["repeated"]
    assert statuses(post([again, again])) == ["repeated", "repeated"]
    rows = client.get("/v1/stock", params={"location": BULK}).json()["rows"]
    assert [(row["material"], row["on_hand"]) for row in rows] == [(VALVE, "10")]


def test_another_content_under_the_same_key_is_refused(post, stocked):
    (receipt,) = post(received("r1", amount="11"))
    assert receipt["status"] == "refused"
    assert receipt["refusal"]["code"] == "key_reused"


def test_what_the_plant_refuses_does_not_stop_the_rest(post, stocked):
    receipts = post([received("r7", material="NO-SUCH"), received("r8")])
    assert statuses(receipts) == ["refused", "accepted"]
    assert receipts[0]["refusal"]["code"] == "unknown_material"


def test_what_cannot_be_read_is_kept_as_it_came_and_can_be_mended(client, post, stocked):
    broken = received("r9", amount="ten")
    receipts = post([broken, received("r10")])
    assert statuses(receipts) == ["unreadable", "accepted"]
    assert "quantity.amount" in receipts[0]["refusal"]["because"]
    assert statuses(post(broken)) == ["unreadable"]
    (fault,) = client.get("/v1/faults", params={"source": "person:m.weber"}).json()["rows"]
    assert json.loads(fault["raw"]) == broken
    assert statuses(post(received("r9"))) == ["accepted"]


def changed(**facts):
    return {**received("k"), **facts}


def moved(**facts):
    wrong = received("k")
    wrong["body"] |= facts
    return wrong


UNREADABLE = {
    "no object": 5,
    "null": None,
    "empty": {},
    "array": [],
    "unknown field": changed(colour="red"),
    "no key": changed(key=""),
    "key of blanks": changed(key="  "),
    "long key": changed(key="k" * 81),
    "key with control characters": changed(key="a\nb"),
    "number as key": changed(key=7),
    "no source": changed(source=None),
    "no moment": changed(occurred_at="yesterday"),
    "moment without offset": changed(occurred_at="2026-01-05T06:10:00"),
    "moment as number": changed(occurred_at=1_700_000_000),
    "moment outside of the calendar": changed(occurred_at="0001-01-01T00:00:00+14:00"),
    "no body": changed(body=None),
    "unknown kind": changed(body={"kind": "stock_teleported"}),
    "kind as list": changed(body={"kind": ["stock_moved"]}),
    "missing fields": changed(body={"kind": "goods_received"}),
    "misspelt field": moved(quanttiy={"amount": "1"}),
    "misspelt inner field": moved(quantity={"amount": "1", "uom": "KGM"}),
    "unknown unit": moved(quantity={"amount": "1", "unit": "parsec"}),
    "endless amount": moved(quantity={"amount": "1e999"}),
    "no number": moved(quantity={"amount": "NaN"}),
    "too fine": moved(quantity={"amount": "0.0000001"}),
    "vanishing": moved(quantity={"amount": "1e-99999999"}),
    "identifier of control characters": moved(material="a\x00b"),
    "empty identifier": moved(site=" "),
    "object as identifier": moved(material={"a": 1}),
    "date as number": envelope(
        "k", "usage_reported", site=SITE, material=VALVE, quantity={"amount": "1"}, used_on=5
    ),
    "date as digits": envelope(
        "k", "usage_reported", site=SITE, material=VALVE, quantity={"amount": "1"}, used_on="5"
    ),
    "moment inside without offset": envelope(
        "k", "failure_reported", site=SITE, asset="P-1", failed_at="2026-01-05T06:10:00"
    ),
    "endless level": envelope(
        "k", "stocking_defined",
        definition={"site": SITE, "material": VALVE, "reorder_point": "1e300"},
    ),
    "endless whole number": envelope(
        "k", "supplier_defined", definition={"supplier": "ACME", "lead_time_days": 10**12}
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", UNREADABLE.values(), ids=UNREADABLE)
def test_a_wrong_envelope_is_kept_and_spoils_no_other(post, stocked, wrong):
    receipts = post([received("r20"), wrong, received("r21")])
    assert statuses(receipts) == ["accepted", "unreadable", "accepted"]
    assert receipts[1]["refusal"]["because"]


RAW = {
    "half a surrogate": rb'{"source":"a","key":"\ud800","body":{"kind":"goods_received"}}',
    "half a surrogate in a name": rb'{"\ud800":1}',
    "half a surrogate in text": (
        rb'{"source":"a","key":"k","body":{"kind":"task_declined","task":"P-1","person":"p",'
        rb'"reason":"\udfff"}}'
    ),
    "NUL": rb'{"source":"a","key":"k\u0000","body":{}}',
    "NaN": b"NaN",
    "endless": b"[-Infinity][0]"[:11],
    "very long integer": b"9" * 100_000,
    "very large exponent": b'{"source":"a","key":"k","occurred_at":1e999999999,"body":1}',
    "deep": b'{"a":' * 400 + b"1" + b"}" * 400,
    "twice the same name": b'{"key":"a","key":"b"}',
}  # fmt: skip


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
def test_strange_json_is_kept_and_spoils_no_other(client, post, stocked, raw):
    good = json.dumps(received("r30")).encode()
    receipts = post(b"[" + raw + b" , " + good + b"]")
    assert statuses(receipts) == ["unreadable", "accepted"]
    (fault,) = client.get("/v1/faults").json()["rows"]
    assert fault["raw"] == raw.decode()


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" ", b"{", b"[", b"[1", b"[1,]", b"[1 2]", b"[1]]", b"{} {}", b"\xff\xfe", b"nil",
        b"[" * 200_000, b'{"a":' * 100_000, b'"\xed\xa0\x80"', b"[,1]", b"1]",
    ],
)  # fmt: skip
def test_what_is_no_json_is_a_problem(client, raw):
    answer = client.post("/v1/signals", content=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


def test_nothing_posted_is_nothing_received(post):
    assert post([]) == []
    assert post(b" \r\n[\t] ") == []


def test_too_many_at_once_are_refused_whole(client, post):
    answer = client.post("/v1/signals", json=[0] * 1_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert len(post([0] * 1_000)) == 1_000


def test_exact_amounts_stay_exact(client, post):
    post(MASTER)
    raw = json.dumps(received("r1")).replace('"10"', "0.1").encode()
    for number in range(3):
        post(raw.replace(b'"r1"', f'"x{number}"'.encode()))
    (row,) = client.get("/v1/stock", params={"location": BULK}).json()["rows"]
    assert row["on_hand"] == "0.3"


def test_nobody_speaks_for_another_person(post, stocked):
    done = {"task": "P-1.1/0", "quantity": {"amount": "1"}, "person": "j.novak"}
    declined = {"task": "P-1.1/0", "reason": "blocked", "person": "j.novak"}
    counted = {
        "site": SITE, "location": FACE, "material": VALVE, "counted": {"amount": "0"},
        "person": "j.novak",
    }  # fmt: skip
    receipts = post(
        [
            envelope("c1", "task_confirmed", **done),
            envelope("c2", "task_declined", **declined),
            envelope("c3", "stock_counted", **counted),
            envelope("c4", "stock_counted", **counted | {"person": "m.weber"}),
        ]
    )
    assert statuses(receipts) == ["refused", "refused", "refused", "accepted"]
    assert {receipt["refusal"]["code"] for receipt in receipts[:3]} == {"not_authorized"}


def test_nobody_claims_an_approval(post, stocked):
    claimed = json.loads(json.dumps(MASTER[3]))
    claimed["body"]["definition"] |= {"origin": "approved", "reorder_point": "9"}
    (receipt,) = post(claimed)
    assert receipt["refusal"]["code"] == "not_authorized"
