"""What people wrote and what they are called: out of the journal's leaves, and erased on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from chargehand.plant import policies
from chargehand.signals.kinds import Body, TaskDeclined, Unreadable
from chargehand.signals.stock_kinds import HoldPlaced, HoldReleased, ReservationVoided
from chargehand.storage.docket import Docket
from chargehand.storage.personal import texts_of
from chargehand.storage.session import NO_SIGN
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.refusal import Refusal, RefusalCode

T = TypeVar("T")
FREE_TEXT: Mapping[type, tuple[str, ...]] = MappingProxyType(
    {
        TaskDeclined: ("reason",),
        HoldPlaced: ("reason",),
        HoldReleased: ("reason", "signature"),
        ReservationVoided: ("reason",),
        Unreadable: ("raw",),
    }
)
"""Fields of signals in which people write what they like; what cannot be read may hold anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased."""

    texts: int
    entry: int
    """The journal entry that says so."""


class Veil:
    """Keeps the texts of one signal beside the journal, each once, and gives their tokens."""

    def __init__(self, docket: Docket, person: str) -> None:
        self._docket = docket
        self._person = person
        self._tokens: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The token of a text."""
        if text not in self._tokens:
            self._tokens[text] = self._docket.personal(text, person=self._person)
        return self._tokens[text]


def veiled(body: T, veil: Callable[[str], str]) -> T:
    """A signal's body with every free text replaced by what ``veil`` makes of it."""
    names = FREE_TEXT.get(type(body), ())
    changed = {name: veil(text) for name in names if (text := getattr(body, name))}
    return replace(body, **changed) if changed else body  # type: ignore[type-var]


def wordless(body: T) -> T:
    """A signal's body without free texts: the same transaction told in other words is the same."""
    return veiled(body, lambda _: "")


def is_told_again(docket: Docket, body: object, entry: int) -> bool:
    """Whether a signal of the same wordless content is the one that came before.

    What cannot be read is nothing but words: it is, where its text is the same or was erased.
    """
    if not isinstance(body, Unreadable):
        return True
    row = docket.sql("SELECT body FROM journal WHERE number = ?", (entry,)).fetchone()
    before = wire.read(Body, row["body"]).raw
    raw = body.raw.replace("\0", NO_SIGN)
    return bool(texts_of(docket.sql, [before]).get(before, raw) == raw)


def erase(store: Store, *, token: str = "", person: str = "", by: str) -> Erased | Refusal:
    """Erase one text, or all that a person wrote or is called; the journal keeps that it was done.

    Only who may change the policy may erase.
    """

    def work(docket: Docket) -> Erased | Refusal:
        policy = policies.within(docket)
        known = policy.person(by)
        if known is None or not known.active or not policy.administrators & set(known.roles):
            may = ", ".join(sorted(policy.administrators)) or "nobody"
            return Refusal(
                code=RefusalCode.NOT_AUTHORIZED, because=f"the policy in force lets {may} erase"
            )
        column, value = ("person", person) if person else ("token", token)
        rows = docket.sql(
            f"SELECT token FROM personal WHERE {column} = ? ORDER BY token", (value,)
        ).fetchall()
        tokens = [row["token"] for row in rows]
        if not tokens:
            because = f"nothing is kept of {value}: it was erased before, or never was"
            return Refusal(code=RefusalCode.UNKNOWN_ENTRY, because=because)
        docket.sql(f"DELETE FROM personal WHERE {column} = ?", (value,))
        entry = docket.entry("erasure", value, wire.canonical({"tokens": tokens}), actor=by)
        return Erased(texts=len(tokens), entry=entry)

    return store.write(work)
