"""Longer statements of the view."""

from __future__ import annotations

SUPPLY = (
    "SELECT key, material, state, scaled - received AS scaled, promised_on, supplier,"
    " for_order, decision, entry FROM supply"
    " WHERE site = ? AND state IN ('requested', 'ordered') AND scaled > received"
    " UNION ALL SELECT 'P-' || p.number, json_extract(a.value, '$.material'), 'proposed',"
    " CAST(round(CAST(json_extract(a.value, '$.quantity.amount') AS DOUBLE PRECISION) * 1000000)"
    " AS BIGINT), NULL, json_extract(a.value, '$.supplier'),"
    " json_extract(a.value, '$.order'), p.decision, p.entry"
    " FROM proposal p, json_each(p.body, '$.actions') a"
    " WHERE p.site = ? AND p.state = 'waiting'"
    " AND NOT EXISTS (SELECT 1 FROM probe WHERE probe.proposal = p.number)"
    " AND json_extract(a.value, '$.kind') IN ('requisition', 'transfer')"
)
"""A site's open supply: requested, ordered, and proposed to somebody. Transfers under way are the
incoming stock of the place that they go to."""


def replacing(columns: str, *keys: str) -> str:
    """The end of an insert that lets the new row stand in place of the old one.

    >>> replacing("key, site, state", "key")
    'ON CONFLICT (key) DO UPDATE SET site = excluded.site, state = excluded.state'
    """
    names = [name.strip() for name in columns.split(",")]
    rest = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {rest}"
