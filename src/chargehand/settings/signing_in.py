"""The sections of the settings that say how people sign in."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from chargehand.settings.section import Section, is_named

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class IdentitySettings(Section):
    """Local accounts, sessions and badges."""

    local: bool | None = None
    """Whether people may sign in with a password kept here; unset: only without ``[oidc]``."""
    session_hours: int = Field(default=12, ge=1, le=24)
    """Hours after which somebody signs in again, whatever they do."""
    idle_minutes: int = Field(default=60, ge=5, le=1440)
    """Minutes without an act after which a session ends."""
    badge_pepper: str = ""
    """``env:NAME`` or ``file:/path`` of the secret under which badge numbers are hashed (32 signs
    or more); empty: nobody signs in by badge."""

    _named = field_validator("badge_pepper")(is_named)


class OidcSettings(Section):
    """The identity provider of the plant (OpenID Connect)."""

    issuer: str
    """The provider's own name for itself: what it is found by, and what its tokens say."""
    client_id: str = Field(min_length=1)
    client_secret: str = ""
    """``env:NAME`` or ``file:/path``; empty for a public client, which proves itself by PKCE."""
    scopes: str = "openid profile email"
    """What is asked for, divided by spaces."""
    claim: Literal["sub", "email", "preferred_username"] = "sub"
    """Which claim is held against ``subject`` of the policy's people."""
    name: str = "your company account"
    """What the sign-in button calls the provider."""
    console: str = ""
    """Address under which people open the console, such as ``https://plant.example``; the provider
    sends them back to ``/login/callback`` below it. Empty: the address of ``[server]``."""

    _named = field_validator("client_secret")(is_named)

    @field_validator("issuer", "console")
    @classmethod
    def _is_safe(cls, address: str) -> str:
        parts = urlsplit(address)
        if not address:
            return address
        is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
        if not (parts.scheme == "https" or is_local) or not parts.hostname:
            raise ValueError(
                "it should begin with https:// (http:// only for a provider on this machine)"
            )
        if parts.query or parts.fragment or parts.username:
            raise ValueError("it should hold no query, fragment or user")
        return address

    @field_validator("issuer")
    @classmethod
    def _is_there(cls, issuer: str) -> str:
        if not issuer:
            raise ValueError("it should name the provider, such as https://id.example")
        return issuer

    @field_validator("scopes")
    @classmethod
    def _holds_openid(cls, scopes: str) -> str:
        if "openid" not in scopes.split():
            raise ValueError("it should hold openid, without which no provider says who signs in")
        return scopes
