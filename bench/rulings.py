"""Full rulings a second on one core, and the inbox of 100,000 proposals filtered for one person.

A full ruling is ``rule`` or ``approve`` on a prepared submission under a policy of 500 grants and
200 clauses of the plant's own: digest, phase, limits, clauses, thresholds, and the engine's answer.
Beside it, in the same run and in turns: the engine alone on the questions that approving asks, and
a script that hands texts to the engine at each call, as its documentation begins with. Rates are
by the process's own CPU time; the fraction holds on any machine.

    make bench ONLY=rulings
    BENCH_PARTS="rulings inbox" BENCH_ROUNDS=5 BENCH_PROPOSALS=100000
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from itertools import cycle
from pathlib import Path
from statistics import median

import cedarpy
from _authority import NOW, ROLES, one_role_only, plant_policy, submissions

from chargehand.governance.authority import Person
from chargehand.governance.cedar_ask import asks_of, entities, owners_of, stated
from chargehand.governance.cedar_engine import engine_of
from chargehand.governance.phase import Phase
from chargehand.governance.policy import Awaiting, Standing, approve, rule
from chargehand.governance.submission import Submission
from chargehand.governance.terms import Policy
from chargehand.plant import listing
from chargehand.plant.approvable import Approver
from chargehand.plant.proposing import proposal_row
from chargehand.runtime.clock import now
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary import wire

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PARTS = os.environ.get("BENCH_PARTS", "rulings inbox").split()
PROPOSALS = int(os.environ.get("BENCH_PROPOSALS", "100000"))
ASKED = 2000
STRINGS_ASKED = 20
RULINGS_MIN, INBOX_MAX_MS = 8_000, 20.0
BECAUSE = "the line would stop on Wednesday"


def rate(count: int, work: Callable[[], object]) -> float:
    """So many a second of CPU time."""
    begun = time.process_time()
    work()
    return count / (time.process_time() - begun)


def rulings() -> list[str]:
    """Print the rates of rulings; what was missed."""
    automated, assisted = plant_policy(Phase.AUTOMATE), plant_policy(Phase.ASSIST)
    ready = submissions(ASKED)
    found = [rule(one, assisted, standing=Standing(), now=NOW).ruling for one in ready]
    waiting = [one for one in found if isinstance(one, Awaiting)]
    people = [one for one, _ in zip(cycle(assisted.people), ready, strict=False)]
    engine = engine_of(assisted)
    questions = [
        (found, stated(one))
        for one, who in zip(ready, people, strict=True)
        for ask in asks_of(one)
        if (found := engine.ready(who, "approve", ask, NOW)) is not None
    ]
    texts = [_texts(assisted, who, one) for one, who in zip(ready, people, strict=True)]
    parts: dict[str, tuple[int, Callable[[], object]]] = {
        "rule, the policy clears or asks": (
            ASKED,
            lambda: [rule(one, automated, standing=Standing(), now=NOW) for one in ready],
        ),
        "approve, a person says yes": (
            ASKED,
            lambda: [
                approve(one, who, assisted, justification=BECAUSE, now=NOW)
                for one, who in zip(waiting, people, strict=True)
            ],
        ),
        "the engine alone, as approving asks it": (
            len(questions),
            lambda: [engine.asked(one, figures) for one, figures in questions],
        ),
        "the engine handed texts at each call": (
            STRINGS_ASKED,
            lambda: [cedarpy.is_authorized(*texts[n]) for n in range(STRINGS_ASKED)],
        ),
    }
    rates: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(ROUNDS + 1):
        for name, (count, work) in parts.items():
            rates[name].append(rate(count, work))
    middle = {name: median(some[1:]) for name, some in rates.items()}
    for name, figure in middle.items():
        print(f"{name:42} {figure:10,.0f}/s   first round {rates[name][0]:10,.0f}/s")
    ruled, approved, alone, strings = middle.values()
    both = 2 / (1 / ruled + 1 / approved)
    print(f"{'full rulings, half of each':42} {both:10,.0f}/s   (bar {RULINGS_MIN:,})")
    shares = f"{approved / alone:.2f} of the engine alone, {approved / strings:.0f} x the texts"
    print(f"approving is {shares}; load {os.getloadavg()[0]:.1f}")
    slowest = min(ruled, approved)
    return [f"full rulings {slowest:,.0f}/s"] if slowest < RULINGS_MIN else []


def _texts(policy: Policy, who: Person, one: Submission) -> tuple[dict[str, str], str, str]:
    """Everything as text, as a script without handles would hand it over."""
    rules = {rule.key: rule.policy for rule in engine_of(policy).rules}
    whole = {"staticPolicies": rules, "templates": {}, "templateLinks": []}
    global _policies  # noqa: PLW0603 - the same text for all
    if not _policies:
        _policies = cedarpy.policies_from_json_str(json.dumps(whole))
    ask = asks_of(one)[0]
    request = {
        "principal": f'Person::"{who.person}"', "action": 'Action::"approve"',
        "resource": 'Proposal::""', "context": stated(one).context(),
    }  # fmt: skip
    return request, _policies, entities(who.person, who.roles, ask, owners_of(policy, ask))


_policies = ""


def inbox() -> list[str]:
    """Print how long a page of one person's inbox takes; what was missed."""
    policy = plant_policy(Phase.ASSIST)
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Store(Path(folder) / "t.db", now)) as kept,
    ):
        _fill(kept, policy)
        missed = []
        cases = {
            "two roles of twenty": policy,
            "one role": one_role_only(policy, "p0", ROLES[0]),
            "nothing at all": one_role_only(policy, "p0", "nobody"),
        }
        for name, under in cases.items():
            who = under.person("p0")
            assert who is not None
            times = [_page(kept, Approver(person=who, policy=under, now=NOW)) for _ in range(21)]
            (first, rows), rest = times[0], [taken for taken, _ in times[1:]]
            figure = median(rest)
            print(
                f"inbox of {PROPOSALS:,}, {name}: {figure:.1f} ms a page of {rows}"
                f" (slowest {max(rest):.1f}, first under a policy {first:.0f};"
                f" bar {INBOX_MAX_MS:g}); load {os.getloadavg()[0]:.1f}"
            )
            if figure > INBOX_MAX_MS:
                missed.append(f"inbox, {name}: {figure:.1f} ms")
        return missed


