"""What a recorded fact says, in a line: for lists of journal entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

GIST = (
    "headline", "because", "reason", "ruling_text", "text", "title", "event", "verdict", "state",
    "material", "name", "cause", "person",
)  # fmt: skip
"""Fields of a recorded fact that say most of it, the best one first."""
GIST_LENGTH_MAX = 300


def gist(body: Mapping[str, Any]) -> str:
    """Say in a line what a recorded fact says, by the first of its fields that people read.

    >>> gist({"number": 4, "because": "too dear"}), gist({"state": "sent"}), gist({"n": 1})
    ('too dear', 'sent', '')
    """
    for told in (body, within(body)):
        for name in GIST:
            value = told.get(name)
            if isinstance(value, str) and value and len(value) <= GIST_LENGTH_MAX:
                return value
    return ""


def within(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The proposal that a recorded fact holds as a text of its own; empty where it holds none."""
    text = body.get("proposal")
    held = json.loads(text) if isinstance(text, str) and text.startswith("{") else {}
    return held if isinstance(held, dict) else {}
