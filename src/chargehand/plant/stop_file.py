"""A file that stops all automation, also where settings or database cannot be used.

It stands in the plant's folder from the moment somebody stops until the database has it. Every
process that opens the folder looks for it before policy clears anything, and before anything that
policy cleared is sent. That it is there is what counts; what is in it only says who and why.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chargehand.runtime import clock

FILE = "STOP"
TEXT_MAX = 4000
"""Characters that are read of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopNote:
    """What a stop file says."""

    by: str
    reason: str
    at: str
    """When; empty where the file does not say."""


def is_there(folder: Path) -> bool:
    """Whether a folder has a stop file; also where it cannot be told."""
    try:
        os.lstat(folder / FILE)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def put(folder: Path, *, by: str, reason: str) -> None:
    """Put the file there; ``OSError`` where not even an empty one can be made.

    A disk that has no room for the words still has it stopped.
    """
    handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        words = {"at": clock.now().isoformat(), "by": by, "reason": reason}
        with suppress(OSError):
            os.truncate(handle, 0)
            os.write(handle, json.dumps(words, ensure_ascii=False).encode())
            os.fsync(handle)
    finally:
        os.close(handle)


def read(folder: Path) -> StopNote | None:
    """What the file says; None where there is none. One that somebody else made says nothing."""
    if not is_there(folder):
        return None
    words: object = None
    with suppress(OSError, ValueError):
        words = json.loads((folder / FILE).read_text("utf-8")[:TEXT_MAX])
    given = words if isinstance(words, dict) else {}
    by, reason, at = (str(given.get(name) or "") for name in ("by", "reason", "at"))
    return StopNote(by=by or "somebody", reason=reason, at=at)


def take_away(folder: Path) -> None:
    """Remove the file, once the database has what it says; ``OSError`` where that cannot be."""
    (folder / FILE).unlink(missing_ok=True)
