"""The pulse of an open page: a few hundred bytes that say what is new, asked for every 5 s.

Polling, not a stream: it holds no connection open (browsers allow six per host, and servers do not
stop while streams are open) and it cannot miss an event. A frame is made and encoded once per list
and second, so that a hundred open consoles cost the plant one query.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from hashlib import sha256

from fastapi import APIRouter, Request, Response

from chargehand.web.pages.filters import InboxFilter
from chargehand.web.session import Seen, Visit
from chargehand.web.words import freshness

KEPT_S = 1.0
FRAMES_MAX = 256

router = APIRouter(include_in_schema=False)


class Frames:
    """The latest frame of each list, encoded once and shared by all browsers."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._frames: dict[str, tuple[float, bytes]] = {}
        self._lock = threading.Lock()

    def latest(self, topic: str, make: Callable[[], bytes]) -> bytes:
        """The frame of a topic, made anew when it is older than a second."""
        with self._lock:
            made_at, frame = self._frames.get(topic, (float("-inf"), b""))
            if self._clock() - made_at < KEPT_S:
                return frame
        frame = make()
        with self._lock:
            if len(self._frames) >= FRAMES_MAX:
                self._frames.clear()
            self._frames[topic] = (self._clock(), frame)
        return frame


def frames_of(request: Request) -> Frames:
    """Return the frames of this server."""
    state = request.app.state
    if not hasattr(state, "console_frames"):
        state.console_frames = Frames()
    frames: Frames = state.console_frames
    return frames


@router.get("/live")
def live(request: Request, seen: Seen) -> Response:
    """Say how many wait, how fresh the picture is, and which proposals the list holds now."""
    shown = InboxFilter.read(request.query_params)
    # What somebody may approve is nobody else's list.
    topic = f"{seen.person.person} {shown.query}" if shown.whose else shown.query
    frame = frames_of(request).latest(topic, lambda: _frame(seen, shown))
    tag = f'"{sha256(frame).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(frame, media_type="application/json", headers=headers)


def _frame(seen: Visit, shown: InboxFilter) -> bytes:
    overview = seen.plant.overview()
    state, text = freshness(overview.last_signal_at, overview.as_of)
    rows = shown.rows(seen.plant, str(seen.person.person)).rows
    return json.dumps(
        {
            "waiting": overview.waiting,
            "freshness": {"state": state, "text": text},
            "listed": [f"{row.id}.{row.version}" for row in rows],
        }
    ).encode()
