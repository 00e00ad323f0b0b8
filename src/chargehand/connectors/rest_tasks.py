"""Send orders to any system that takes JSON over HTTP under an idempotency key.

``POST url`` with the order as the body and its key as ``Idempotency-Key``; after a lost reply the
key is read back. It maps and sends once: waiting and repeating are the dispatcher's work.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from chargehand.connectors.order_message import order_message
from chargehand.execution.order import (
    Misconfigured,
    NotAuthorized,
    Order,
    Sent,
    TooLate,
    Unavailable,
    Voided,
)
from chargehand.vocabulary.work import Action, TransactionType

if TYPE_CHECKING:
    import httpx2

TIMEOUT_S = 10.0
EXCERPT_LENGTH = 200
REFERENCES = ("reference", "id", "taskId", "number")
"""Fields of an answer that may hold the target's own name for an order, the first one counts."""
REPEATED = ("repeated", "duplicate")
NOT_FOUND, CONFLICT, GONE = 404, 409, 410
TRY_LATER = frozenset({408, 423, 425, 429})
CREDENTIALS = frozenset({401, 403, 407})


@dataclass(frozen=True, slots=True, kw_only=True)
class RestTargetSettings:
    """Where orders go, and what the other side promises."""

    name: str
    url: str
    """Address that orders are posted to."""
    token_reference: str = ""
    """Where the bearer token is: ``env:NAME`` or ``file:/path``, read at each sending."""
    transactions: tuple[TransactionType, ...] = tuple(TransactionType)
    read_back_path: str = "?idempotencyKey={key}"
    """Appended to ``url`` to read an order back by its key; empty where the system cannot."""
    void_path: str = ""
    """Appended to ``url`` to take an order back by its key with DELETE; empty where the system
    takes none back."""
    timeout_s: float = TIMEOUT_S
    honors_keys: bool = True
    """Whether the system itself drops a repeated ``Idempotency-Key``. Where not, sending reads
    back first, which cannot close the gap between two senders."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"target {self.name}: url {self.url!r} must begin with http(s)://")
        if self.token_reference and not self.token_reference.startswith(("env:", "file:")):
            raise ValueError(
                f"target {self.name}: token_reference must be env:NAME or file:/path,"
                " so that no secret stands in the settings"
            )
        if self.read_back_path and "{key}" not in self.read_back_path:
            raise ValueError(f"target {self.name}: read_back_path must hold {{key}}")
        if self.void_path and "{key}" not in self.void_path:
            raise ValueError(f"target {self.name}: void_path must hold {{key}}")
        if not self.honors_keys and not self.read_back_path:
            raise ValueError(
                f"target {self.name}: a system that does not honor keys needs a read_back_path,"
                " or a lost reply would double an order"
            )
        if self.timeout_s <= 0:
            raise ValueError(f"target {self.name}: timeout_s must be above 0, not {self.timeout_s}")


class RestTarget:
    """A system that takes orders as JSON over HTTP."""

    def __init__(self, settings: RestTargetSettings) -> None:
        self.name = settings.name
        self._settings = settings

    def accepts(self, action: Action) -> bool:
        """Whether the settings send such an action here."""
        return action.transaction in self._settings.transactions

    def send(self, order: Order) -> Sent:
        """Post an order under its key; see `chargehand.execution.order.OrderTarget`."""
        if not self._settings.honors_keys and (found := self.find(order.key)) is not None:
            return Sent(reference=found.reference, repeated=True)
        answer = self._ask(
            "POST",
            self._settings.url,
            content=json.dumps(order_message(order.action)),
            headers={"Content-Type": "application/json", "Idempotency-Key": order.key},
        )
        if answer.status_code == CONFLICT:
            return self._conflicting(order.key, answer)
        self._check(answer)
        return self._sent(order.key, answer)

    def find(self, key: str) -> Sent | None:
        """Read back an order by its key; None where the system does not know it (or cannot say)."""
        if not self._settings.read_back_path:
            return None
        path = self._settings.read_back_path.replace("{key}", quote(key, safe=""))
        answer = self._ask("GET", self._settings.url + path)
        if answer.status_code == NOT_FOUND and not _is_page(answer):
            return None
        self._check(answer)
        found = self._entry(key, self._json(answer))
        return None if found is None else Sent(reference=_reference(found) or key, repeated=True)

    def void(self, key: str) -> Voided | TooLate:
        """Take an order back by its key; see `chargehand.execution.order.VoidingTarget`."""
        if not self._settings.void_path:
            return TooLate(because=f"{self.name} takes no order back")
        path = self._settings.void_path.replace("{key}", quote(key, safe=""))
        answer = self._ask("DELETE", self._settings.url + path)
        if answer.status_code == CONFLICT:
            return TooLate(because=f"{self.name} has begun it: {_excerpt(answer)}")
        if answer.status_code in {NOT_FOUND, GONE} and not _is_page(answer):
            return self._gone(key)
        self._check(answer)
        return Voided(key=key)

    def _gone(self, key: str) -> Voided | TooLate:
        """Believe that an order is not there only where reading back says the same."""
        if not self._settings.read_back_path:
            because = f"{self.name} does not know it, and cannot be asked whether it ever did"
            return TooLate(because=because)
        if self.find(key) is not None:
            raise Misconfigured(f"{self.name} has it and does not take it back: see void_path")
        return Voided(key=key)

    def _conflicting(self, key: str, answer: httpx2.Response) -> Sent:
        """Take a conflict for a repetition, unless the system can be asked and denies it."""
        found = self.find(key)
        if found is not None:
            return found
        if self._settings.read_back_path:
            raise Misconfigured(f"{self.name} reports a conflict: {_excerpt(answer)}")
        return Sent(reference=key, repeated=True)

    def _sent(self, key: str, answer: httpx2.Response) -> Sent:
        body = self._json(answer) if answer.content.strip() else {}
        fields = body if isinstance(body, Mapping) else {}
        place = answer.headers.get("Location", "").rstrip("/").rpartition("/")[2]
        replayed = answer.headers.get("Idempotent-Replayed", "").lower() == "true"
        return Sent(
            reference=_reference(fields) or place or key,
            repeated=replayed or any(fields.get(name) is True for name in REPEATED),
        )

    def _entry(self, key: str, body: object) -> Mapping[str, object] | None:
        """Pick the order out of an answer, which may list orders that were not asked for."""
        listed = body.get("items", [body]) if isinstance(body, Mapping) else body
        if not isinstance(listed, list):
            raise Misconfigured(f"{self.name} answers a read-back with neither object nor list")
        entries = [entry for entry in listed if isinstance(entry, Mapping) and entry]
        named = [entry for entry in entries if "idempotencyKey" in entry]
        if not named and len(entries) > 1:
            raise Misconfigured(
                f"{self.name} answers a read-back with {len(entries)} orders and no idempotencyKey:"
                " does it understand read_back_path?"
            )
        mine = [entry for entry in named if entry["idempotencyKey"] == key] if named else entries
        return mine[0] if mine else None

    def _ask(self, method: str, url: str, **parts: Any) -> httpx2.Response:  # noqa: ANN401 - httpx2's
        import httpx2

        headers = {"Accept": "application/json", **parts.pop("headers", {})}
        if token := self._token():
            headers["Authorization"] = f"Bearer {token}"
        try:
            with httpx2.Client(timeout=self._settings.timeout_s) as client:
                return client.request(method, url, headers=headers, **parts)
        except httpx2.UnsupportedProtocol as error:
            raise Misconfigured(f"{self.name}: {error}") from error
        except httpx2.TransportError as error:
            why = str(error) or type(error).__name__
            raise Unavailable(f"{self.name} cannot be reached: {why}") from error
        except httpx2.DecodingError as error:
            raise Unavailable(f"{self.name}: its reply cannot be read: {error}") from error

    def _token(self) -> str:
        kind, _, place = self._settings.token_reference.partition(":")
        if not kind:
            return ""
        try:
            token = os.environ[place] if kind == "env" else Path(place).read_text(encoding="utf-8")
        except (KeyError, OSError, UnicodeDecodeError) as error:
            reference = self._settings.token_reference
            raise Misconfigured(f"{self.name}: no token at {reference}: {error}") from error
        if not (token := token.strip()).isascii() or not token.isprintable() or not token:
            raise Misconfigured(f"{self.name}: what {kind}:{place} holds is no token")
        return token

    def _check(self, answer: httpx2.Response) -> None:
        status, said = answer.status_code, _excerpt(answer)
        if status in CREDENTIALS:
            raise NotAuthorized(f"{self.name} refuses our credentials ({status}): {said}")
        if status in TRY_LATER:
            wait = answer.headers.get("Retry-After")
            asked = f", asks to wait {wait}" if wait else ""
            raise Unavailable(f"{self.name} is busy ({status}{asked}): {said}")
        if answer.is_server_error:
            raise Unavailable(f"{self.name} has a fault ({status}): {said}")
        if not answer.is_success:
            raise Misconfigured(f"{self.name} does not take this ({status}): {said}")
        if _is_page(answer):
            raise Misconfigured(f"{self.name} answers with a web page; is the url right? {said}")

    def _json(self, answer: httpx2.Response) -> object:
        try:
            return json.loads(answer.content)
        except (ValueError, RecursionError) as error:
            # it may have taken the order: only reading back can tell
            raise Unavailable(f"{self.name}: its reply is no JSON: {_excerpt(answer)}") from error


def _reference(fields: Mapping[str, object]) -> str:
    found = (fields.get(name) for name in REFERENCES)
    return next((str(value) for value in found if isinstance(value, str | int) and value != ""), "")


def _is_page(answer: httpx2.Response) -> bool:
    return "html" in answer.headers.get("Content-Type", "").lower()


def _excerpt(answer: httpx2.Response) -> str:
    """Return the start of an answer as one line without tags."""
    text = re.sub(
        r"<(script|style)\b.*?</\1>|<[^>]*>", " ", answer.text, flags=re.DOTALL | re.IGNORECASE
    )
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_LENGTH else line[:EXCERPT_LENGTH] + "..."
