"""A period replays identical from the journal alone; whatever was doctored is the difference."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chargehand.plant import installed
from chargehand.plant.plant import Plant
from chargehand.plant.replaying_proposals import wished
from chargehand.vocabulary.refusal import RefusalCode
from chargehand.vocabulary.wire import canonical
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF
from tests.plant.governing import DECISION, Later
from tests.plant.lived import Week

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def lived(plant, monkeypatch):
    """Live the week; from tomorrow morning, so that its days begin when the clock's do."""
    later = Later(plant, monkeypatch)
    later.at = later.at.replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=1)
    week = Week(plant, later)
    week.live()
    return week


@pytest.fixture(scope="module")
def original(tmp_path_factory, templates) -> Path:
    """The folder of a plant that has lived a week, to be copied."""
    folder = tmp_path_factory.mktemp("lived") / "plant"
    shutil.copytree(templates["assist"], folder)
    plant = Plant.open(folder)
    with pytest.MonkeyPatch.context() as patch:
        lived(plant, patch)
    plant.close()
    return folder


@pytest.fixture
def plant(original, tmp_path):
    """A plant of its own that has lived the week."""
    shutil.copytree(original, tmp_path / "copy")
    opened = Plant.open(tmp_path / "copy")
    yield opened
    opened.close()


def facts(plant, kind):
    with plant.store.snapshot() as sql:
        rows = sql.execute(
            "SELECT number, key, body FROM journal WHERE kind = ? ORDER BY number", (kind,)
        ).fetchall()
    return [(row["number"], row["key"], json.loads(row["body"])) for row in rows]


def doctored(plant, kind, chosen, edit):
    """Edit (or take away) the first entry of a kind that is chosen; returns its number."""
    number, fact = next((n, fact) for n, _, fact in facts(plant, kind) if chosen(fact))
    after = edit(json.loads(json.dumps(fact)))
    with behind_the_back(plant.folder) as sql:
        if after is None:
            sql.execute("DELETE FROM journal WHERE number = ?", (number,))
        else:
            sql.execute("UPDATE journal SET body = ? WHERE number = ?", (canonical(after), number))
    return number


@pytest.mark.engines("sqlite", "postgres")
def test_a_lived_week_replays_identical(make_plant, monkeypatch):
    plant = make_plant()
    lived(plant, monkeypatch)
    report = plant.replay_since(LONG_AGO)
    assert report.identical, report
    rulings = [fact for _, _, fact in facts(plant, "ruling")]
    assert report.rulings == len(rulings)
    assert report.proposals == len(facts(plant, "proposal"))
    assert report.orders == len(facts(plant, "order")) > 5
    assert report.probes == 1, "the other one still waits, and nobody is told"
    assert [one.what for one in report.as_recorded] == [
        "a justification that was erased counts as given"
    ]
    whose = {tuple(fact["cleared_by"]) for fact in rulings}
    assert whose >= {(), ("policy",), ("ada",), ("cleo", "ada")}
    stood = [json.loads(fact["standing"]) for fact in rulings]
    for name in ("trials", "uses", "open_breakers", "demotions"):
        assert any(one[name] for one in stood), name
    assert {one["stopped"] for one in stood} == {True, False}


def test_any_part_of_the_week_replays_identical_too(plant):
    days = [fact["at"][:10] for _, _, fact in facts(plant, "ruling")]
    whole = plant.replay_since(LONG_AGO)
    total = 0
    for day in sorted(set(days)):
        since = datetime.fromisoformat(f"{day}T00:00:00+00:00")
        part = plant.replay_since(since, until=since + timedelta(days=1))
        assert part.identical, part
        assert part.rulings == days.count(day)
        total += part.proposals
    assert total == whole.proposals
    noon = datetime.fromisoformat(f"{max(days)}T12:00:00+00:00")
    assert plant.replay_since(noon).rulings < whole.rulings


def test_only_one_decision_is_looked_at_where_it_is_named(plant):
    doctored(plant, "proposal", lambda fact: fact["decision"] != DECISION, worse)
    assert not plant.replay_since(LONG_AGO).identical
    report = plant.replay_since(LONG_AGO, decision=DECISION)
    assert report.identical, report
    assert 0 < report.proposals < len(facts(plant, "proposal"))
    assert plant.replay_since(LONG_AGO, decision="no_such").code is RefusalCode.UNKNOWN_DECISION


def worse(fact):
    return fact | {"proposal": canonical(json.loads(fact["proposal"]) | {"confidence": 0.01})}


def cleared_by(*people):
    return lambda fact: fact["verdict"] == "cleared" and fact["cleared_by"] == list(people)


