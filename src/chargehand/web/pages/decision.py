"""The decision page: one proposal with everything that a person needs to say yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from chargehand.governance.approval import REJECTION_REASONS
from chargehand.plant.freshness import Changed, Stale
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.web import words
from chargehand.web.chart import stock_chart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chargehand.plant.reading import ProposalDetail
    from chargehand.vocabulary.work import Action

STATUS_BY_CODE = {
    RefusalCode.STALE: 409,
    RefusalCode.NOT_WAITING: 409,
    RefusalCode.EXPIRED: 409,
    RefusalCode.SECOND_PERSON_NEEDED: 409,
    RefusalCode.NOT_AUTHORIZED: 403,
    RefusalCode.READ_ONLY: 403,
    RefusalCode.UNKNOWN_PROPOSAL: 404,
}
UNPROCESSABLE = 422
CHANGED = frozenset({RefusalCode.STALE, RefusalCode.NOT_WAITING, RefusalCode.EXPIRED})
UNDONE_FROM = frozenset({"cleared", "sent"})
NEXT_STEP = {
    RefusalCode.NOT_AUTHORIZED: "Somebody with this authority has to decide; send them this link.",
    RefusalCode.SECOND_PERSON_NEEDED: "A second person has to approve it; send them this link.",
    RefusalCode.READ_ONLY: "Policy lets it only watch here; the Autonomy page shows the phase.",
    RefusalCode.EXPIRED: "A new proposal comes with the next hearing, if it is still needed.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An act that was refused, with all that was typed, so that nothing is lost."""

    act: str
    """approve, change, reject or undo."""
    refusal: Refusal
    typed: Mapping[str, str]

    @property
    def status(self) -> int:
        """The HTTP status that says it."""
        return STATUS_BY_CODE.get(self.refusal.code, UNPROCESSABLE)

    @property
    def has_changed(self) -> bool:
        """Whether the proposal is no longer what the person read."""
        return self.refusal.code in CHANGED

    @property
    def wants_justification(self) -> bool:
        """Whether a justification would let it pass."""
        return self.refusal.code is RefusalCode.JUSTIFICATION_MISSING

    @property
    def changes(self) -> tuple[Changed, ...]:
        """What is another than it was when the proposal was made."""
        return self.refusal.changed if isinstance(self.refusal, Stale) else ()

    @property
    def next_step(self) -> str:
        """What the person can do now."""
        return NEXT_STEP.get(self.refusal.code, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the change form."""

    name: str
    label: str
    value: str
    unit: str
    kind: str
    """Type of the HTML input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """What the decision page shows beyond the plant's own answer."""

    detail: ProposalDetail
    chart: Markup
    fields: tuple[Field, ...]
    attempt: Attempt | None = None

    @property
    def reasons(self) -> Mapping[str, str]:
        """Reasons to reject it, by key."""
        return REJECTION_REASONS

    @property
    def can_act(self) -> bool:
        """Whether it waits for a person."""
        return self.detail.row.state == "waiting"

    @property
    def can_undo(self) -> bool:
        """Whether it was approved and may still be taken back; the plant has the last word."""
        return self.detail.row.state in UNDONE_FROM

    @property
    def opens(self) -> str:
        """The form to show open: the one that was refused."""
        if self.attempt is None or self.attempt.has_changed:
            return ""
        return self.attempt.act

    def typed(self, name: str) -> str:
        """What the person typed into a field of the refused form."""
        return self.attempt.typed.get(name, "") if self.attempt else ""


def decision_view(detail: ProposalDetail, attempt: Attempt | None = None) -> DecisionView:
    """Lay out a proposal; ``attempt`` is the act on it that was just refused."""
    actions = detail.proposal.actions
    first = actions[0] if actions else None
    typed = attempt.typed if attempt and attempt.act == "change" else {}
    fields = tuple(_field(name, first, typed) for name in detail.changeable) if first else ()
    return DecisionView(
        detail=detail,
        chart=stock_chart(detail.proposal.series, _unit(first)),
        fields=fields,
        attempt=attempt,
    )


def _field(name: str, action: Action, typed: Mapping[str, str]) -> Field:
    value: Any = getattr(action, name, None)
    kind, unit, text = "text", "", "" if value is None else str(value)
    if isinstance(value, Quantity):
        kind, unit, text = "number", words.unit(value.unit), format(value.amount, "f")
    elif isinstance(value, Money):
        kind, unit, text = "number", value.currency, str(value.amount)
    elif name.endswith(("_by", "_on")):
        kind = "date"
    elif name in {"reorder_point", "order_up_to"}:
        kind = "number"
    return Field(
        name=name, label=words.spoken(name), value=typed.get(name, text), unit=unit, kind=kind
    )


def _unit(action: Action | None) -> str:
    held = getattr(action, "quantity", None)
    return words.unit(held.unit) if isinstance(held, Quantity) else "in stock"


def changed_fields(detail: ProposalDetail, typed: Mapping[str, str]) -> dict[str, str]:
    """The fields of the change form whose text is not what the proposal already says."""
    return {
        field.name: typed[field.name].strip()
        for field in decision_view(detail).fields
        if field.name in typed and typed[field.name].strip() != field.value
    }
