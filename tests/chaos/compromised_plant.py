"""The plant that is attacked: what policy clears by itself, what people must, and who they are."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

from chargehand.execution.order import Order, Sent, TooLate, Voided
from chargehand.governance.access import KeyScope
from chargehand.governance.policy import digest_of
from chargehand.plant import installed, people, policies
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.plant.reporting_rights import UNLIMITED
from tests.chaos.compromised_effects import Received
from tests.chaos.compromised_plugin import NAMES
from tests.plant.conftest import BULK, FACE, Teller, count, master

PEOPLE = ("ada", "ben", "cleo", "dora", "svc", "nobody")
ACTS = '["read", "report", "hold", "decide", "export", "audit", "review", "propose_policy"]'
POLICY = f"""
version = 1
title = "Under attack"
roles = ["admin", "planner", "clerk", "far", "link"]

[administration]
policy = ["admin"]
breakers = ["admin"]
four_eyes = true

[[people]]
id = "ada"
name = "Ada"
roles = ["admin", "planner"]

[[people]]
id = "ben"
name = "Ben"
roles = ["admin", "planner"]

[[people]]
id = "cleo"
name = "Cleo"
roles = ["clerk"]

[[people]]
id = "dora"
name = "Dora"
roles = ["far"]

[[people]]
id = "svc"
name = "A warehouse system"
roles = ["link", "planner", "admin"]
service = true

[[access]]
role = "planner"
acts = {ACTS}
sites = ["*"]

[[access]]
role = "clerk"
acts = ["read", "report", "decide"]
sites = ["S1"]

[[access]]
role = "far"
acts = {ACTS}
sites = ["S2"]

[[access]]
role = "link"
acts = ["read", "report"]
sites = ["*"]

[[grants]]
role = "planner"
transactions = ["*"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 20,000.00"

[[grants]]
role = "clerk"
transactions = ["replenishment", "count"]
decisions = ["*"]
sites = ["S1"]
zones = ["*"]
value_max = "EUR 50.00"

[[grants]]
role = "far"
transactions = ["*"]
decisions = ["*"]
sites = ["S2"]
zones = ["*"]
value_max = "unlimited"

[[delegations]]
roles = ["planner", "clerk"]
days_max = 14

[[holds]]
roles = ["planner"]
sites = ["*"]
four_eyes = false

[[phases]]
decision = "*"
site = "*"
zone = "*"
phase = "assist"

[[phases]]
decision = "plug_seen"
site = "*"
zone = "*"
phase = "observe"

[[phases]]
decision = "plug_auto"
site = "S1"
zone = "*"
phase = "automate"
transactions = ["replenishment", "count"]
cost_max = "EUR 80.00"
confidence_min = 0.5
spend_per_day_max = "EUR {{spend}}.00"
bases = ["model"]

[[approvals]]
decisions = ["*"]
transactions = ["*"]
justification_above = "EUR 500.00"
second_person_above = "EUR 5,000.00"
changer_may_approve = false
expires_after = "3 days"

[[approvals]]
decisions = ["plug_assist"]
transactions = ["requisition"]
undo_window = "10 minutes"

[[breakers]]
decision = "plug_auto"
site = "*"
zone = "*"
window_days = 1
rejection_rate_max = 0.9
rejection_count_min = 60
failure_count_max = 60
"""
TARGETS = """
[targets.wms]
kind = "rest"
url = "http://127.0.0.1:9/tasks"
transactions = ["replenishment"]
"""


def text(*, version=1, spend=5000):
    """The policy text of a version."""
    said = POLICY.format(spend=spend)
    return said.replace("version = 1", f"version = {version}", 1)


class Target:
    """What an outside system received, written down where no session of the plant can reach."""

    name = "wms"

    def __init__(self, plant):
        self.plant = plant
        self.received: list[Received] = []
        self.voided: set[str] = set()
        self.before = lambda _order: None

    def accepts(self, action):
        return True

    def send(self, order: Order) -> Sent:
        self.before(order)
        with self.plant.store.snapshot() as sql:
            size = sql.execute("SELECT max(number) + 1 FROM journal").fetchone()[0]
        self.received.append(
            Received(
                key=order.key, proposal=order.proposal, ruling=order.ruling,
                digest=digest_of((order.action,)), size=size,
            )
        )  # fmt: skip
        return Sent(reference=f"T-{order.key}")

    def find(self, key):
        known = any(one.key == key for one in self.received) and key not in self.voided
        return Sent(reference=f"T-{key}") if known else None

    def void(self, key):
        if len(key) % 2:
            return TooLate(because="it has begun")
        self.voided.add(key)
        return Voided(key=key)


@contextmanager
def plug_ins(folder, monkeypatch):
    """Install the hostile decisions, as their entry points would."""

    def forget():
        for one in (installed.names, installed.load, installed.purpose, policies.parse):
            one.cache_clear()

    for name in NAMES:
        about = folder / f"{name}-1.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Name: {name}\nVersion: 1\n")
        (about / "entry_points.txt").write_text(f"[chargehand.decisions]\n{name} = {name}\n")
        (folder / f"{name}.py").write_text(
            f'"""Hostile."""\nfrom tests.chaos.compromised_plugin import made\n'
            f'DECISION = made("{name}")\n'
        )
    monkeypatch.syspath_prepend(str(folder))
    forget()
    try:
        yield
    finally:
        forget()


def open_plant(folder, url="", *, spend=5000):
    """A new plant with stock; its outside target keeps what it receives."""
    made = create_plant(folder, enterprise="Test", policy_text=text(spend=spend), database=url)
    assert isinstance(made, list), made
    settings = folder / "chargehand.toml"
    said = settings.read_text("utf-8") + TARGETS
    settings.write_text(said.replace("[server]\n", "[server]\nrequests_per_minute = 1000000\n"))
    plant = Plant.open(folder)
    plant.targets["wms"] = Target(plant)
    receipts = Teller(plant)(*master(), count(BULK, 900_000), count(FACE, 2))
    assert {one.status.value for one in receipts} == {"accepted"}, receipts
    return plant


def keys_of(plant):
    """A key of everybody, and keys that are narrow, ended or of another site."""

    def key(person, life=timedelta(days=1), scope=UNLIMITED):
        wanted = people.Wanted(kind=people.KEY, person=person, by=person, life=life, scope=scope)
        return plant.store.write(lambda docket: people.put(docket, wanted))

    found = {name: key(name) for name in PEOPLE[:-1]}
    found["expired"] = key("ada", life=timedelta(0))
    found["revoked"] = key("ada")
    plant.revoke_key(found["revoked"].split("_")[1])
    found["narrow"] = key("ada", scope=KeyScope(acts=frozenset({"read", "report"})))
    found["elsewhere"] = key("ada", scope=KeyScope(sites=frozenset({"S2"})))
    found["made up"] = "chk_0123456789ab_unknown"
    return found
