"""Where people are told things beside the console."""

from __future__ import annotations

from pydantic import field_validator

from chargehand.settings.section import Section, is_named


class NoticesSettings(Section):
    """Another system that is told every notice, such as a chat or a pager."""

    webhook: str = ""
    """Address of a receiver of Standard Webhooks; empty: nobody else is told."""
    secret: str = ""
    """``env:NAME`` or ``file:/path`` of the secret (``whsec_...``) that signs the messages."""

    @field_validator("secret")
    @classmethod
    def _is_named(cls, secret: str) -> str:
        return is_named(secret)

    @field_validator("webhook")
    @classmethod
    def _is_address(cls, webhook: str) -> str:
        if webhook and not webhook.startswith(("https://", "http://")):
            raise ValueError("it should begin with https://")
        return webhook
