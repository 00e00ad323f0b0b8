"""Each refusal code has a meaning that people can read."""

from __future__ import annotations

from chargehand.vocabulary.refusal import MEANING, RefusalCode


def test_every_code_has_a_meaning_and_nothing_else_has():
    assert set(MEANING) == set(RefusalCode)


def test_meanings_are_sentences_of_their_own():
    assert all(text[0].isupper() and text.endswith(".") for text in MEANING.values())
    assert len(set(MEANING.values())) == len(MEANING)
