"""Names and subjects of people are found however the text writes them."""

from __future__ import annotations

import tomllib

import pytest

from chargehand.plant.policy_names import with_tokens

WAYS = {
    "bare": '[[people]]\nid = "ben"\nname = "Ben Miller"\n',
    "quoted key": '[[people]]\n"id" = "ben"\n"name" = "Ben Miller"\n',
    "literal key": "[[people]]\n'id' = 'ben'\n'name' = 'Ben Miller' # so he is\n",
    "quoted table": '[["people"]]\nid = "ben"\nname = "Ben Miller"\n',
    "spaced table": '[[ people ]] # them\nid = "ben"\n  name\t=\t"Ben Miller"\n',
    "escaped key": '[[people]]\nid = "ben"\n"n\\u0061me" = "Ben Miller"\n',
    "escaped": '[[people]]\nid = "ben"\nname = "Ben M\\u0069ller"\n',
    "several lines": '[[people]]\nid = "ben"\nname = """\nBen \\\n   Miller"""\n',
    "literal lines": "[[people]]\nid = \"ben\"\nname = '''Ben Miller'''\n",
    "inline": 'people = [{ id = "ben", "name" = "Ben Miller", roles = ["a"] }]\n',
    "inline lines": 'people = [\n  # he\n  { name = "Ben Miller", id = "ben" },\n]\n',
    "before its id": '[[people]]\nname = "Ben Miller"\nid = "ben"\n',
    "behind a list": '[[people]]\nroles = [\n  "a", # ]\n  "b",\n]\nid = "ben"\n'
    'name = "Ben Miller"\n',
    "behind quotes": "[[people]]\nid = 'ben'\nroles = ['\"', \"'\"]\nname = 'Ben Miller'\n",
}


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_a_name_is_found_however_it_is_written(text):
    told = []

    def veil(name, person):
        told.append((name, person))
        return "personal:1"

    title = 'title = "Ben Miller"\n'
    veiled = with_tokens(title + text, veil)
    assert told == [("Ben Miller", "ben")]
    before, after = tomllib.loads(title + text), tomllib.loads(veiled)
    before["people"][0]["name"] = "personal:1"
    assert after == before


def test_all_else_stays_as_it_was_written():
    text = WAYS["behind a list"] + "[[phases]] # name = 'x'\nname = 'kept' # \"\n"
    assert with_tokens(text, lambda name, _: name) == text


def test_a_text_that_is_no_toml_stays():
    assert with_tokens('[[people]]\nname = "Ben', lambda *_: "x") == '[[people]]\nname = "Ben'
