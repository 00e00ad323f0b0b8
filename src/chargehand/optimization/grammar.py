"""Write numbers and ends of sentences as a person would."""

from __future__ import annotations


def counted(number: float, what: str) -> str:
    """A number, rounded, and what is counted, such as ``1 day`` or ``3 days``.

    >>> counted(1, "more part"), counted(0.4, "day")
    ('1 more part', '0 days')
    """
    return f"{number:.0f} {what}{'' if round(number) == 1 else 's'}"


def sentence(text: str) -> str:
    """End a text with one period, also where a name such as ``Eder e.K.`` brought its own.

    >>> sentence("Order 3 from Eder e.K."), sentence("Order 3")
    ('Order 3 from Eder e.K.', 'Order 3.')
    """
    return text if text.endswith(".") else f"{text}."
