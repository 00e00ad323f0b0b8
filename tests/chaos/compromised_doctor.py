"""A journal that somebody has written otherwise: each way by its name, and what is wrong then."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.chaos.compromised_effects import Received


class Journal:
    """Entries of the journal, to be written otherwise."""

    def __init__(self, sql):
        self.sql = sql

    def rows(self, kind):
        found = self.sql.execute("SELECT * FROM journal WHERE kind = ? ORDER BY number", (kind,))
        return [(dict(row), json.loads(row["body"])) for row in found.fetchall()]

    def first(self, kind, **told):
        """The first entry of a kind that says so."""
        return next(
            (row, fact)
            for row, fact in self.rows(kind)
            if all(fact.get(name) == value for name, value in told.items())
        )

    def rewrite(self, found, actor=None, kind=None, key=None, **told):
        """Let an entry say something else."""
        row, fact = found
        self.sql.execute(
            "UPDATE journal SET body = ?, actor = ?, kind = ?, key = ? WHERE number = ?",
            (
                json.dumps(fact | told), actor or row["actor"], kind or row["kind"],
                key or row["key"], row["number"],
            ),
        )  # fmt: skip

    def instead(self, kind, key, **fact):
        """Let the first entry of a definition be something else, before all that was ruled."""
        row, _ = self.rows("signal")[0] if self.rows("signal") else (self.any_early(), {})
        self.rewrite((row, {}), kind=kind, key=key, **fact)

    def any_early(self):
        found = self.sql.execute(
            "SELECT * FROM journal WHERE number > 0 AND kind NOT IN ('policy', 'proposal') LIMIT 1"
        )
        return dict(found.fetchone())

    def append(self, kind, key, fact):
        """One more entry, at the end."""
        self.sql.execute(
            "INSERT INTO journal (number, kind, key, recorded_at, actor, body, leaf)"
            " SELECT max(number) + 1, ?, ?, max(recorded_at), 'x', ?, max(leaf) FROM journal",
            (kind, key, json.dumps(fact)),
        )


BY_POLICY = {"verdict": "cleared", "cleared_by": ["policy"]}


def ruling(journal, people=("ada",)):
    return journal.first("ruling", verdict="cleared", cleared_by=list(people))


def larger(text):
    fact = json.loads(text)
    fact["quantity"]["amount"] = "999"
    return json.dumps(fact)


def more_moved(journal, _got):
    row, fact = next(
        (row, fact) for row, fact in journal.rows("movement") if row["key"].startswith("P-")
    )
    for leg in fact["legs"]:
        leg["scaled"] *= 10
    journal.rewrite((row, {}), **fact)


def two_orders(journal, _got):
    row, fact = journal.rows("order")[0]
    journal.append("order", f"{row['key']}0", fact)


def undone_order(journal, _got):
    key = journal.first("effect", state="cancelled")[0]["key"]
    journal.append("order", key, journal.first("order", key=key)[1])


def sent_when_undone(journal, got):
    row, _ = journal.first("effect", state="cancelled")
    fact = journal.first("order", key=row["key"])[1]
    journal.append("effect", row["key"], fact | {"state": "sent"})


def received_when_undone(journal, got):
    effect, _ = journal.first("effect", state="cancelled")
    fact = journal.first("order", key=effect["key"])[1]
    number = effect["number"] + 1
    one = replace(got[0], key=effect["key"], ruling=fact["ruling"], size=number + 5)
    got.append(one)


def policy_text_of(journal, before, after):
    found = journal.rows("policy")[0]
    journal.rewrite(found, text=found[1]["text"].replace(before, after))


def row_inserted(journal, _got):
    row = dict(journal.sql.execute("SELECT * FROM orders LIMIT 1").fetchone()) | {"key": "P-1.1/7"}
    marks = ", ".join("?" * len(row))
    names = ", ".join(row)
    journal.sql.execute(f"INSERT INTO orders ({names}) VALUES ({marks})", list(row.values()))


WITHOUT, ELSE = "cleared without authority", "ruling on something else"
DOCTORED = {
    "waits, and is cleared": (WITHOUT, lambda j, _: j.rewrite(
        j.rows("ruling")[-1], **BY_POLICY)),
    "one person of two": (WITHOUT, lambda j, _: j.rewrite(
        ruling(j, ("ada", "ben")), cleared_by=["ben"])),
    "beyond somebody's limit": (WITHOUT, lambda j, _: j.rewrite(
        ruling(j, ("cleo",)), by="dora", cleared_by=["dora"])),
    "a service account": (WITHOUT, lambda j, _: j.rewrite(
        ruling(j), by="svc", cleared_by=["svc"])),
    "somebody unknown": (WITHOUT, lambda j, _: j.rewrite(
        ruling(j), by="mallory", cleared_by=["mallory"])),
    "an approval out of time": (WITHOUT, lambda j, _: j.rewrite(
        ruling(j), at="2098-01-01T00:00:00.000000Z")),
    "no reason given": (WITHOUT, lambda j, _: j.rewrite(
        ruling(j, ("ada", "ben")), justification="")),
    "a stand-in chain": (WITHOUT, lambda j, _: j.rewrite(
        j.rows("delegation")[0], from_person="cleo", to_person="cleo")),
    "no stand-in": (WITHOUT, lambda j, _: j.rewrite(j.rows("delegation")[0], kind="nothing")),
    "changed by the approver": (WITHOUT, lambda j, _: j.rewrite(
        j.first("proposal", changed_by="ben"), changed_by="ada")),
    "a lower limit": (WITHOUT, lambda j, _: policy_text_of(j, "EUR 80.00", "EUR 1.00")),
    "another phase": (WITHOUT, lambda j, _: policy_text_of(
        j, 'site = "S1"\nzone = "*"\nphase = "automate"',
        'site = "S2"\nzone = "*"\nphase = "automate"')),
    "a lower grant": (WITHOUT, lambda j, _: policy_text_of(j, "EUR 20,000.00", "EUR 0.10")),
    "the day's limit": (WITHOUT, lambda j, _: j.rewrite(
        j.first("ruling", **BY_POLICY), cost="4999.00")),
    "a stop before": (WITHOUT, lambda j, _: j.instead(
        "breaker", "stop", cause="stop", because="", cure="")),
    "sent under a stop": ("sent under a stop", lambda j, _: j.instead(
        "breaker", "stop", cause="stop", because="", cure="")),
    "an open breaker": (WITHOUT, lambda j, _: j.instead(
        "breaker", "plug_auto|*|*", cause="spend", because="", cure="")),
    "a demotion": (WITHOUT, lambda j, _: j.instead(
        "demotion", "M-1", decision="*", site="*", zone="*", phase="assist", cause="person",
        because="")),
    "another version": (ELSE, lambda j, _: j.rewrite(ruling(j), policy_version=7)),
    "other actions": (ELSE, lambda j, _: j.rewrite(
        j.rows("proposal")[0],
        proposal=j.rows("proposal")[0][1]["proposal"].replace('"amount":"3"', '"amount":"4"'))),
    "a proposal of nobody": ("ruling on nothing", lambda j, _: j.rewrite(
        j.rows("proposal")[0], kind="nothing")),
    "an order without a ruling": ("order without a ruling", lambda j, _: j.rewrite(
        j.rows("order")[0], ruling=10**6)),
    "another's ruling": ("order without a ruling", lambda j, _: j.rewrite(
        j.rows("order")[0], ruling=j.rows("order")[-1][1]["ruling"])),
    "an order of more": ("order of something else", lambda j, _: j.rewrite(
        j.rows("order")[0], action=larger(j.rows("order")[0][1]["action"]))),
    "an order twice": ("order under another key", two_orders),
    "an order that was undone": ("order on a ruling that is over", undone_order),
    "a probe": ("probe cleared", lambda j, _: j.instead(
        "probe_ended", "P-1", proposal=j.rows("order")[0][0]["key"].partition(".")[0])),
    "an effect of nothing": ("effect without an order", lambda j, _: j.append(
        "effect", "P-9.1/0", {"state": "sent"})),
    "sent again": ("effect after its end", sent_when_undone),
    "more moved": ("movement of something else", more_moved),
    "moved by nobody": ("movement without an order", lambda j, _: j.append(
        "movement", "P-9.1/0", {"legs": []})),
    "levels of nobody": ("levels that nobody ruled on", lambda j, _: j.append(
        "parameters", "P-9.1/0", {"reorder_point": "1", "order_up_to": "2"})),
    "bought by nobody": ("supply without an order", lambda j, _: j.append(
        "supply", "P-9.1/0", {"order_key": "P-9.1/0", "scaled": 1})),
    "received from nobody": ("sent without an order", lambda _, got: got.append(
        Received(key="P-9.1/0", proposal="P-9", ruling=1, digest="", size=10**6))),
    "received before it was ruled": ("sent without an order", lambda _, got: got.append(
        replace(got[0], size=1))),
    "received something else": ("sent something else", lambda _, got: got.append(
        replace(got[0], digest="0"))),
    "received when undone": ("sent after it was taken back", received_when_undone),
    "signed by nobody": ("policy that nobody else signed", lambda j, _: j.rewrite(
        j.rows("signature")[0], verdict="rejected")),
    "signed by its proposer": ("policy that nobody else signed", lambda j, _: j.rewrite(
        j.rows("signature")[0], actor="ada")),
    "signed by a clerk": ("policy that nobody else signed", lambda j, _: j.rewrite(
        j.rows("signature")[0], actor="cleo")),
    "another text than was signed": ("policy that nobody else signed", lambda j, _: j.rewrite(
        j.rows("policy")[-1], text=j.rows("policy")[0][1]["text"])),
    "an order's row": ("row that nobody wrote", row_inserted),
    "a ruling's row": ("row that nobody wrote", lambda j, _: j.sql.execute(
        "UPDATE ruling SET cleared_by = '[\"ada\"]' WHERE cleared_by = '[]'")),
}  # fmt: skip
