"""What a caller may do, and why not, over the API."""

from __future__ import annotations


def test_a_caller_sees_what_they_may_do(client):
    found = client.get("/v1/permissions").json()
    assert found["acts"]["read"] == ["*"]
    assert {"clause", "role", "value_max"} <= set(found["grants"][0])


def test_a_caller_is_told_why(client):
    asked = {"what": "approve", "transaction": "count", "value": "EUR 5.00"}
    found = client.get("/v1/permissions/explain", params=asked).json()
    assert found["asked"] == "approve count at any site worth EUR 5.00"
    assert found["looked_at"]
    assert {"clause", "passed", "text"} == set(found["answer"])


def test_what_cannot_be_explained_is_a_problem(client):
    def status(**asked):
        return client.get("/v1/permissions/explain", params=asked).status_code

    assert status(what="dance") == 422
    assert status(what="P-999999") == 404
    assert status() == 422
