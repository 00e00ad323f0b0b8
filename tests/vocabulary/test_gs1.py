"""Keys of GS1: one digit read wrong never becomes another key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.vocabulary.gs1 import build_sscc, check, check_digit, gln, gtin, sscc

DIGITS = st.text("0123456789", min_size=7, max_size=17)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("09521234543213", "09521234543213"),
        ("9521234543213", "09521234543213"),
        ("614141123452", "00614141123452"),
        ("95200002", "00000095200002"),
        (" 9521234543213 ", "09521234543213"),
    ],
)
def test_gtins_of_all_lengths_are_one_key(text, key):
    assert gtin(text) == key


@pytest.mark.parametrize(
    ("read", "text", "because"),
    [
        (gtin, "09521234543214", "ends in 4 where 3 would fit"),
        (gtin, "952123454321", "would fit"),
        (gtin, "95212345432", "has 11 characters"),
        (gtin, "0952123454321X", "not a row of digits"),
        (gtin, "０9521234543213", "not a row of digits"),  # noqa: RUF001 - a digit of another script
        (sscc, "195212345678900007", "ends in 7 where 6 would fit"),
        (sscc, "9521234543213", "has 13 characters, not 18"),
        (gln, "4012345000116", "ends in 6 where 5 would fit"),
    ],
)
def test_a_wrong_key_is_refused_with_its_reason(read, text, because):
    with pytest.raises(ValueError, match=because):
        read(text)


def test_known_keys_are_read():
    assert sscc("195212345678900006") == "195212345678900006"
    assert gln("4012345000115") == "4012345000115"


@given(DIGITS, st.data())
def test_any_one_wrong_digit_is_found(body, data):
    key = body + check_digit(body)
    at = data.draw(st.integers(0, len(key) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != key[at]]))
    check(key, "key")
    with pytest.raises(ValueError, match="would fit"):
        check(key[:at] + wrong + key[at + 1 :], "key")


@given(st.integers(0, 10**9 - 1), st.integers(0, 9))
def test_built_units_are_valid_and_keep_their_number(serial, extension):
    key = build_sscc("9521234", serial, extension=extension)
    assert sscc(key) == key
    assert key[:8] == f"{extension}9521234"
    assert int(key[8:17]) == serial


@pytest.mark.parametrize(
    ("prefix", "serial", "extension", "because"),
    [
        ("9521234", 10**9, 0, "does not fit the 9 digits"),
        ("9521234", -1, 0, "does not fit"),
        ("952", 1, 0, "not 4 to 12 digits"),
        ("95212X4", 1, 0, "not 4 to 12 digits"),
        ("9521234", 1, 10, "not 0 to 9"),
    ],
)
def test_a_unit_that_cannot_be_numbered_is_refused(prefix, serial, extension, because):
    with pytest.raises(ValueError, match=because):
        build_sscc(prefix, serial, extension=extension)
