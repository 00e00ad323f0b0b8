"""A plant of two sites, people who may do things at one, at both or at none, and their keys."""

from __future__ import annotations

import json
from datetime import timedelta

from chargehand.api.envelopes import envelopes
from chargehand.governance.access import KeyScope
from chargehand.plant import people
from chargehand.vocabulary.refusal import Refusal
from tests.api.conftest import BULK, FACE, MASTER, SITE, VALVE, envelope, received

OTHER = "HULLSITE"
"""A name that stands in no answer but one about the other site."""
OTHER_VALVE = "HULLSITE-VALVE"
ACTS = '["read", "report", "hold", "decide", "export", "audit", "review", "propose_policy"]'
BOSS, CLERK, HULL_CLERK, VISITOR, LINK = "b.oss", "c.lerk", "h.clerk", "v.isitor", "wms.link"
POLICY = f"""
version = 1
title = "Two sites"
roles = ["admin", "boss", "clerk", "hull_clerk", "visitor", "link"]

[administration]
policy = ["admin"]
breakers = ["admin"]

[[people]]
id = "{BOSS}"
name = "Berta Oss"
roles = ["boss", "admin"]

[[people]]
id = "{CLERK}"
name = "Cara Lerk"
roles = ["clerk"]

[[people]]
id = "{HULL_CLERK}"
name = "Hugo Clerk"
roles = ["hull_clerk"]

[[people]]
id = "{VISITOR}"
name = "Vera Isitor"
roles = ["visitor"]

[[people]]
id = "{LINK}"
name = "WMS"
roles = ["link"]
service = true

[[access]]
role = "boss"
acts = {ACTS}
sites = ["*"]

[[access]]
role = "link"
acts = {ACTS}
sites = ["*"]

[[access]]
role = "clerk"
acts = {ACTS}
sites = ["{SITE}"]

[[access]]
role = "hull_clerk"
acts = {ACTS}
sites = ["{OTHER}"]

[[grants]]
role = "boss"
transactions = ["*"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 25,000.00"

[[grants]]
role = "clerk"
transactions = ["*"]
decisions = ["*"]
sites = ["{SITE}"]
zones = ["*"]
value_max = "EUR 25,000.00"

[[grants]]
role = "hull_clerk"
transactions = ["*"]
decisions = ["*"]
sites = ["{OTHER}"]
zones = ["*"]
value_max = "EUR 25,000.00"

[[holds]]
roles = ["boss", "clerk", "hull_clerk"]
sites = ["*"]
four_eyes = false

[[phases]]
decision = "*"
site = "*"
zone = "*"
phase = "assist"

[[approvals]]
decisions = ["*"]
transactions = ["*"]
expires_after = "72 hours"

[[breakers]]
decision = "*"
site = "*"
zone = "*"
window_days = 30
rejection_rate_max = 0.30
rejection_count_min = 10
"""


def moved_to_other(signals):
    """The same signals of the other site, under keys and with a material of their own."""
    text = json.dumps(signals).replace(f'"{SITE}"', f'"{OTHER}"').replace(VALVE, OTHER_VALVE)
    return [{**one, "key": f"other-{one['key']}"} for one in json.loads(text)]


def hold_of(site, material, key):
    return envelope(
        f"hold-{key}", "hold_placed", hold=key, site=site, material=material, lot="LOTTED",
        reason="dented",
    )  # fmt: skip


def reserved_at(site, material, key):
    return envelope(
        f"res-{key}", "reservation_placed", reservation=key, site=site, material=material,
        quantity={"amount": "1", "unit": "H87"},
    )  # fmt: skip


def list_of(site, material, key):
    line = {"location": BULK, "material": material, "quantity": {"amount": "8", "unit": "H87"}}
    return envelope(
        f"list-{key}", "snapshot_reported", site=site, system="WMS",
        taken_at="2026-01-05T06:30:00+01:00", lines=[line],
    )  # fmt: skip


def packed_at(site, material, unit):
    leg = {"material": material, "quantity": {"amount": "1", "unit": "H87"}, "location": BULK}
    return envelope(
        f"pack-{unit}", "handling_unit_packed", site=site, location=BULK, handling_unit=unit,
        contents=[leg],
    )  # fmt: skip


def fill(plant):
    """Stock, lots, holds, reservations, units, lists and proposals at both sites."""
    stock = [
        received("r1", amount="10"),
        received("r2", location=FACE, amount="1"),
        received("r3", amount="3", lot="LOTTED"),
    ]
    here = [*MASTER, *stock]
    signals = [*here, *moved_to_other(here)]
    for site, material, mark in ((SITE, VALVE, "K"), (OTHER, OTHER_VALVE, f"{OTHER}-")):
        signals += [
            hold_of(site, material, f"{mark}HOLD"),
            reserved_at(site, material, f"{mark}RES"),
            packed_at(site, material, f"{mark}UNIT"),
            list_of(site, material, mark),
        ]
    receipts = plant.take(envelopes(json.dumps(signals).encode()))
    assert {receipt.status for receipt in receipts} == {"accepted"}, receipts
    plant.decide()
    for site, person in ((SITE, CLERK), (OTHER, HULL_CLERK)):
        count = plant.inbox(decision="cycle_count", site=site).rows[0]
        done = plant.approve(count.id, by=person)
        assert not isinstance(done, Refusal), done
    plant.work(until_idle=True)


UNLIMITED = KeyScope()


def key_of(plant, person, *, scope=UNLIMITED, life=timedelta(days=1)):
    """A key of somebody, limited or ended already where the test says so."""
    wanted = people.Wanted(kind=people.KEY, person=person, by=person, life=life, scope=scope)
    return plant.store.write(lambda docket: people.put(docket, wanted))
