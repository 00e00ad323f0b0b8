"""An identity provider over real HTTP that lies as a test tells it to."""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

CLIENT = "chargehand"
ACCESS_TOKEN = "an-access-token-that-nobody-else-sees"


class IdentityProvider:
    """The provider: its keys, and what its next token says."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.keys: list[Key] = [RSAKey.generate_key(2048, {"kid": "one"})]
        self.listed: list[dict[str, Any]] | None = None
        self.asked: Counter[str] = Counter()
        self.form: dict[str, str] = {}
        self.given: list[str] = []
        """Identity tokens that were handed out."""
        self.authorization = ""
        self.nonce = ""
        self.changes: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.signing: Key | None = None
        self.whole_token: Callable[[dict[str, Any]], str] | None = None
        self.told: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.moved_to = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def rotate(self, kid: str) -> None:
        self.keys = [ECKey.generate_key("P-256", {"kid": kid})]

    def token(self) -> str:
        """The next identity token; a change to None leaves a claim out."""
        now = self._now()
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "plant-ben", "nonce": self.nonce,
            "iat": now, "exp": now + 300, "email": "ben@plant.example", "email_verified": True,
        }  # fmt: skip
        claims = {k: v for k, v in (claims | self.changes).items() if v is not None}
        if self.whole_token is not None:
            return self.whole_token(claims)
        key = self.signing or self.keys[0]
        algorithm = "RS256" if key.key_type == "RSA" else "ES256"
        header = {"alg": algorithm, "kid": self.keys[0].kid} | self.header
        header = {name: value for name, value in header.items() if value is not None}
        return jwt.encode(header, claims, key)

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        self.asked[path] += 1
        if path == "/.well-known/openid-configuration":
            own = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/me",
            }
            return 200, own | self.document
        if path == "/keys":
            own = [key.as_dict(private=False) for key in self.keys]
            return 200, {"keys": own if self.listed is None else self.listed}
        if path == "/token":
            if self.form.get("code") != "good":
                return 400, {"error": "invalid_grant"}
            self.given.append(self.token())
            return 200, {
                "id_token": self.given[-1],
                "access_token": ACCESS_TOKEN,
                "token_type": "Bearer",
            }
        if path == "/me":
            return 200, {"sub": "plant-ben"} | self.told
        return 404, {}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._reply()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                provider.form = dict(parse_qsl(body))
                provider.authorization = self.headers.get("Authorization", "")
                self._reply()

            def _reply(self) -> None:
                status, said = provider.answer(urlsplit(self.path).path)
                body = json.dumps(said).encode()
                self.send_response(302 if provider.moved_to else status)
                if provider.moved_to:
                    self.send_header("Location", provider.moved_to)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def unsigned(claims: dict[str, Any]) -> str:
    """A token of the algorithm `none`."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(_packed(json.dumps(part).encode()) for part in parts) + "."


def signed_with_public_key(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """A token whose shared secret is the text of the provider's public key."""
    import hashlib
    import hmac

    public = provider.keys[0].as_pem(private=False)
    header = {"alg": "HS256", "kid": provider.keys[0].kid}
    signed = ".".join(_packed(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{_packed(hmac.new(public, signed.encode(), hashlib.sha256).digest())}"


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
