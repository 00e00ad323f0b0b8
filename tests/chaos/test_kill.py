"""Ten thousand signals, each posted twice or more by eight clients, and three times `kill -9`."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from chargehand.api.envelopes import KINDS, envelopes
from chargehand.governance.policy import default_policy_text
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from tests.chaos.storm import Server, Storm, batches, beginnings, happenings

PERSON = "storm"
SEED = 20260105
SIGNALS = 10_000
CLIENTS = 8
KILLS_AT = [4_000, 9_000, 14_000]
BATCH = 500


def rows(read):
    """Read a long list whole."""
    after = None
    while True:
        page = read(after)
        yield from page.rows
        if (after := page.next) is None:
            return


def content(plant):
    """What the record says: balances, and the accepted signals with how often each is there."""
    stock = {
        (row.location, row.material, row.lot, row.disposition): (row.on_hand, row.reserved)
        for row in rows(lambda after: plant.stock(after=after, limit=BATCH))
    }
    signals = Counter(
        (row.key, json.dumps(row.body, sort_keys=True))
        for row in rows(lambda after: plant.journal(after=after, limit=BATCH))
        if row.kind in KINDS
    )
    return stock, signals


def make(folder):
    text = default_policy_text(person=PERSON, name="Storm", os_user=None)
    create_plant(folder, enterprise="Storm", policy_text=text)
    return folder


def calm_run(folder):
    plant = Plant.open(make(folder))
    try:
        signals = [*beginnings(), *happenings(SEED, SIGNALS)]
        for at in range(0, len(signals), BATCH):
            receipts = plant.take(envelopes(json.dumps(signals[at : at + BATCH]).encode()))
            assert {receipt.status for receipt in receipts} == {"accepted"}
        return content(plant)
    finally:
        plant.close()


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_by_kill_9(tmp_path):
    print(f"seed {SEED}")
    expected = calm_run(tmp_path / "calm")
    folder = make(tmp_path / "storm")
    plant = Plant.open(folder)
    plant.take(envelopes(json.dumps(beginnings()).encode()))
    key = plant.issue_key(PERSON, label="storm")
    plant.close()

    with Server(folder) as server:
        storm = Storm(server, key, batches(SEED, happenings(SEED, SIGNALS)))
        storm.rage(CLIENTS, KILLS_AT)
        assert not storm.faults
        assert server.lives == 1 + len(KILLS_AT)
        assert storm.lost > 0
        assert server.stop() == 0

    assert len(storm.statuses) == SIGNALS
    assert all(counts["accepted"] <= 1 for counts in storm.statuses.values())
    assert {status for counts in storm.statuses.values() for status in counts} <= {
        "accepted", "repeated",
    }  # fmt: skip
    plant = Plant.open(folder)
    try:
        stock, signals = content(plant)
        report = plant.verify()
    finally:
        plant.close()
    assert report.faults == ()
    assert report.holds
    assert len(signals) == len(beginnings()) + SIGNALS
    assert set(signals.values()) == {1}
    assert (stock, signals) == expected
