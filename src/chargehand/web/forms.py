"""Forms that carry a file or name the same thing several times: checked as every other form is."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from chargehand.web.session import COOKIE, TOKEN_FIELD, FormRefused, Seen, form_token

BYTES_MAX = 2 * 1024 * 1024
"""A policy text of thousands of grants, or a batch of a thousand proposals."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields of a form, in the order they came in."""

    pairs: tuple[tuple[str, str], ...]

    def one(self, name: str) -> str:
        """The first value of a field; empty where there is none."""
        return next((value for key, value in self.pairs if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(value for key, value in self.pairs if key == name)

    @property
    def single(self) -> dict[str, str]:
        """Each field with its first value."""
        return dict(reversed(self.pairs))


async def filled_form(
    request: Request,
    seen: Seen,  # noqa: ARG001 - nobody without a session gets this far
) -> Filled:
    """Read a form of this session, files as their text; ``FormRefused`` for any other."""
    try:
        length = int(request.headers.get("content-length", ""))
    except ValueError:
        length = BYTES_MAX + 1
    if length > BYTES_MAX:
        raise FormRefused(413, "The form is too large.", "Send less, then repeat it.")
    pairs = []
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if value.filename:
                    pairs.append((name, _text(await value.read())))
            else:
                pairs.append((name, value))
    given = next((value for name, value in pairs if name == TOKEN_FIELD), "")
    expected = form_token(request.cookies.get(COOKIE, ""), given.partition(".")[0])
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise FormRefused(
            403,
            "This form does not belong to your session, so nothing was done.",
            "Open the page again and repeat it there.",
        )
    return Filled(tuple((name, value) for name, value in pairs if name != TOKEN_FIELD))


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormRefused(422, "The file is not text in UTF-8.", "Save it as UTF-8.") from error


FilledForm = Annotated[Filled, Depends(filled_form)]
