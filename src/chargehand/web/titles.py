"""The one name that the console has for each kind of decision: its own title."""

from __future__ import annotations

import re
from functools import lru_cache

from chargehand.plant import installed
from chargehand.web.words import spoken


@lru_cache(maxsize=256)
def titled(name: str) -> str:
    """Say the title of a decision; a code that names none is turned into words.

    >>> titled("cycle_count"), titled("gone_since")
    ('Count stock', 'Gone since')
    """
    if name == "*":
        return "Any decision"
    return installed.load(name).title if name in installed.names() else spoken(name)


def actor(name: str) -> str:
    """Say who acted: a decision by its title, a person or system by its own name.

    >>> actor("cycle_count"), actor("m.weber")
    ('Count stock', 'm.weber')
    """
    return titled(name) if name in installed.names() else name


def named(text: str) -> str:
    """Say the titles of decisions in a sentence that names them by their codes.

    >>> named("cycle_count is observed; cycle_counts are not")
    'Count stock is observed; cycle_counts are not'
    """
    return re.sub(r"\b[a-z]+(?:_[a-z]+)+\b", lambda found: actor(found[0]), text)