def standing(**fields):
    """Let the recorded standing say something else."""

    def edit(fact):
        return fact | {"standing": canonical(json.loads(fact["standing"]) | fields)}

    return edit


def holding(name):
    return lambda fact: json.loads(fact["standing"])[name]


def said(**fields):
    return lambda fact: fact | fields


def shown(**fields):
    return lambda fact: fact | {"shown": fact["shown"] | fields}


def another_action(fact):
    action = json.loads(fact["action"])
    action["quantity"]["amount"] = "4000"
    return fact | {"action": canonical(action)}


def gone(_fact):
    return None


def anything(_fact):
    return True


ZERO = {"amount": "0.00", "currency": "EUR"}
DOCTORED = {
    "a proposal": ("proposal", anything, worse, "proposal", "confidence"),
    "a changed version": ("proposal", lambda fact: "changed_by" in fact, worse, "proposal",
                          "confidence"),
    "what was changed": ("proposal", lambda fact: "changed_by" in fact,
                         said(wish=[["quantity", "8"]]), "proposal", "actions"),
    "a version taken back": ("proposal", lambda fact: "undone_by" in fact, worse, "proposal",
                             "confidence"),
    "cleared by itself": ("ruling", lambda fact: fact["verdict"] == "awaiting",
                          said(verdict="cleared", cleared_by=["policy"]), "ruling", "verdict"),
    "another approver": ("ruling", cleared_by("ada"), said(by="cleo", cleared_by=["cleo"]),
                         "ruling", "clause"),
    "a second person": ("ruling", cleared_by("cleo", "ada"), said(cleared_by=["ben", "ada"]),
                        "ruling", "cleared_by"),
    "one for two": ("ruling", lambda fact: fact["for_whom"] and fact["verdict"] == "awaiting",
                    said(verdict="cleared"), "ruling", "verdict"),
    "in whose stead": ("ruling", lambda fact: fact["for_whom"], said(for_whom={"cleo": "ada"}),
                       "ruling", "for_whom"),
    "the policy version": ("ruling", cleared_by("policy"), said(policy_version=2), "ruling",
                           "policy_version"),
    "longer to decide": ("ruling", anything, shown(expires_at="2099-01-01T00:00:00.000000+00:00"),
                         "ruling", "shown.expires_at"),
    "longer after the first": ("ruling", lambda fact: fact["for_whom"],
                               shown(expires_at="2099-01-01T00:00:00.000000+00:00"), "ruling",
                               "shown.expires_at"),
    "checks": ("ruling", anything, shown(checks_sha256="0" * 64), "ruling", "shown.checks_sha256"),
    "what was spent": ("ruling", lambda fact: json.loads(fact["standing"])["cleared_today"],
                       standing(spent_today=ZERO), "standing", "standing.spent_today"),
    "what was cleared": ("ruling", holding("cleared_today"), standing(cleared_today=0),
                         "standing", "standing.cleared_today"),
    "use of a breaker": ("ruling", holding("cleared_today"), standing(uses=[]), "standing",
                         "standing.uses"),
    "no breaker": ("ruling", holding("open_breakers"), standing(open_breakers=[]), "standing",
                   "standing.open_breakers"),
    "no trial": ("ruling", holding("trials"), standing(trials=[]), "standing", "standing.trials"),
    "no demotion": ("ruling", holding("demotions"), standing(demotions=[]), "standing",
                    "standing.demotions"),
    "no stop": ("ruling", lambda fact: json.loads(fact["standing"])["stopped"],
                standing(stopped=False), "standing", "standing.stopped"),
    "read on another day": ("ruling", holding("cleared_today"),
                            standing(as_of="2026-01-01T00:00:00Z"), "standing",
                            "standing.as_of"),
    "read from elsewhere": ("ruling", holding("cleared_today"), standing(entries=3), "standing",
                            "standing.entries"),
    "what is ordered": ("order", anything, another_action, "order", "action"),
    "another ruling": ("order", anything, said(ruling=1), "order", "ruling"),
    "a step": ("transition", lambda fact: fact["event"] == "reject",
               lambda fact: fact | {"event": "clear", "state": "cleared"}, "step", "verdict"),
}  # fmt: skip


@pytest.mark.parametrize("doctoring", DOCTORED.values(), ids=DOCTORED)
def test_what_was_doctored_is_the_first_difference(plant, doctoring):
    kind, chosen, edit, what, field = doctoring
    number = doctored(plant, kind, chosen, edit)
    first = plant.replay_since(LONG_AGO).first
    assert first is not None
    assert (first.entry, first.what, first.field) == (number, what, field)
    assert first.recorded != first.now