def _page(store: Store, approver: Approver) -> tuple[float, int]:
    begun = time.perf_counter()
    with store.snapshot() as sql:
        page = listing.proposals(
            sql, state="waiting", decision=None, site=None, zone=None, after=None, limit=100,
            approver=approver,
        )  # fmt: skip
    return (time.perf_counter() - begun) * 1000, len(page.rows)


def _fill(store: Store, policy: Policy) -> None:
    ready = submissions(PROPOSALS, seed=13)

    def work(docket: Docket, part: list[Submission], begun: int) -> None:
        for number, one in enumerate(part, begun):
            ruled = rule(one, policy, standing=Standing(), now=docket.now())
            made = proposal_row(docket, number, one, ruled, policy)
            docket.put_proposal(
                {"seen": 0, "title": "T", "label": "L", "site": one.proposal.subject.site}
                | {"zone": one.proposal.subject.zone, "subject": f"s{number}", "question": "{}"}
                | {"as_of": made["created_at"], "evidence": "[]", "action_digest": ""}
                | {"body": wire.write(one.proposal), "entry": 0}
                | made
            )

    for start in range(0, PROPOSALS, 5000):
        part = ready[start : start + 5000]
        store.write(lambda docket, part=part, start=start: work(docket, part, start + 1))


def main() -> int:
    """Measure the parts that are asked for; 1 where a bar is missed."""
    known = {"rulings": rulings, "inbox": inbox}
    missed = [one for part in PARTS for one in known[part]()]
    print("missed: " + "; ".join(missed) if missed else "every bar is kept")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
