"""The content of a source transaction as one digest: the same key with another one is refused."""

from __future__ import annotations

from hashlib import sha256


def content_digest(occurred: str | None, cause: str | None, text: str) -> bytes:
    """Digest of all that was told: when it happened, what made it happen, and the body's text.

    ``text`` is canonical JSON, so that it has no line of its own behind it.
    """
    told = f"{occurred or ''}\n{text}"
    return sha256((f"{told}\n{cause}" if cause else told).encode()).digest()
