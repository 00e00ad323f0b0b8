"""The governing side of a plant of plain values: phases, requests, reviews, trust, accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chargehand.governance.access import KeyScope
from chargehand.governance.comparison import Difference
from chargehand.governance.demotion import Demotion
from chargehand.governance.explaining import Explanation
from chargehand.governance.phase import AutomationLimits, Phase
from chargehand.governance.policy import demo_policy_text, parse_policy
from chargehand.governance.policy_testing import Tried
from chargehand.governance.promotion import (
    DryRun,
    Evidence,
    PromotionRule,
    Signing,
    TrackRecord,
    shown,
)
from chargehand.governance.submission import Check as Looked
from chargehand.outcomes.attention import attention
from chargehand.outcomes.overrides import Answered
from chargehand.outcomes.trust import Judged, Probes, Seen, TrustReport, trust_lines
from chargehand.plant.accounts import Ways
from chargehand.plant.batching import BatchAnswer, BatchDone, BatchLine, BatchPreview, NotReady
from chargehand.plant.checkpointing import Signed
from chargehand.plant.delegating import EVERYTHING, DelegationRow
from chargehand.plant.drilling import FallbackRow
from chargehand.plant.explorer import Trail
from chargehand.plant.listing import cursor, cursor_keys
from chargehand.plant.notices import NoticeRow
from chargehand.plant.phase_rows import PhaseRow
from chargehand.plant.policy_checks import PolicyCheck
from chargehand.plant.policy_diff import ChangedRuling, PolicyDiff, Ruled, Shift
from chargehand.plant.policy_request_facts import Signature
from chargehand.plant.policy_request_reads import ChangeRequest, PolicyVersion, RequestRow
from chargehand.plant.reading import Done, Page
from chargehand.plant.reviews import ReviewCase, ReviewDetail, ReviewRow
from chargehand.plant.said_after import NOT_YET
from chargehand.plant.sign_in_accounts import AccountRow
from chargehand.plant.sign_in_keys import CredentialRow, MadeKey
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def seen(people, sure=0.8):
    """What was seen of a decision: 40 measured, 30 decided by some people."""
    return Seen(
        judged=[Judged(confidence=sure - n % 5 / 10, right=n % 7 > 0) for n in range(40)],
        answered=[
            Answered(
                verdict=("followed", "followed", "followed", "changed", "rejected")[n % 5],
                right=(True, False, None)[n % 3], waited_s=60.0 * n,
            )
            for n in range(30)
        ],
        reading=[0, 0, 1, 2, 4], people=frozenset(people), proposed=52,
        fallbacks=3, probes=Probes(planted=4, caught=3, missed=1),
    )  # fmt: skip


def evidence():
    """What speaks for raising the refill of spares."""
    record = TrackRecord(days=41, measured=64, right=63, decided=58, overridden=4)
    return Evidence(
        decision="mro_replenishment", site="KENT", zone="MRO", before=Phase.ASSIST,
        after=Phase.AUTOMATE, record=record, checks=shown(record, PromotionRule()),
        dry_run=DryRun(
            days=28, seen=60, cleared_before=0, cleared_after=22,
            sum_after=(Money.of("264.00"),), measured_after=20, wrong_after=1,
            wrong=("P-7",), more=("P-3", "P-7"),
        ),
        signing=(Signing(count=2, roles=("admin",), clause="promotions (default)"),),
    )  # fmt: skip


class FakeGoverned:
    """Answers what the pages about trust ask."""

    request_state = "waiting"
    may_sign = ("m.weber", "a.okafor")
    proposer = "t.kaya"
    overdue = False
    fails = False
    CASES = (("P-3", "Drawn at random"), ("P-4", "Overruled"), ("b-1", "A breaker opened"))

    def search_journal(self, asked, *, after=None, limit=100):
        top = cursor_keys(after, 1)[0] if after else 10
        rows = [
            self._entry(n, "proposal", f"P-{n}") for n in range(min(top, 10) - 1, -1, -1)
            if asked.text in ("", f"P-{n}", "mro_replenishment", "far back")
            and asked.kind in ("", "proposal")
        ]  # fmt: skip
        by = "" if not asked.text else "key" if asked.text.startswith("P-") else "text"
        if asked.text == "far back" and after is None:
            edge = cursor([5])
            return Trail(rows=(), by="text", looked=40_000, back_to=NOW, next=edge)
        return Trail(rows=tuple(rows[:limit]), by=by, looked=0 if by == "key" else len(rows))

    def checkpoint(self, *, size=None):
        return Signed(
            origin="halle3", size=8, root="cd" * 32, at=NOW - timedelta(minutes=12), note="",
            key="",
        )  # fmt: skip

    def trust(self, *, decision=None, site=None, since=None, until=None):
        found = {
            ("mro_replenishment", "KENT"): seen(("a", "b", "c")),
            ("reorder_parameters", "KENT"): seen(("a", "b"), sure=0.95),
            ("cycle_count", "KENT"): seen(("a", "b", "c", "d"), sure=0.6),
        }
        cells = {key: one for key, one in found.items() if decision in (None, key[0])}
        lines, total = trust_lines({} if self.silent else cells)
        asked = attention("KENT", 120, 16.0, 6.0, by_roster=True)
        return TrustReport(since=since or NOW, until=NOW, lines=lines, total=total,
                           attention=(asked,))  # fmt: skip

    # policy and its changes

    def policy_versions(self):
        return [
            PolicyVersion(
                version=14, title="Demo plant: assisted", digest="ef" * 32, since=NOW,
                who="a.okafor", proposed_by="m.weber", signed_by=("a.okafor",), request="C-3",
            ),
            PolicyVersion(
                version=13, title="First", digest="ab" * 32, since=NOW - timedelta(days=40),
                who="installation", proposed_by="installation", signed_by=(), request="",
            ),
        ]  # fmt: skip

    def policy_version_text(self, version):
        text = demo_policy_text()
        return text if version == 14 else text.replace("EUR 25,000.00", "EUR 20,000.00")

    def _request_row(self):
        waits = self.request_state == "waiting"
        return RequestRow(
            id="C-4", kind="promotion", state=self.request_state, title="Refills of spares alone",
            base_version=14, new_version=15, proposed_by=self.proposer, proposed_at=NOW,
            expires_at=NOW + timedelta(days=14), because="Right 63 of 64 times since October",
            signed_by=(), may_sign=self.may_sign if waits else (), revision=1,
            missing="2 more people have to sign (m.weber, a.okafor)" if waits else "",
            ended_because="" if waits else "signed by m.weber, a.okafor",
        )  # fmt: skip

    def change_requests(self, *, state=None, limit=200):
        return [self._request_row()] if state in (None, self.request_state) else []

    def change_request(self, id):
        if id != "C-4":
            return None
        before, text = demo_policy_text(), demo_policy_text().replace("25,000.00", "30,000.00")
        return ChangeRequest(
            row=self._request_row(), text=text, before=before, lines=(), evidence=(evidence(),),
            differences=(
                Difference(section="grants", what="changed", entry="planner",
                           text="value_max is EUR 30,000.00 now, EUR 25,000.00 before"),
            ),
            signatures=(
                Signature(person="a.okafor", role="plant_manager", verdict="signed",
                          because="Seen the 22 cases", at=NOW),
            ),
            tests=6,
        )  # fmt: skip

    def _request(self, act, id, by, because, state):
        if act == "reject" and len(because) < 10:
            told = "say why, in at least ten characters"
            return Refusal(code=RefusalCode.REASON_MISSING, because=told)
        self.acts.append((act, id, by, because))
        self.request_state = state
        return Done(proposal=id, version=15, state=state, text=f"{id}: {act}")

    def sign_request(self, id, *, by, because="", role=""):
        return self._request("sign", id, by, because, "in_force")

    def reject_request(self, id, *, by, because):
        return self._request("reject", id, by, because, "rejected")

    def withdraw_request(self, id, *, by, because=""):
        return self._request("withdraw", id, by, because, "withdrawn")

    def propose_policy(self, text, *, by, because):
        if len(because) < 10:
            return Refusal(code=RefusalCode.REASON_MISSING, because="say why")
        self.acts.append(("propose", text, by, because))
        return self.change_request("C-4")

    # reviews

    def _review_row(self):
        return ReviewRow(
            number=5, site="KENT", period_from=NOW - timedelta(days=11),
            period_to=NOW - timedelta(days=4), due_at=NOW + timedelta(days=2 - 3 * self.overdue),
            state="overdue" if self.overdue else "open", cases=len(self.CASES),
            answered=len(self.answers), completed_at=NOW if len(self.answers) == 3 else None,
            is_overdue=self.overdue and len(self.answers) < 3,
        )  # fmt: skip

    def reviews(self, *, site=None, state=None, after=None, limit=100):
        row = self._review_row()
        fits = not self.silent and state in (None, row.state) and site in (None, row.site)
        return Page(rows=(row,) if fits else ())

    def review(self, number):
        if number != 5:
            return None
        cases = tuple(
            ReviewCase(
                subject=subject,
                kind="sample",
                title=title,
                proposal=subject if subject.startswith("P-") else "",
                text=f"what happened with {subject} <b>",
                verdict=self.answers.get(subject, ""),
                said="",
                answered_at=NOW if subject in self.answers else None,
            )
            for subject, title in self.CASES
        )
        return ReviewDetail(
            row=self._review_row(), cases=cases, seed="5e" * 32, size=900, root="cd" * 32
        )

    def answer_review(self, number, case, verdict, *, by, text=""):
        if verdict not in ("fine", "wrong", "unclear"):
            return Refusal(code=RefusalCode.REASON_MISSING, because="say fine, wrong or unclear")
        self.answers[case] = verdict
        self.acts.append(("answer", number, case, verdict, by, text))
        return Done(proposal="", version=0, state="open", text=f"{case}: {verdict}")

    # phases

    def phases(self):
        limits = AutomationLimits(
            transactions=frozenset({"replenishment"}), cost_max=Money.of(50), confidence_min=0.8,
            spend_per_day_max=Money.of(500), count_per_day_max=40,
        )  # fmt: skip
        rows = (
            ("mro_replenishment", "MRO", Phase.AUTOMATE, limits, 412, 31, 2),
            ("mro_replenishment", "RAW", Phase.ASSIST, None, 0, 168, 19),
            ("reorder_parameters", "MRO", Phase.OBSERVE, None, 0, 0, 0),
            ("reorder_parameters", "RAW", Phase.OBSERVE, None, 0, 0, 0),
            ("cycle_count", "MRO", Phase.AUTOMATE, limits, 238, 4, 0),
            ("cycle_count", "RAW", Phase.ASSIST, None, 0, 9, 1),
        )
        return tuple(
            PhaseRow(
                decision=decision, title=decision, site="KENT", zone=zone, policy_phase=phase,
                phase=self.lowered.get((decision, zone), phase),
                demotions=(
                    Demotion(
                        number=7, decision=decision, site="KENT", zone=zone,
                        phase=self.lowered[decision, zone], cause="person", because=NOT_YET,
                    ),
                ) if (decision, zone) in self.lowered else (),
                limits=one, clause=f"phases[{1 + (phase is Phase.AUTOMATE)}]", cleared=cleared,
                asked=asked, overruled=overruled,
            )
            for decision, zone, phase, one, cleared, asked, overruled in rows
        )  # fmt: skip

    def fallbacks(self):
        return tuple(
            FallbackRow(decision=name, when="model_missing", then="The declared minimum decides.",
                        shown_as="Fallback rule")
            for name in ("mro_replenishment", "cycle_count")
        )  # fmt: skip

    def demote(self, decision, site, zone, *, to, by, reason=""):
        zones = ("MRO", "RAW") if zone == "*" else (zone,)
        for one in zones:
            self.lowered[decision, one] = Phase(to)
        self.acts.append(("demote", decision, site, zone, to, by, reason))
        return Done(proposal="", version=7, state=to, text=f"{decision} is set back to {to}")

    def evidence_for(self, decision, site, zone, *, to, limits=None):
        if decision == "unknown":
            return Refusal(code=RefusalCode.UNKNOWN_DECISION, because="there is no such decision")
        return (evidence(),)

    def promote(self, decision, site, zone, *, to, limits=None, by, because):
        if len(because) < 10:
            told = "say why it may do more, in at least ten characters"
            return Refusal(code=RefusalCode.REASON_MISSING, because=told)
        self.acts.append(("promote", decision, site, zone, to, limits, by))
        return self.change_request("C-4")

    # notices

    def notices(self, *, person, unseen=True):
        rows = tuple(
            NoticeRow(
                number=n, topic=topic, site="KENT", text=f"{topic} <b>{n}</b>", link="/autonomy",
                at=NOW - timedelta(hours=n), seen_at=NOW if n in self.seen else None,
            )
            for n, topic in enumerate(("breaker", "escalation", "review"), start=1)
        )  # fmt: skip
        return tuple(row for row in rows if not unseen or row.seen_at is None)

    def unseen_notices(self, person):
        return len(self.notices(person=person))

    def notice_seen(self, number, *, by):
        if number > 3:
            return Refusal(code=RefusalCode.UNKNOWN_ENTRY, because="there is no such notice")
        self.seen.add(number)
        return None

    # acts on several, taking back, standing in

    def preview_batch(self, picks, *, by, justification=""):
        lines, not_ready = [], []
        for pick in picks:
            row = self.rows.get(pick.id)
            if row is None or row.state != "waiting" or pick.id == "P-5":
                because = "your role (planner) may not approve it <here>"
                one = NotReady(id=pick.id, code=RefusalCode.NOT_AUTHORIZED, because=because)
                not_ready.append(one)
                continue
            lines.append(BatchLine(
                id=row.id, version=row.version, headline=row.headline, cost=row.cost,
                confidence=row.confidence, second_person=row.id == "P-3",
            ))  # fmt: skip
        total = sum(line.cost.amount for line in lines)
        return BatchPreview(
            count=len(lines), total=(Money.of(total),) if lines else (), lines=tuple(lines),
            worst_confidence=min((line.confidence for line in lines), default=None),
            not_ready=tuple(not_ready),
        )  # fmt: skip

    def approve_many(self, picks, *, by, total, justification="", since=None):
        found = self.preview_batch(picks, by=by)
        if tuple(total) != found.total:
            because = "they cost something else by now"
            return Refusal(code=RefusalCode.STALE, because=because)
        answers = [
            BatchAnswer(id=line.id, done=self.approve(line.id, by=by)) for line in found.lines
        ]
        answers += [
            BatchAnswer(id=one.id, code=one.code, because=one.because) for one in found.not_ready
        ]
        return BatchDone(approved=len(found.lines), answers=tuple(answers))

    def undo(self, id, *, by, because=""):
        row = self.rows.get(id)
        if row is None or row.state != "sent":
            return Refusal(code=RefusalCode.TOO_LATE, because="somebody has begun it already")
        self.rows[id] = replace(row, state="waiting")
        self.acts.append(("undo", id, by, because))
        return Done(proposal=id, version=1, state="waiting", text=f"{id} waits again.")

    def looked_at(self, id, *, by):
        self.looks.append((id, by))
        return True

    def delegations(self, *, person=None):
        return tuple(
            one for one in self.stand_ins if person in (None, one.from_person, one.to_person)
        )

    def delegate(self, *, by, to, until, because, scope=EVERYTHING):
        if len(because) < 10:
            return Refusal(code=RefusalCode.REASON_MISSING, because="say why they stand in")
        row = DelegationRow(
            id=f"D-{len(self.stand_ins) + 1}", from_person=by, to_person=to, scope=scope,
            since=NOW, until=until, because=because, state="in_force",
        )  # fmt: skip
        self.stand_ins.append(row)
        return row

    def end_delegation(self, id, *, by):
        for at, one in enumerate(self.stand_ins):
            if one.id == id:
                self.stand_ins[at] = replace(one, state="ended", ended_at=NOW)
                return self.stand_ins[at]
        return Refusal(code=RefusalCode.UNKNOWN_DELEGATION, because=f"there is no {id}")

    # access

    def ways(self):
        return Ways(password=True, badge=True, provider="")

    def _no(self, by, person=None):
        if self.administers or person == by:
            return None
        because = f"{by} may not administer accounts"
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)

    def accounts(self, *, by):
        locked = {"t.kaya": True}
        return self._no(by) or tuple(
            AccountRow(
                person=person,
                name=person,
                roles=("planner",),
                service=person == "erp.link",
                active=True,
                ways=("password",),
                sessions=2,
                last_seen=NOW,
                locked=person in locked,
                locked_until=NOW if person == "j.novak" else None,
            )
            for person in ("m.weber", "t.kaya", "s.lindqvist", "j.novak", "a.okafor", "erp.link")
        )

    def _credential(self, kind, prefix, person):
        return CredentialRow(
            prefix=prefix, kind=kind, person=person, label="ERP night run", acts=("report",),
            sites=("KENT",), created_at=NOW, expires_at=NOW + timedelta(days=9),
            last_used_at=None, replaced_by=None,
        )  # fmt: skip

    def sessions(self, *, by, person=None):
        return self._no(by, person) or (self._credential("session", "chs_ab12", "m.weber"),)

    def keys(self, *, by, person=None):
        return self._no(by, person) or (self._credential("key", "chk_cd34", "erp.link"),)

    def _administered(self, by, *act):
        refusal = self._no(by)
        if refusal is None:
            self.acts.append(act)
        return refusal

    def account_link(self, person, *, by):
        return self._administered(by, "link", person) or "one-time-secret"

    def lock_account(self, person, *, because, by):
        return self._administered(by, "lock", person, because)

    def unlock_account(self, person, *, by):
        return self._administered(by, "unlock", person) or True

    def close_sessions(self, person, *, by):
        return self._administered(by, "sign-out", person) or 2

    def close_session(self, prefix, *, by):
        return self._administered(by, "end session", prefix) or True

    def make_key(self, person, *, by, label, days=90, acts=(), sites=()):
        act = ("key", person, label, days, tuple(acts), tuple(sites))
        return self._administered(by, *act) or self._made(person)

    def _made(self, person, replaces=None):
        return MadeKey(
            person=person, key="chk_whole-secret", prefix="chk_ef56", scope=KeyScope(),
            expires_at=NOW + timedelta(days=90), replaces=replaces,
            replaced_ends_at=NOW + timedelta(hours=24) if replaces else None,
        )  # fmt: skip

    def rotate_key(self, prefix, *, by, overlap):
        return self._administered(by, "rotate", prefix, overlap) or self._made("erp.link", prefix)

    def end_key(self, prefix, *, by):
        return self._administered(by, "end key", prefix) or True

    def explain(self, who, what, **about):
        if who == "nobody":
            return Refusal(code=RefusalCode.UNKNOWN_PERSON, because="nobody is not known here")
        no = Looked(clause="grants[2]", passed=False, text="your limit of EUR 1,000.00 <is> lower")
        yes = Looked(clause="people", passed=True, text=f"{who} is active")
        said = f"{who} to {what} {about.get('value') or ''}"
        return Explanation(who=who, asked=said, answer=no, looked_at=(yes, no))

    # another text

    def policy_tests_text(self):
        return '[[tests]]\nwhat = "a planner approves a count"\n'

    def check_policy(self, text, *, tests=None):
        found = parse_policy(text)
        if isinstance(found, tuple):
            return PolicyCheck(mistakes=found)
        tried = Tried(
            what="a buyer may not approve <counts>", line=4, expected="may not",
            found="cleared" if self.fails else "may not", clause="grants[2]",
            because="the role buyer may not approve count", passed=not self.fails,
        )  # fmt: skip
        words = (Difference(section="grants", what="changed", entry="planner", text="more"),)
        same = text == self.policy_text()[1]
        return PolicyCheck(
            mistakes=(), remarks=found.remarks, version=found.version, tests=(tried,),
            people=len(found.people), words=() if same else words,
        )  # fmt: skip

    def policy_diff(self, text, *, days=7):
        one = ChangedRuling(
            proposal="P-3", decision="mro_replenishment", site="KENT", zone="RAW",
            headline="Carry 43 <pcs>", value=Money.of(12),
            before=Ruled(answer="waits", clause="phases[1]", because="a person approves each"),
            after=Ruled(answer="cleared by the policy", clause="phases[2]", because="within"),
        )  # fmt: skip
        shift = Shift(
            before="waits", after="cleared by the policy", count=1, values=(Money.of(12),)
        )
        return PolicyDiff(
            base_version=14, new_version=15, words=(), days=days, looked_at=57, left_out=0,
            shifts=(shift,), changed=(one,),
        )  # fmt: skip
