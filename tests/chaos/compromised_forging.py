"""What somebody writes into the tables who has the database, and takes away again afterwards."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from chargehand.decisions.decision import Proposal
from chargehand.runtime import clock
from chargehand.storage.session import RuleBroken
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.work import Action
from tests.behind import behind_the_back
from tests.chaos.compromised_plugin import HUGE

FAR = "2099-01-01T00:00:00.000000Z"


class Forger:
    """Edits rows; everything is put back when it is done, as a careful attacker would."""

    def __init__(self, folder, rng):
        self.folder = folder
        self.rng = rng
        self.count = 0

    @contextmanager
    def forged(self):
        """Forge one thing for as long as this lasts; yields what it was, or nothing to forge."""
        with behind_the_back(self.folder, checks=True) as sql:
            self.sql = sql
            back = []
            self.back = back
            self.count += 1
            what = FORGERIES[self.count % len(FORGERIES)]
            try:
                said = what(self)
            except RuleBroken as refused:  # the database itself would not have it
                said = f"refused: {refused}"
            try:
                yield what.__name__, said
            finally:
                for statement, values in reversed(back):
                    with suppress(RuleBroken):  # another has its place by now
                        sql.execute(statement, values)

    def one(self, statement, *values):
        """One row of a statement, any of them; None where there is none."""
        rows = self.sql.execute(statement, values).fetchall()
        return dict(self.rng.choice(rows)) if rows else None

    def edit(self, table, key, row, **values):
        """Edit a row, to be put back as far as it is still as it was forged."""
        for name, value in values.items():
            self.sql.execute(f"UPDATE {table} SET {name} = ? WHERE {key} = ?", (value, row[key]))
            self.back.append(
                (
                    f"UPDATE {table} SET {name} = ? WHERE {key} = ? AND {name} = ?",
                    (row[name], row[key], value),
                )
            )
        return row[key]

    def insert(self, table, key, row):
        """Insert a row, to be taken away again."""
        marks = ", ".join("?" * len(row))
        self.sql.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values())
        )
        self.back.append((f"DELETE FROM {table} WHERE {key} = ?", (row[key],)))
        return row[key]

    # orders

    def copied_order(self):
        row = self.one("SELECT * FROM orders WHERE target = 'wms'")
        if row is None:
            return None
        key = f"P-{row['proposal']}.{self.rng.randint(1, 3)}/{self.rng.randint(1, 99)}"
        return self.insert("orders", "key", row | {"key": key, **self.due()})

    def order_without_ruling(self):
        row = self.one("SELECT * FROM orders WHERE target = 'wms'")
        if row is None:
            return None
        key, number = f"P-{row['proposal']}.1/{self.rng.randint(50, 99)}", 10**6
        other = self.one("SELECT number FROM ruling WHERE verdict = 'awaiting'")
        if other is not None:
            number = other["number"]
        return self.insert("orders", "key", row | {"key": key, "ruling": number, **self.due()})

    def other_action(self):
        row = self.one("SELECT * FROM orders WHERE state IN ('pending', 'held', 'sent')")
        if row is None or not hasattr(action := wire.read(Action, row["action"]), "quantity"):
            return None
        text = wire.write(replace(action, quantity=HUGE), Action)
        return self.edit("orders", "key", row, action=text, **self.due())

    def order_of_before(self):
        row = self.one("SELECT * FROM orders WHERE state IN ('cancelled', 'held', 'declined')")
        target = {"target": "wms"} if self.rng.random() < 0.5 else {}
        return row and self.edit("orders", "key", row, **self.due(), **target, attempts=0)

    def another_target(self):
        row = self.one("SELECT * FROM orders WHERE target = 'purchasing' AND state <> 'cancelled'")
        return row and self.edit("orders", "key", row, target="wms", **self.due())

    def due(self):
        return {"state": "pending", "next_at": written(clock.now() - timedelta(hours=1))}

    # rulings and proposals

    def ruling_by_hand(self):
        row = self.one("SELECT * FROM ruling WHERE verdict = 'awaiting'")
        if row is None:
            return None
        people = self.rng.choice((["policy"], ["ada"], ["ada", "ben"]))
        self.edit("ruling", "number", row, verdict="cleared", cleared_by=json.dumps(people))
        found = self.one("SELECT * FROM orders WHERE target = 'wms'")
        proposal = self.one(f"SELECT * FROM proposal WHERE number = {row['proposal']}")
        if found is None or proposal is None:
            return None
        for action in wire.read(Proposal, proposal["body"]).actions[:1]:
            text = wire.write(action, Action)
            more = {"proposal": row["proposal"], "ruling": row["number"], "action": text}
            key = f"P-{row['proposal']}.{row['version']}/0"
            self.insert("orders", "key", found | more | {"key": key, **self.due()})
        return f"P-{row['proposal']}"

    def second_yes(self):
        row = self.one("SELECT * FROM ruling WHERE verdict = 'awaiting' AND cleared_by <> '[]'")
        return row and self.edit("ruling", "number", row, cleared_by='["ada", "ben"]')

    def waiting(self):
        return self.one("SELECT * FROM proposal WHERE state = 'waiting'")

    def other_quantity(self):
        row = self.waiting()
        if row is None:
            return None
        proposal = wire.read(Proposal, row["body"])
        actions = tuple(
            replace(one, quantity=HUGE) if hasattr(one, "quantity") else one
            for one in proposal.actions
        )
        body = wire.write(replace(proposal, actions=actions))
        return f"P-{self.edit('proposal', 'number', row, body=body)}"

    def other_cost(self):
        """Cheaper than it is, so that it is within somebody's limit, or a second person's."""
        row = self.waiting()
        if row is None:
            return None
        proposal = wire.read(Proposal, row["body"])
        body = wire.write(
            replace(proposal, cost=replace(proposal.cost, amount=proposal.cost.amount * 0))
        )
        return f"P-{self.edit('proposal', 'number', row, body=body, cost='0', cents=0)}"

    def other_decision(self):
        row = self.waiting()
        names = self.rng.sample(("plug_auto", "plug_assist", "plug_seen", "mro_replenishment"), 1)
        return row and f"P-{self.edit('proposal', 'number', row, decision=names[0])}"

    def waits_again(self):
        row = self.one("SELECT * FROM proposal WHERE state IN ('rejected', 'expired', 'observed')")
        if row is None:
            return None
        more = {"state": "waiting", "verdict": "awaiting", "expires_at": FAR}
        return f"P-{self.edit('proposal', 'number', row, **more)}"

    def cleared_by_hand(self):
        row = self.waiting()
        return row and f"P-{self.edit('proposal', 'number', row, state='cleared')}"

    def as_if_unchanged(self):
        row = self.one("SELECT * FROM proposal WHERE state = 'waiting' AND version > 1")
        return row and f"P-{self.edit('proposal', 'number', row, version=1)}"

    # who may

    def delegation_by_hand(self):
        row = self.one("SELECT * FROM delegation")
        if row is None:
            return None
        more = {"to_person": self.rng.choice(("cleo", "dora", "svc")), "until": FAR}
        if self.rng.random() < 0.5:
            return self.edit("delegation", "number", row, **more, ended_at=None)
        return self.insert("delegation", "number", row | more | {"number": 10**6})

    def policy_by_hand(self):
        row = self.one("SELECT * FROM policy ORDER BY version DESC LIMIT 1")
        loose = row["text"].replace("EUR 80.00", "EUR 8,000.00")
        if self.rng.random() < 0.5:
            return self.edit("policy", "version", row, text=loose)
        more = {"version": row["version"] + 1, "text": loose}
        return self.insert("policy", "version", row | more)

    def signature_by_hand(self):
        row = self.one("SELECT * FROM change_request")
        if row is None:
            return None
        self.edit("change_request", "number", row, state="waiting", ended_at=None, expires_at=FAR)
        return self.insert(
            "signature", "role",
            {
                "request": row["number"], "n": 77, "person": "ben", "role": "forged",
                "verdict": "signed", "because": "", "at": row["proposed_at"], "entry": row["entry"],
            },
        )  # fmt: skip

    def key_by_hand(self):
        row = self.one("SELECT * FROM credential WHERE kind = 'key'")
        more = {"person": "ada", "scope": "", "ended_at": None, "expires_at": FAR}
        return row and self.edit("credential", "prefix", row, **more)

    def breaker_by_hand(self):
        row = self.one("SELECT * FROM breaker")
        return row and self.edit("breaker", "id", row, closed_at=row["opened_at"], state="closed")

    def ended_probe(self):
        row = self.one("SELECT * FROM probe WHERE state = 'waiting'")
        return row and f"P-{self.edit('probe', 'proposal', row, state='missed')}"

    def no_probe(self):
        row = self.one("SELECT * FROM probe WHERE state = 'waiting'")
        if row is None:
            return None
        self.edit("probe", "commitment", row, proposal=10**6)
        return f"P-{row['proposal']}"


FORGERIES = tuple(
    getattr(Forger, name)
    for name in (
        "copied_order", "order_without_ruling", "other_action", "order_of_before",
        "another_target", "ruling_by_hand", "second_yes", "other_quantity", "other_cost",
        "other_decision", "waits_again", "cleared_by_hand", "as_if_unchanged",
        "delegation_by_hand", "policy_by_hand", "signature_by_hand", "key_by_hand",
        "breaker_by_hand", "ended_probe", "no_probe",
    )
)  # fmt: skip
