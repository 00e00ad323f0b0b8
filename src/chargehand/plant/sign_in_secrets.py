"""Passwords, PINs and badge numbers: which are too easy to guess, and what is kept of them."""

from __future__ import annotations

import hmac
import re
import threading
import unicodedata
from functools import cache
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

from chargehand.governance.authority import Person
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from argon2 import PasswordHasher

PASSWORD_MIN, PASSWORD_MAX = 12, 200
PIN = re.compile(r"[0-9]{6,12}")
BADGE = re.compile(r"[0-9A-Za-z._:/+=-]{4,64}")
PEPPER_MIN = 32
DISTINCT_MIN = 5
"""Different signs that a password has at least."""
COMMON = (
    "password passwort motdepasse contrasena qwertyuiop qwertzuiop azertyuiop letmein welcome"
    " iloveyou administrator changeme chargehand trustno superman princess football baseball"
    " qwertyqwerty abcdefghijkl correcthorsebatterystaple thequickbrownfox monkey dragon sunshine"
    " qazwsxedc asdfghjkl zxcvbnm login guest supervisor operator maintenance warehouse"
)
"""The commonest words of passwords that are long enough; digits and signs around them add little.

Source: after the published lists of leaked passwords, longest entries first.
"""
AT_ONCE = threading.BoundedSemaphore(2)
"""Each check takes 64 MiB and some 50 ms on purpose: many at once would stop the plant."""


@cache
def _hasher() -> PasswordHasher:
    """Argon2id with the parameters of RFC 9106, second choice: 64 MiB, 3 passes, 4 lanes."""
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@cache
def _nobodys() -> str:
    """What is checked where there is nothing to check, so that it takes as long."""
    return hashed("nobody has this password")


def normal(secret: str) -> str:
    """A secret in one form, however the keyboard made it (NFKC, as RFC 8265 has it)."""
    return unicodedata.normalize("NFKC", secret).encode("utf-8", "replace").decode()


def hashed(secret: str) -> str:
    """What is kept of a password or PIN."""
    with AT_ONCE:
        return str(_hasher().hash(normal(secret)))


def fits(known: str | None, secret: str) -> bool:
    """Whether a secret is the one that a hash was made of; takes as long where there is none."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    if len(secret) > PASSWORD_MAX:
        secret = ""
    checked = known or _nobodys()
    with AT_ONCE:
        try:
            right = _hasher().verify(checked, normal(secret))
        except (Argon2Error, InvalidHashError):
            return False
    return bool(right) and known is not None


def too_weak_password(password: str, person: Person) -> Refusal | None:
    """Why a password will not do; None where it will."""
    text = normal(password)
    if not PASSWORD_MIN <= len(text) <= PASSWORD_MAX:
        return _weak(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters: a short"
                     " sentence is a good one")  # fmt: skip
    if "\0" in text:
        return _weak("a password holds no character NUL")
    folded = text.casefold()
    bare = "".join(sign for sign in folded if sign.isalpha())
    own = set(re.split(r"[\W_]+", f"{person.person} {person.name}".casefold()))
    left = bare
    for word in sorted(own | set(COMMON.split()), key=len, reverse=True):
        if len(word) > 2:  # noqa: PLR2004 - such as initials
            left = left.replace(word, "")
    if len(set(folded)) < DISTINCT_MIN or _is_run(folded):
        return _weak("it repeats a few characters or follows the keyboard or the alphabet")
    if len(left) + (len(folded) - len(bare)) // 2 < DISTINCT_MIN:
        return _weak("it is the person's own name or one of the commonest passwords")
    return None


def _is_run(text: str) -> bool:
    """Whether a text is one long run, such as 123456789012, or a short piece again and again."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    half = len(text) // 2
    repeats = any(
        text == (text[:length] * len(text))[: len(text)] for length in range(1, half // 2 + 1)
    )
    return repeats or steps <= {1, -9} or steps <= {-1, 9} or steps <= {0}


def too_weak_pin(pin: str) -> Refusal | None:
    """Why a PIN will not do; None where it will."""
    if not PIN.fullmatch(pin):
        return _weak("a PIN has 6 to 12 digits")
    if _is_run(pin) or len(set(pin)) < 3:  # noqa: PLR2004 - such as 121212
        return _weak("it repeats a digit or counts up or down")
    return None


def odd_badge(number: str) -> Refusal | None:
    """Why a badge number will not do; None where it will."""
    if BADGE.fullmatch(number):
        return None
    return _weak("a badge number has 4 to 64 letters, digits or the signs . _ : / + = -")


def _weak(because: str) -> Refusal:
    return Refusal(code=RefusalCode.TOO_GUESSABLE, because=because)


def badge_hash(pepper: str, number: str) -> str:
    """What is kept of a badge number: without the pepper nobody can try all numbers."""
    return hmac.new(
        pepper.encode(), b"badge " + number.encode("utf-8", "replace"), sha256
    ).hexdigest()
