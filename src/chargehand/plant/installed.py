"""The kinds of decision that are installed here: looked up once in the life of a process."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from chargehand.decisions import catalogue
from chargehand.decisions.decision import Decision


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Names of all kinds of decision that can be loaded, in order."""
    return catalogue.names()


@lru_cache(maxsize=256)
def load(name: str) -> Decision[Any]:
    """A kind of decision by its name."""
    return catalogue.load(name)


@lru_cache(maxsize=256)
def release(name: str) -> str:
    """The package that a kind of decision comes from, with its version."""
    return catalogue.release(name)


@lru_cache(maxsize=256)
def purpose(name: str) -> str:
    """What a kind of decision is for, in one line."""
    return catalogue.purpose(name)
