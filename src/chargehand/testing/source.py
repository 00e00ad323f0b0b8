"""What every source of signals keeps to: inherit the class, and name a source of your own.

Write ``class TestMine(SignalSourceContract)`` with a fixture ``source`` that returns a source with
at least three signals, one of them unreadable.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from chargehand.signals.kinds import Body, Unreadable
from chargehand.signals.signal import SignalSource
from chargehand.vocabulary import wire


class SignalSourceContract:
    """The tests of a source of signals."""

    @pytest.fixture
    def source(self) -> SignalSource:
        """A source with at least three signals, one of them unreadable."""
        raise NotImplementedError

    def test_there_is_enough_to_judge(self, source: SignalSource) -> None:
        """An empty source would keep every rule."""
        assert len(list(source.read(None))) >= 3  # noqa: PLR2004 - as the fixture says

    def test_reading_again_gives_the_same(self, source: SignalSource) -> None:
        """The same source transaction is the same signal, however often it is read."""
        assert list(source.read(None)) == list(source.read(None))

    def test_keys_are_unique_and_rising(self, source: SignalSource) -> None:
        """A key stands for one transaction, and is a place to go on from."""
        keys = [signal.key for signal in source.read(None)]
        assert all(earlier < later for earlier, later in pairwise(keys))

    def test_resumes_after_any_signal(self, source: SignalSource) -> None:
        """A reader that was stopped anywhere misses nothing and repeats nothing."""
        everything = list(source.read(None))
        for position, signal in enumerate(everything):
            assert list(source.read(signal.key)) == everything[position + 1 :]

    def test_keeps_what_it_cannot_read(self, source: SignalSource) -> None:
        """What cannot be read is told, with the text as it came and the reason."""
        kept = [s.body for s in source.read(None) if isinstance(s.body, Unreadable)]
        assert kept
        assert all(body.raw and body.because for body in kept)

    def test_knows_when_things_happened(self, source: SignalSource) -> None:
        """What happened has a moment, with its offset."""
        readable = [s for s in source.read(None) if not isinstance(s.body, Unreadable)]
        assert all(s.occurred_at and s.occurred_at.tzinfo for s in readable)

    def test_survives_the_wire(self, source: SignalSource) -> None:
        """Every body can be stored and read back as it was."""
        for signal in source.read(None):
            assert wire.read(Body, wire.write(signal.body, Body)) == signal.body