AWAY = {
    "an approval": ("ruling", cleared_by("ada"), "step", "no ruling on this version cleared it"),
    "what the policy cleared": ("ruling", cleared_by("policy"), "step", "no ruling"),
    "a first ruling": ("ruling", lambda fact: fact["verdict"] == "awaiting", "ruling",
                       "nothing was ruled on this version before"),
    "a ruling of no effect": ("ruling", lambda fact: fact["proposal"] == 3, "ruling",
                              "a ruling is missing"),
    "the last ruling": ("ruling", None, "ruling", "it was never ruled on"),
    "a proposal": ("proposal", anything, "ruling", "there is no proposal"),
    "a delegation": ("delegation", anything, "ruling", "may not approve"),
    "an end of a stand-in": ("delegation_ended", anything, "", ""),
    "a breaker": ("breaker", anything, "standing", ""),
    "a demotion": ("demotion", anything, "standing", ""),
    "a policy": ("policy", lambda fact: fact["version"] == 3, "standing", ""),
}  # fmt: skip


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
def test_what_was_taken_away_is_missed(plant, away):
    kind, chosen, what, because = away
    if chosen is None:
        last = facts(plant, kind)[-1][2]
        chosen = last.__eq__
    number = doctored(plant, kind, chosen, gone)
    report = plant.replay_since(LONG_AGO)
    if not what:  # it was over by itself before anybody used it again
        assert report.identical
        return
    assert report.first.entry > number or because == "it was never ruled on"
    assert report.first.what == what
    assert because in report.first.because


def test_an_edited_policy_text_is_the_first_difference(plant):
    def edit(fact):
        return fact | {"text": fact["text"].replace("EUR 300.00", "EUR 9000.00")}

    number = doctored(plant, "policy", lambda fact: fact["version"] == 2, edit)
    first = plant.replay_since(LONG_AGO).first
    assert (first.entry, first.what, first.field) == (number, "policy", "sha256")
    assert plant.replay_since(LONG_AGO).others, "rulings follow from it no more"


def test_an_entry_that_cannot_be_read_is_a_difference_and_no_fault(plant):
    number = doctored(plant, "ruling", cleared_by("ada"), lambda _: {"version": "x"})
    assert plant.replay_since(LONG_AGO).first.entry == number


def test_an_upgraded_decision_is_named_as_such(plant, monkeypatch):
    doctored(plant, "proposal", lambda fact: fact["decision"] == DECISION, worse)
    monkeypatch.setattr(installed, "release", lambda name: f"{name} 99")
    first = plant.replay_since(LONG_AGO).first
    assert f"{DECISION} was upgraded since, from chargehand" in first.because


def test_a_probe_is_told_only_when_it_has_ended(plant):
    with plant.store.snapshot() as sql:
        probes = {row["proposal"]: row["state"] for row in sql.execute("SELECT * FROM probe")}
    answers = {state: plant.replay(f"P-{number}") for number, state in probes.items()}
    assert set(answers) >= {"caught"}
    assert answers["caught"].difference == "it was a probe, wrong on purpose"


def test_a_waiting_probe_is_not_given_away_by_a_replay(plant):
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE probe SET state = 'waiting'")
        numbers = [row["proposal"] for row in sql.execute("SELECT proposal FROM probe")]
    assert all(plant.replay(f"P-{number}").identical for number in numbers)
    report = plant.replay_since(LONG_AGO)
    assert (report.identical, report.probes) == (True, 0)


def test_a_row_alone_makes_no_probe_of_a_difference(plant):
    number = doctored(plant, "proposal", anything, worse)
    with behind_the_back(plant.folder) as sql:
        sql.execute("DELETE FROM probe WHERE proposal <> (SELECT min(proposal) FROM probe)")
        sql.execute("UPDATE probe SET proposal = 1")
    assert plant.replay_since(LONG_AGO).first.entry == number
    assert not plant.replay("P-1").identical


def test_changes_that_an_earlier_release_recorded_in_words_are_read():
    said = "quantity = 8, supplier = A, B, quantity_min = 3"
    assert wished(said, ("quantity", "supplier")) == {
        "quantity": "8", "supplier": "A, B, quantity_min = 3",
    }  # fmt: skip


def test_an_empty_period_is_identical(plant):
    report = plant.replay_since(AS_OF - timedelta(days=900), until=AS_OF - timedelta(days=800))
    assert (report.identical, report.proposals, report.rulings) == (True, 0, 0)
