"""Asking the identity provider over HTTP: to safe addresses only, for small answers, in time."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit

from chargehand.settings.signing_in import LOOPBACK

TIMEOUT_S: Final = 10.0
ANSWER_BYTES_MAX: Final = 1_000_000


class ProviderFault(Exception):
    """The provider cannot be reached, or what it says cannot be believed."""


def is_safe(address: object) -> bool:
    """Whether an address is one that secrets may be sent to."""
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    return (parts.scheme == "https" and bool(parts.hostname)) or is_local


def asked(
    method: str,
    place: str,
    *,
    form: dict[str, str] | None = None,
    basic: tuple[str, str] | None = None,
    token: str = "",
) -> dict[str, Any]:
    """Ask the provider; ``ProviderFault`` says what was wrong, and holds nothing that was sent."""
    import httpx2

    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    where = f"{method} {urlsplit(place).path}"
    try:
        with (
            httpx2.Client(timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream(method, place, data=form, headers=headers, auth=basic) as answer,
        ):
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if len(body) > ANSWER_BYTES_MAX:
                    raise ProviderFault(f"{where} answers without end")
            status = answer.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise ProviderFault(f"{where} failed: {type(error).__name__}") from error
    said = _read(bytes(body))
    if status != httpx2.codes.OK:
        reason = said.get("error") if isinstance(said.get("error"), str) else ""
        raise ProviderFault(f"{where} answers {status} {str(reason)[:60]}".rstrip())
    return said


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
