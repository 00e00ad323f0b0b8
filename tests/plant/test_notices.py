"""People are told in the console and, where a receiver is named, by a signed webhook."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chargehand.connectors.webhook import SECRET_PREFIX, signature
from chargehand.plant.notices import notice
from chargehand.settings import NoticesSettings
from tests.behind import behind_the_back

KEY = b"a secret of twenty-four!"
LONG_AGO = "2020-01-01T00:00:00+00:00"


@contextmanager
def receiver(*answers):
    """A system that takes messages; answers so, and with 204 from then on."""
    got, left = [], list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers.items()), body.decode()))
            self.send_response(left.pop(0) if left else 204)
            self.end_headers()

        def log_message(self, *_):
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", got
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv("HOOK", SECRET_PREFIX + base64.b64encode(KEY).decode())
    return "env:HOOK"


def told(plant, text="the pump is dry", **fields):
    return plant.store.write(lambda docket: notice(docket, "breaker", text=text, **fields))


def connected(plant, url, secret):
    settings = NoticesSettings(webhook=url, secret=secret)
    plant.settings = plant.settings.model_copy(update={"notices": settings})


def test_the_signature_is_that_of_the_specification():
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.engines("sqlite", "postgres")
def test_a_receiver_has_each_notice_signed_and_again_until_it_takes_it(plant, secret):
    with receiver(500) as (url, got):
        connected(plant, url, secret)
        number = told(plant)
        plant.work()
        plant.work()
        assert len(got) == 1, "it is not asked again at once"
        with behind_the_back(plant.folder) as sql:
            sql.execute(f"UPDATE notice SET next_at = '{LONG_AGO}'")
        plant.work(until_idle=True)
    assert [headers["webhook-id"] for headers, _ in got] == [f"msg_{number}"] * 2
    headers, body = got[-1]
    signed = f"msg_{number}.{headers['webhook-timestamp']}.{body}".encode()
    mac = base64.b64encode(hmac.new(KEY, signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    assert json.loads(body)["data"]["text"] == "the pump is dry"
    assert plant.verify().holds


def test_a_receiver_that_comes_later_is_not_told_what_is_old(plant, secret):
    told(plant)
    plant.work()
    with receiver() as (url, got):
        connected(plant, url, secret)
        plant.work()
        told(plant, "a new one")
        plant.work()
    assert [json.loads(body)["data"]["text"] for _, body in got] == ["a new one"]


def test_a_secret_that_is_not_there_holds_nothing_else_up(plant):
    connected(plant, "http://127.0.0.1:1/hook", "env:NOT_THERE")
    told(plant)
    plant.work()
    assert plant.worker_fault == ""
    assert plant.unseen_notices("ada") == 1


@pytest.mark.parametrize(
    ("whom", "ada", "ben", "cleo"),
    [
        ({}, 1, 1, 1),
        ({"roles": ["admin"]}, 1, 0, 0),
        ({"roles": ["planner"]}, 1, 1, 0),
        ({"person": "cleo"}, 0, 0, 1),
    ],
)
def test_each_is_told_what_is_for_them(plant, whom, ada, ben, cleo):
    number = told(plant, **whom)
    assert [plant.unseen_notices(who) for who in ("ada", "ben", "cleo")] == [ada, ben, cleo]
    for who, count in (("ada", ada), ("ben", ben), ("cleo", cleo)):
        assert (plant.notice_seen(number, by=who) is None) == bool(count)
    assert plant.unseen_notices("ada") == 0
    assert len(plant.notices(person="ada", unseen=False)) == ada
    assert plant.notices(person="a.stranger") == ()
    assert plant.verify().holds
