"""A warehouse system over real HTTP that misbehaves as real ones do.

It takes tasks by POST /tasks and reads them back by GET /tasks?idempotencyKey=... or GET /tasks.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "wms-secret"
HTML = b"<html><head><title>502</title></head><body><h1>Bad gateway</h1>nginx</body></html>"


class Wms:
    """The system: its tasks, and what goes wrong next."""

    def __init__(self) -> None:
        self.tasks: list[dict[str, object]] = []
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.next: deque[str] = deque()
        self.always = ""
        self.token = TOKEN
        self.honors_keys = True
        self.ignores_filters = False
        self.names_keys = True
        self.answers_conflict = False
        self.begun = False
        self.release = threading.Event()
        self.taken = threading.Event()
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/tasks"

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def effects(self) -> list[str]:
        return [str(task["idempotencyKey"]) for task in self.tasks]

    def lose_next_reply(self) -> None:
        self.next.append("drop")

    def be_down(self) -> None:
        self.always = "fault"

    def be_up(self) -> None:
        self.always = ""

    def expire_credentials(self) -> None:
        self.token = "another"

    def understand_nothing(self) -> None:
        self.always = "malformed"

    def mishap(self, *, reading: bool = False) -> str:
        if self.next and not (reading and self.next[0] == "drop"):
            return self.next.popleft()
        return self.always

    def take(self, key: str, task: dict[str, object]) -> tuple[dict[str, object], bool]:
        with self.lock:
            if self.honors_keys:
                for known in self.tasks:
                    if known["idempotencyKey"] == key:
                        return known, True
            kept = {"id": f"T{len(self.tasks) + 1}", "idempotencyKey": key, "task": task}
            self.tasks.append(kept)
            self.taken.set()
            return kept, False

    def begin_all(self) -> None:
        self.begun = True

    def forget(self, key: str) -> bool:
        with self.lock:
            left = [task for task in self.tasks if task["idempotencyKey"] != key]
            was, self.tasks = len(self.tasks), left
            return len(left) < was

    def found(self, key: str) -> list[dict[str, object]]:
        listed = [t for t in self.tasks if self.ignores_filters or t["idempotencyKey"] == key]
        if self.names_keys:
            return listed
        return [{k: v for k, v in t.items() if k != "idempotencyKey"} for t in listed]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        wms = self

        class Handler(_Desk):
            system = wms

        return Handler


class _Desk(BaseHTTPRequestHandler):
    system: Wms
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.system.asked.append(("POST", self.path, dict(self.headers), body))
        mishap = self.system.mishap()
        if self.is_refused(mishap):
            return
        task, repeated = self.system.take(self.headers["Idempotency-Key"], json.loads(body))
        if mishap == "drop":
            self.close_connection = True
            self.connection.close()
        elif mishap == "slow":
            self.system.release.wait(timeout=30)
            with suppress(OSError):
                self.answer(201, task)
        elif mishap == "half":
            self.answer(201, raw=b'{"id": "T')
        elif mishap == "empty":
            self.answer(202, raw=b"", kind="text/plain", Location="/tasks/T1")
        elif repeated and self.system.answers_conflict:
            self.answer(409, {"error": "exists"})
        else:
            self.answer(200 if repeated else 201, {**task, "repeated": repeated})

    def do_GET(self) -> None:
        self.system.asked.append(("GET", self.path, dict(self.headers), b""))
        if not self.is_refused(self.system.mishap(reading=True)):
            key = parse_qs(urlsplit(self.path).query).get("idempotencyKey", [""])[0]
            self.answer(200, self.system.found(key))

    def do_DELETE(self) -> None:
        self.system.asked.append(("DELETE", self.path, dict(self.headers), b""))
        if self.is_refused(self.system.mishap(reading=True)):
            return
        key = parse_qs(urlsplit(self.path).query).get("idempotencyKey", [""])[0]
        if self.system.begun:
            self.answer(409, {"error": "picking has begun"})
        elif self.system.forget(key):
            self.answer(200, {"status": "voided"})
        else:
            self.answer(404, {"error": "no such task"})

    def is_refused(self, mishap: str) -> bool:
        """Answer what goes wrong before anything is carried out."""
        if self.headers.get("Authorization") != f"Bearer {self.system.token}":
            self.answer(401, {"error": "token expired"})
        elif mishap == "fault":
            self.answer(500, {"error": "deadlock, please retry"})
        elif mishap == "busy":
            self.answer(429, {"error": "slow down"}, **{"Retry-After": "7"})
        elif mishap == "page":
            self.answer(502, raw=HTML, kind="text/html")
        elif mishap == "login page":
            self.answer(200, raw=HTML, kind="text/html")
        elif mishap == "missing page":
            self.answer(404, raw=HTML, kind="text/html")
        elif mishap == "moved":
            self.answer(302, {}, Location="/login")
        elif mishap == "malformed":
            self.answer(422, {"error": "itemId: unknown item MRO-VALVE-001"})
        elif mishap == "conflict":
            self.answer(409, {"error": "location is locked"})
        else:
            return False
        return True

    def answer(
        self,
        status: int,
        body: object = None,
        *,
        raw: bytes | None = None,
        kind: str = "application/json",
        **headers: str,
    ) -> None:
        content = json.dumps(body).encode() if raw is None else raw
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
