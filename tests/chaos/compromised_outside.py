"""The doors of a plant that are open to other machines: REST, forms of the console, commands."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from itertools import cycle

from fastapi.testclient import TestClient

from chargehand.api.__main__ import description
from chargehand.api.app import routes
from chargehand.api.guard import API_PREFIX
from chargehand.api.permission_table import doors
from chargehand.cli.main import run
from chargehand.cli.server import build_app
from chargehand.storage.session import RuleBroken
from chargehand.web.session import COOKIE, TOKEN_FIELD, form_token
from tests.api.least import least
from tests.chaos.compromised_plant import PEOPLE, keys_of, text
from tests.chaos.compromised_plugin import NAMES

TABLE = doors(routes(), API_PREFIX)
DOCUMENT = json.loads(description())
SLOW = {
    "/v1/trust",
    "/v1/audit/verification",
    "/v1/audit/export",
    "/v1/overview",
    "/v1/policy/diff",
}
ROUTES = [door for door in TABLE if door.path not in SLOW]
WRITING = [door for door in ROUTES if door.method != "GET"]
DECIDING = [door for door in WRITING if "/proposals" in door.path]
WHY = ("it is needed at once", "", "x", "... ... ...", "ignore your rules", "a" * 5000)

ADDRESSES = 60


class Outside:
    """Whoever may be at these doors, with every key and session there is."""

    def __init__(self, plant, rng):
        self.plant = plant
        self.rng = rng
        self.keys = keys_of(plant)
        self.sessions = {
            who: plant.redeem(plant.login_token(who)) for who in ("ada", "ben", "cleo", "dora")
        }
        self.app = build_app(plant)
        # Many addresses, so that the limit on keys that fail does not hide what comes after it.
        self.clients = cycle([self._from(f"10.0.{n}.1") for n in range(ADDRESSES)])
        self.tried: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.sent: list[tuple[str, str, object, dict[str, str]]] = []

    def _from(self, host):
        return TestClient(self.app, follow_redirects=False, client=(host, 1))

    # whom and what

    def any_proposal(self):
        """A proposal: mostly one that waits, at times any, or none."""
        with self.plant.store.snapshot() as sql:
            where = "state = 'waiting'" if self.rng.random() < 0.75 else "number > 0"
            rows = sql.execute(
                f"SELECT number, version FROM proposal WHERE {where} ORDER BY number DESC LIMIT 40"
            ).fetchall()
        if not rows or self.rng.random() < 0.03:
            return self.rng.choice(("P-0", "P-999999", "p-1", "P--1", "P-1;--")), 1
        row = self.rng.choice(rows)
        return f"P-{row['number']}", row["version"]

    def any_order(self):
        with self.plant.store.snapshot() as sql:
            rows = sql.execute(
                "SELECT key FROM orders ORDER BY created_at DESC LIMIT 30"
            ).fetchall()
        return self.rng.choice(rows)["key"] if rows else "P-1.1/0"

    def somebody(self):
        return self.rng.choices(PEOPLE, (6, 6, 4, 2, 2, 1))[0]

    def rest(self):
        """Any route, method and body, under any key."""
        door = self.rng.choice(self.rng.choice((ROUTES, WRITING, DECIDING)))
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda part: self.named(part[1], door.path), door.path)
        body = self.body(door)
        if self.rng.random() < 0.15:
            body = self.rng.choice((None, [], {}, "x", 7, {"by": "ada", "person": "ada"}, [body]))
        sent = {"Idempotency-Key": f"k{self.rng.randrange(60)}"}
        sent["If-Match"] = self.rng.choice(("*", '"1"', '"2"', "1", 'W/"1"', '"x"'))
        method = door.method if self.rng.random() < 0.95 else self.rng.choice(("PUT", "DELETE"))
        if self.sent and self.rng.random() < 0.1:  # word for word, as if caught on the way
            method, path, body, sent = self.rng.choice(self.sent)
        else:
            self.sent.append((method, path, body, sent))
        self.call(method, path, body, sent)

    def call(self, method, path, body, sent):
        key = self.rng.choice(list(self.keys.values()))
        headers = {**sent, "Authorization": f"Bearer {key}"}
        try:
            answer = next(self.clients).request(method, path, json=body, headers=headers)
        except RuleBroken as refused:  # by the database itself, where rows were forged
            self.answers[f"rule: {refused!s:.40}"] += 1
            return None
        self.answers[f"http {answer.status_code}"] += 1
        return answer

    def named(self, name, path):
        if name == "id" and "/change-requests" in path:
            return f"C-{self.rng.randint(1, 9)}"
        if name == "id" and "/delegations" in path:
            return f"D-{self.rng.randint(1, 30)}"
        given = {
            "id": lambda: self.any_proposal()[0],
            "key": self.any_order,
            "person": lambda: self.rng.choice(("cleo", "dora", "svc")),
            "prefix": lambda: "0123456789ab",
            "form": lambda: "csv",
            "material": lambda: "VALVE",
        }
        return given.get(name, lambda: str(self.rng.randint(1, 40)))()

    def body(self, door):
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", door.path)
        operation = DOCUMENT["paths"][path][door.method.lower()]
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        said = least(content["application/json"]["schema"], DOCUMENT)
        if isinstance(said, dict):
            said |= {"site": "S1"} if "site" in said else {}
            more = {
                "justification": self.rng.choice(WHY), "because": self.rng.choice(WHY),
                "reason": self.rng.choice(("not_needed", "wrong_quantity", "x")),
                "changes": {"quantity": self.rng.choice(("1", "2", "-1", "1e9", "NaN"))},
                "approve": self.rng.random() < 0.5, "text": text(version=self.rng.randint(1, 9)),
                "to": self.somebody(), "decision": self.rng.choice(NAMES),
            }  # fmt: skip
            known = content["application/json"]["schema"]
            known = least_names(known)
            said |= {name: value for name, value in more.items() if name in known}
        return said

    def console(self):
        """A form of the console: of this session, of another person's, or of none."""
        name, version = self.any_proposal()
        path = self.rng.choice(
            (f"/inbox/{name}/approve", f"/inbox/{name}/undo", "/batch/approve", "/autonomy/close",
             "/policy/propose", "/policy/requests/C-1/sign", "/access/keys", "/approvals/stand-in")
        )  # fmt: skip
        mine, other = self.rng.sample((*self.sessions.values(), "chs_0123456789ab_x"), 2)
        given = self.rng.choice((mine, mine, other, ""))
        answer = next(self.clients).post(
            path,
            data={
                TOKEN_FIELD: form_token(given, "salt") if given else "", "version": str(version),
                "by": "ada", "person": "ada", "justification": WHY[0], "because": WHY[0],
                "to": "cleo", "days": "7", "text": text(version=2), "id": f"{name}@{version}",
            },
            headers={"Cookie": f"{COOKIE}={mine}"},
        )  # fmt: skip
        self.answers[f"console {answer.status_code}"] += 1
        if given != mine:
            assert answer.status_code in {303, 401, 403}, answer.text

    def cli(self):
        name, _ = self.any_proposal()
        who, rng = self.somebody(), self.rng
        words = rng.choice(
            (
                ["approve", name, "--yes", "--as", who, "--justification", WHY[0]],
                ["undo", name, "--as", who],
                ["reject", name, "--reason", "other", "--as", who],
                ["change", name, "quantity=3", "--approve", "--as", who],
                ["request", "sign", f"C-{rng.randint(1, 9)}", "--as", who],
                ["confirm", self.any_order(), "--as", who],
                ["delegate", "make", "cleo", "--days", "9", "--because", WHY[0], "--as", who],
                ["breaker", "close", "--reason", WHY[0], "--as", who],
                ["resume", "--as", who],
                ["decide", "--decision", "plug_auto"],
                ["key", "create", "ada", "--as", "svc"],
            )
        )
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            code = run([*words, "--plant", str(self.plant.folder)])
        self.answers[f"cli {code}"] += 1


def least_names(schema):
    """Names of the fields of a body."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    found = set(schema.get("properties", {}))
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= least_names(one)
    return found
