"""An address that is none, asked of the whole server: programs get a problem, people a page."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from chargehand.cli.server import build_app


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/nonsense", "text/html", "text/html"),
        ("/nonsense", "application/json", "application/problem+json"),
        ("/v1/nonsense", "text/html", "application/problem+json"),
    ],
)
def test_who_asks_decides_what_is_answered(plant, path, accept, kind):
    answer = TestClient(build_app(plant)).get(path, headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(kind)
