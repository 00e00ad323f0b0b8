"""Whether a policy can be misread: names that look alike, or like something else of the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from chargehand.governance.draft import Draft, Finding
from chargehand.governance.terms import Policy
from chargehand.vocabulary.money import Money

BAR = "|"
"""Stands between the parts of a breaker's and a demotion's name."""
LOOKALIKES = str.maketrans(
    "\u0430\u0432\u0435\u0455\u0456\u0458\u043a\u043c\u043d\u043e\u0440\u0441"
    "\u0442\u0443\u0445\u04bb\u0501\u051b\u0461"
    "\u0391\u03b1\u0392\u03b2\u0395\u03b5\u0396\u0397\u0399\u03b9\u03ba\u039c"
    "\u039d\u03bd\u039f\u03bf\u03c1\u03a1\u03a4\u03c4\u03c5\u03a5\u03a7\u03c7",
    "abesijkmhopctyxhdqwaabbeezhiikmnvooppttuyxx",
)
"""Cyrillic and Greek letters that look like a Latin one (of Unicode's UTS 39, confusables)."""
SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
TAKEN = frozenset(
    {
        "access", "administration", "approvals", "areas", "attention", "breaker", "breakers",
        "clauses", "delegations", "grants", "holds", "key", "owners", "people", "phases", "policy",
        "probes", "promotions", "reviews", "roles", "rosters", "stop", "submission", "title",
        "version",
    }
)  # fmt: skip
"""What rulings call other parts of a text."""


def misread(draft: Draft) -> Iterator[Finding]:
    """What a reader, or a key made of names, would take for something else."""
    policy = draft.policy
    yield from _alike(policy)
    yield from _mixed(policy)
    yield from _clauses(policy)
    yield from _barred(policy)
    yield from _currencies(policy)


def looks(name: str) -> str:
    """What a reader sees of a name: neither its width nor case nor the script of such letters.

    >>> looks(chr(0xFF41) + "da") == looks(chr(0x430) + "da") == looks("ADA") == "ada"
    True
    """
    plain = unicodedata.normalize("NFKC", name).translate(LOOKALIKES).casefold()
    return unicodedata.normalize("NFKC", plain.translate(LOOKALIKES)).casefold()


def _alike(policy: Policy) -> Iterator[Finding]:
    people = [(str(one.person), f"people[{n}].id") for n, one in enumerate(policy.people, start=1)]
    for named in (
        people,
        [(role, "roles") for role in policy.roles],
        [(one.id, f"{one.clause}.id") for one in policy.clauses],
        [(one.name, f"{one.clause}.name") for one in policy.areas],
        [(one.name, f"{one.clause}.name") for one in policy.rosters],
    ):
        seen: dict[str, tuple[str, str]] = {}
        for name, where in named:
            other, there = seen.setdefault(looks(name), (name, where))
            # Whoever has the same name but for its case is told so already.
            if name and other.casefold() != name.casefold():
                what = f"{name!a} looks like {other!a} ({there})."
                yield where, what, "Choose names that a reader can tell apart."


def _mixed(policy: Policy) -> Iterator[Finding]:
    for number, one in enumerate(policy.people, start=1):
        for word in re.findall(r"[^\W\d_]+", unicodedata.normalize("NFKC", one.person)):
            scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in word} & SCRIPTS
            if len(scripts) > 1:
                both = " and ".join(sorted(script.capitalize() for script in scripts))
                what = f"{word!a} has letters of {both} in one word."
                yield f"people[{number}].id", what, "Write it with letters of one script."


def _clauses(policy: Policy) -> Iterator[Finding]:
    for clause in policy.clauses:
        first = re.split(r"[\s.(\[]", clause.id, maxsplit=1)[0]
        if first.casefold() in TAKEN or "[" in clause.id or "]" in clause.id:
            what = f"{clause.id!r} reads like another part of this text."
            cure = "Rulings name a clause by its id: choose one such as no-night-counts."
            yield f"{clause.clause}.id", what, cure


def _barred(policy: Policy) -> Iterator[Finding]:
    named = [(rule.clause, rule.site, rule.zone) for rule in policy.phases]
    named += [(rule.clause, rule.site, rule.zone) for rule in policy.breakers]
    for clause, site, zone in named:
        for key, name in (("site", site), ("zone", zone)):
            if BAR in name:
                what = f"{name!r} has a bar ({BAR}), which stands between names."
                yield f"{clause}.{key}", what, "Name it without a bar, in the record as well."


def _currencies(policy: Policy) -> Iterator[Finding]:
    pairs: list[tuple[str, str, Money | None, str, Money | None]] = [
        (
            rule.clause, "second_person_above", rule.second_person_above,
            "justification_above", rule.justification_above,
        )
        for rule in policy.approvals
    ]  # fmt: skip
    pairs += [
        (
            rule.clause, "spend_per_hour_max", rule.spend_per_hour_max,
            "spend_per_day_max", rule.spend_per_day_max,
        )
        for rule in policy.breakers
    ]  # fmt: skip
    for clause, key, one, beside, other in pairs:
        if one is not None and other is not None and one.currency != other.currency:
            what = f"{one} is in another currency than {beside} ({other})."
            yield f"{clause}.{key}", what, "Use one currency in a rule."
