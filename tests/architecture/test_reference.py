"""The generated pages of the reference say what the code says."""

from __future__ import annotations

import pytest

from tools import reference


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_page_is_up_to_date(name):
    written = (reference.PLACE / name).read_text("utf-8")
    assert written == reference.page(name), "run: make docs"


def test_units_of_constants_come_from_their_docstrings():
    page = reference.page("decisions.md")
    assert "| `CRITICAL_FROM` | 0.8 | A part this critical is stocked" in page


def test_every_setting_and_option_is_explained():
    for name in ("settings.md", "cli.md"):
        assert "|  |\n" not in reference.page(name).replace("|  |  |\n", "")
