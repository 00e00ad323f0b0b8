"""Tell another system something by a signed POST, as Standard Webhooks lays it down.

Headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``: ``v1,`` and the base64 of
HMAC-SHA256 over ``id.timestamp.body``. The same id is sent again until the receiver has it.
Source: Standard Webhooks specification 1.0.0, "Signature scheme".
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from chargehand.execution.order import Misconfigured, Unavailable

SECRET_PREFIX = "whsec_"  # noqa: S105 - how secrets begin, not one
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where messages go, and where the secret is: ``env:NAME`` or ``file:/path``."""

    url: str
    secret_reference: str

    def post(self, message: str, at: int, body: str) -> None:
        """Send a message under its id, at a moment (seconds since 1970).

        Raises ``Unavailable`` or ``Misconfigured``.
        """
        import httpx2

        headers = {
            "Content-Type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self._secret(), message, at, body),
        }
        try:
            with httpx2.Client(timeout=TIMEOUT_S) as client:
                answer = client.post(self.url, headers=headers, content=body)
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise Misconfigured(f"webhook: {error}") from error
        except httpx2.TransportError as error:
            why = str(error) or type(error).__name__
            raise Unavailable(f"webhook cannot be reached: {why}") from error
        if not answer.is_success:
            raise Unavailable(f"webhook answers {answer.status_code}")

    def _secret(self) -> bytes:
        kind, _, place = self.secret_reference.partition(":")
        try:
            text = os.environ[place] if kind == "env" else Path(place).read_text(encoding="utf-8")
            return base64.b64decode(text.strip().removeprefix(SECRET_PREFIX), validate=True)
        except (KeyError, OSError, UnicodeDecodeError) as error:
            raise Misconfigured(f"webhook: no secret at {kind}:{place}") from error
        except binascii.Error as error:
            raise Misconfigured(
                f"webhook: what {kind}:{place} holds is no whsec_ secret"
            ) from error


def signature(secret: bytes, message: str, at: int, body: str) -> str:
    """The signature of a message.

    >>> signature(b"key", "msg_1", 1700000000, "{}")
    'v1,XaXLFEFQ69Q4+demDWPEv5ydXczDW2mM5crCUEFcFBA='
    """
    digest = hmac.new(secret, f"{message}.{at}.{body}".encode(), sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
