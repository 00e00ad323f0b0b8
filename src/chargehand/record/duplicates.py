"""What stands in the record twice, and what the enterprise's shared records lack."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Final

from chargehand.record.readiness import DELIVERIES_MIN, EXAMPLES, Finding
from chargehand.signals.kinds import DeliveryReported
from chargehand.vocabulary.identifier import MaterialId, SupplierId
from chargehand.vocabulary.material import MaterialDefinition, Supplier, SupplierItem

WORDS_MIN: Final = 3
"""Shortest description (words) by which two materials can be told to be the same."""
STALE_DAYS: Final = 365
"""Deliveries that ended longer ago say little about lead times of today (days)."""


def enterprise_findings(
    materials: Mapping[MaterialId, MaterialDefinition],
    suppliers: Mapping[SupplierId, Supplier],
    sources: Mapping[MaterialId, tuple[SupplierItem, ...]],
    deliveries: Sequence[DeliveryReported],
    as_of: date,
) -> tuple[Finding, ...]:
    """What is wrong with the records that all sites share."""
    supplying = {item.supplier for items in sources.values() for item in items} or set(suppliers)
    by_number = _groups((_part_number(d), d.material) for d in materials.values())
    by_text = _groups((_words(d.description), d.material) for d in materials.values())
    return (
        *_doubled(by_number, "materials with the same manufacturer part number", len(materials)),
        *_doubled(by_text, "materials described by the same words", len(materials)),
        *_substitutes(materials),
        *_deliveries(supplying, deliveries, as_of),
    )


def _groups(named: Iterable[tuple[str, MaterialId]]) -> list[tuple[MaterialId, ...]]:
    groups: dict[str, list[MaterialId]] = defaultdict(list)
    for name, material in named:
        if name:
            groups[name].append(material)
    return sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1)


def _part_number(definition: MaterialDefinition) -> str:
    number = re.sub(r"[^0-9a-z]", "", definition.manufacturer_part_number.casefold())
    maker = re.sub(r"[^0-9a-z]", "", definition.manufacturer.casefold())
    return f"{maker}/{number}" if number else ""


def _words(description: str) -> str:
    """The words in one order, so that "SEAL, PUMP 40MM" and "pump seal 40 mm" are the same.

    >>> _words("SEAL, PUMP 40MM") == _words("pump seal 40 mm")
    True
    """
    spaced = re.sub(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)", " ", description.casefold())
    words = re.findall(r"\w+(?:[.,]\d+)?", spaced)
    return " ".join(sorted(words)) if len(words) >= WORDS_MIN else ""


def _doubled(groups: list[tuple[MaterialId, ...]], text: str, of: int) -> Iterator[Finding]:
    if groups:
        yield Finding(
            site="", topic="materials", problem="duplicated", text=text,
            count=sum(len(group) for group in groups), of=of,
            examples=tuple(" = ".join(group) for group in groups[:EXAMPLES]),
            cure="merge them, or name one as the other's substitute: their stock and demand are"
            " judged apart",
        )  # fmt: skip


def _substitutes(materials: Mapping[MaterialId, MaterialDefinition]) -> Iterator[Finding]:
    wrong = [
        f"{m} ({definition.unit.value}) and {other} ({materials[other].unit.value})"
        for m, definition in sorted(materials.items())
        for other in definition.substitutes
        if other in materials and materials[other].unit is not definition.unit
    ]
    if wrong:
        yield Finding(
            site="", topic="materials", problem="impossible",
            text="substitutes that are stocked in another unit", count=len(wrong),
            of=len(materials), examples=tuple(wrong[:EXAMPLES]), cure="give both the same unit",
        )  # fmt: skip


def _deliveries(
    suppliers: AbstractSet[SupplierId], deliveries: Sequence[DeliveryReported], as_of: date
) -> Iterator[Finding]:
    if not deliveries:
        yield Finding(
            site="", topic="deliveries", problem="missing", text="no deliveries: lead times are as"
            " declared, and nobody's lateness is known", count=0, of=0, examples=(),
            cure="import deliveries with order, promise and receipt dates", is_whole=True,
        )  # fmt: skip
        return
    ordered = Counter(d.supplier for d in deliveries if d.ordered_on is not None)
    thin = sorted(s for s in suppliers if ordered[s] < DELIVERIES_MIN)
    if thin:
        yield Finding(
            site="", topic="deliveries", problem="missing",
            text=f"suppliers with fewer than {DELIVERIES_MIN} deliveries that say their order date",
            count=len(thin), of=len(suppliers), examples=tuple(thin[:EXAMPLES]),
            cure="import more, or declare lead_time_days; until then all suppliers' experience"
            " stands in",
        )  # fmt: skip
    newest = max(d.delivered_on for d in deliveries)
    if (as_of - newest).days > STALE_DAYS:
        yield Finding(
            site="", topic="deliveries", problem="stale",
            text=f"the newest delivery is of {newest}", count=len(deliveries), of=len(deliveries),
            examples=(), cure="import the newest deliveries",
        )  # fmt: skip
