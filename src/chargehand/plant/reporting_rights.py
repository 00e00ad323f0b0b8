"""Whether an account may tell what it tells: each signal at the sites that it is about."""

from __future__ import annotations

from collections.abc import Sequence

from chargehand.governance.access import Act, KeyScope, may, sites_of
from chargehand.governance.submission import ANY
from chargehand.governance.terms import Policy
from chargehand.plant import policies
from chargehand.plant.senders import PERSONAL, overreach
from chargehand.plant.whereabouts import FINDERS, NOWHERE, Sites, every_site
from chargehand.signals.kinds import (
    DeliveryReported,
    MaterialDefined,
    StockCounted,
    SupplierDefined,
    SupplierItemDefined,
    TaskConfirmed,
    TaskDeclined,
    Unreadable,
)
from chargehand.signals.signal import Signal
from chargehand.signals.stock_kinds import (
    HandlingUnitMoved,
    HandlingUnitUnpacked,
    HoldPlaced,
    HoldReleased,
    LotDefined,
    ReservationPicked,
    ReservationVoided,
)
from chargehand.storage.docket import Docket
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.vocabulary.refusal import Refusal, RefusalCode

BY_PEOPLE = (TaskConfirmed, TaskDeclined, StockCounted, HoldPlaced, HoldReleased)
UNLIMITED = KeyScope()
EVERYWHERE = None
"""What is told holds for every site, such as the definition of a material."""


class Rights:
    """What whoever tells signals within one transaction may tell; the policy is read once."""

    def __init__(self, docket: Docket, sender: str) -> None:
        self._docket = docket
        self._sender = sender
        self._policy: Policy | None = None

    def objection(self, signal: Signal, scope: KeyScope) -> Refusal | None:
        """Why a signal may not be told: not of this site, not with this key, not by this name.

        Without a sender (connectors and commands on the plant's own machine) the source speaks for
        itself, and what a person does in their own name is asked of that person's rights.
        """
        who = self._sender or speaker(signal)
        if not who:
            return None
        if self._policy is None:
            self._policy = policies.within(self._docket)
        known = self._policy.person(who)
        if not self._sender and (known is None or not known.active):
            return None  # whoever is not known here is refused by what the signal does
        sql = self._docket.transaction.session
        refusal = not_theirs_to_tell(signal, who, self._policy, sql, scope=scope)
        if refusal is None and self._sender:
            return overreach(self._docket, self._sender, signal.source)
        return refusal


def speaker(signal: Signal) -> str:
    """The person who acts in their own name by a signal; empty where a system or a list tells it.

    >>> from chargehand.signals.kinds import TaskDeclined
    >>> body = TaskDeclined(task="P-1.1/0", person="ada", reason="empty")
    >>> speaker(Signal(source="floor:ada", key="1", body=body))
    'ada'
    """
    if not isinstance(signal.body, BY_PEOPLE):
        return ""
    kind = next((kind for kind in PERSONAL if signal.source.startswith(kind)), None)
    return "" if kind is None else signal.source.removeprefix(kind)


def not_theirs_to_tell(
    signal: Signal, sender: str, policy: Policy, sql: Session, *, scope: KeyScope = UNLIMITED
) -> Refusal | None:
    """Why an account may not tell a signal: not at its site, or not with this key.

    An account that the policy does not know is none of this function's: ``overreach`` refuses it.

    Parameters
    ----------
    signal
        What is told.
    sender
        The account that tells it.
    policy
        The one in force.
    sql
        The record, for the sites of what a signal only names by its key.
    scope
        What the key that it came with is limited to.
    """
    person = policy.person(sender)
    if person is None or isinstance(signal.body, Unreadable):
        return None
    act = Act.HOLD if isinstance(signal.body, HoldPlaced) else Act.REPORT
    allowed = sites_of(person, act, policy, scope)
    if ANY in allowed:
        return None
    about = sites_told(signal, sql)
    if about is EVERYWHERE:
        about = every_site(sql)
    if not allowed:
        return _no(may(person, act, None, policy, scope).text)
    foreign = min(about - allowed, default=None)
    return None if foreign is None else _no(may(person, act, foreign, policy, scope).text)


def is_unlimited(store: Store, signals: Sequence[Signal], sender: str, scope: KeyScope) -> bool:
    """Whether a sender may report at every site, so that nothing need be asked of each movement."""
    if not sender or not signals:
        return True
    policy = policies.in_force(store)
    person = policy.person(sender)
    return person is None or ANY in sites_of(person, Act.REPORT, policy, scope)


def sites_told(signal: Signal, sql: Session) -> Sites | None:
    """The sites that a signal is about; None where it is about all of them."""
    match signal.body:
        case MaterialDefined() | SupplierDefined() | SupplierItemDefined():
            return EVERYWHERE
        case LotDefined(definition=lot):
            return FINDERS["lot"](sql, lot.material, lot.lot) or NOWHERE
        case DeliveryReported(site=None):
            return EVERYWHERE
        case HoldReleased(hold=key):
            return FINDERS["hold"](sql, key) or NOWHERE
        case ReservationPicked(reservation=key) | ReservationVoided(reservation=key):
            return FINDERS["reservation"](sql, key) or NOWHERE
        case HandlingUnitUnpacked(handling_unit=key) | HandlingUnitMoved(handling_unit=key):
            return FINDERS["handling_unit"](sql, key) or NOWHERE
        case TaskConfirmed(task=key) | TaskDeclined(task=key):
            return FINDERS["task"](sql, key) or NOWHERE
        case _:
            return _named(signal, sql)


def _named(signal: Signal, sql: Session) -> Sites:
    """The site that a body or its definition names, and that of the order which it answers."""
    body = signal.body
    site = getattr(getattr(body, "definition", body), "site", "")
    answered = getattr(body, "task", None) or getattr(body, "order_key", None)
    beside = NOWHERE if answered is None else FINDERS["task"](sql, answered) or NOWHERE
    unit = getattr(body, "handling_unit", "") if body.kind == "handling_unit_packed" else ""
    if unit:
        beside |= FINDERS["handling_unit"](sql, unit) or NOWHERE
    return beside | {str(site)}


def _no(because: str) -> Refusal:
    return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
