"""A provider's word is believed only where it holds: every known way to forge one is tried."""

from __future__ import annotations

import base64
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import OctKey, RSAKey

from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.plant.sign_in_oidc import Returned
from chargehand.runtime import clock
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.behind import behind_the_back
from tests.fakes.identity_provider import IdentityProvider, signed_with_public_key, unsigned
from tests.plant.conftest import policy_text

SUBJECT = policy_text().replace('id = "ben"', 'id = "ben"\nsubject = "plant-ben"', 1)
SECRET = "s3cret, with: odd&signs"


class Clock:
    moment = datetime(2026, 11, 20, 8, tzinfo=UTC)

    def __call__(self):
        return self.moment

    def passes(self, **span):
        self.moment += timedelta(**span)


@pytest.fixture
def time(monkeypatch):
    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture
def provider(time):
    with closing(IdentityProvider(lambda: int(time().timestamp()))) as provider:
        yield provider


@pytest.fixture
def open_plant(tmp_path, provider, time, monkeypatch):
    monkeypatch.setenv("OIDC_SECRET", SECRET)
    opened = []

    def make(claim="sub", policy=SUBJECT, secret="env:OIDC_SECRET"):
        folder = tmp_path / f"plant-{len(opened)}"
        create_plant(folder, enterprise="Test", policy_text=policy)
        with (folder / "chargehand.toml").open("a") as settings:
            settings.write(f'\n[oidc]\nissuer = "{provider.issuer}"\nclient_id = "chargehand"\n')
            settings.write(f'claim = "{claim}"\nclient_secret = "{secret}"\n')
        opened.append(Plant.open(folder))
        return opened[-1]

    yield make
    for plant in opened:
        plant.close()


@pytest.fixture
def plant(open_plant):
    return open_plant()


def sign_in(plant, provider, **changes):
    """Go to the provider and come back, with what it says changed on the way."""
    begun = plant.begin_sign_in(back="/stock")
    assert not isinstance(begun, Refusal), begun
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.address).query).items()}
    provider.nonce = asked["nonce"]
    fields = {"cookie": begun.cookie, "state": asked["state"], "code": "good"} | changes
    return plant.finish_sign_in(Returned(**fields))


def refused(answer):
    return isinstance(answer, Refusal) and answer.code == RefusalCode.SIGN_IN_FAILED


def test_a_true_word_signs_in(plant, provider):
    entered = sign_in(plant, provider)
    assert plant.session(entered.signed_in.key).person == "ben"
    assert entered.back == "/stock"
    assert plant.verify().holds


def test_the_code_is_redeemed_with_the_secret_and_the_verifier_of_the_challenge(plant, provider):
    begun = plant.begin_sign_in()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.address).query).items()}
    provider.nonce = asked["nonce"]
    plant.finish_sign_in(Returned(cookie=begun.cookie, state=asked["state"], code="good"))
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    assert create_s256_code_challenge(provider.form["code_verifier"]) == asked["code_challenge"]
    sent = base64.b64decode(provider.authorization.removeprefix("Basic ")).decode()
    assert sent == "chargehand:s3cret%2C%20with%3A%20odd%26signs"
    assert SECRET not in str(provider.form)


LATE = {"iat": -1000, "exp": -61}
CLAIMS = {
    "another audience": {"aud": "another"},
    "no audience": {"aud": None},
    "several audiences, for another": {"aud": ["chargehand", "another"], "azp": "another"},
    "several audiences, for nobody": {"aud": ["chargehand", "another"]},
    "for another, of our audience": {"azp": "another"},
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "no end": {"exp": None},
    "no beginning": {"iat": None},
    "no subject": {"sub": None},
    "a subject that is none": {"sub": ["plant-ben"]},
    "an end that is none": {"exp": "tomorrow"},
    "another access token": {"at_hash": "x" * 22},
}


@pytest.mark.parametrize("changes", CLAIMS.values(), ids=CLAIMS)
def test_a_token_that_says_something_else_is_refused(plant, provider, changes):
    provider.changes = changes
    assert refused(sign_in(plant, provider))
    provider.changes = {}
    assert not isinstance(sign_in(plant, provider), Refusal)


@pytest.mark.parametrize(("seconds", "holds"), [(-59, True), (-61, False)])
def test_clocks_may_differ_by_a_minute(plant, provider, time, seconds, holds):
    now = int(time().timestamp())
    provider.changes = {"exp": now + seconds, "iat": now - 300}
    assert refused(sign_in(plant, provider)) is not holds
    provider.changes = {"iat": now - seconds, "nbf": now - seconds}
    assert refused(sign_in(plant, provider)) is not holds


def test_a_token_that_is_signed_by_another_key_is_refused(plant, provider):
    provider.signing = RSAKey.generate_key(2048, {"kid": "one"})
    assert refused(sign_in(plant, provider))
    provider.header = {"kid": "unheard-of"}
    assert refused(sign_in(plant, provider))
    provider.header = {"kid": None}
    assert refused(sign_in(plant, provider))


def test_a_token_that_brings_its_own_key_is_refused(plant, provider):
    own = RSAKey.generate_key(2048, {"kid": "one"})
    provider.signing = own
    provider.header = {"jwk": own.as_dict(private=False)}
    assert refused(sign_in(plant, provider))
    provider.header = {"jku": f"{provider.issuer}/evil"}
    assert refused(sign_in(plant, provider))
    assert "/evil" not in provider.asked


def test_a_token_without_signature_is_refused(plant, provider):
    provider.whole_token = unsigned
    assert refused(sign_in(plant, provider))


def test_the_public_key_is_no_shared_secret(plant, provider):
    provider.whole_token = lambda claims: signed_with_public_key(provider, claims)
    assert refused(sign_in(plant, provider))
    shared = OctKey.import_key("k" * 32, {"kid": "one"})
    provider.listed = [shared.as_dict(), provider.keys[0].as_dict(private=False)]
    assert refused(sign_in(plant, provider))


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "x" * 20_000, "é.é.é", "..", "null"])
def test_what_is_no_token_is_refused(plant, provider, text):
    provider.whole_token = lambda _: text
    assert refused(sign_in(plant, provider))


def test_new_keys_are_looked_for_once_and_old_ones_no_longer_count(plant, provider, time):
    assert not isinstance(sign_in(plant, provider), Refusal)
    old = provider.keys[0]
    time.passes(minutes=1)
    provider.rotate("two")
    assert not isinstance(sign_in(plant, provider), Refusal)
    assert provider.asked["/keys"] == 2
    provider.signing, provider.header = old, {"kid": "one", "alg": "RS256"}
    for _ in range(5):
        assert refused(sign_in(plant, provider))
    assert provider.asked["/keys"] == 2, "a stranger's tokens do not make us ask again and again"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "made up"}, {"cookie": ""}, {"cookie": "x" * 43}, {"code": "bad"}, {"code": ""},
        {"error": "access_denied"}, {"issuer": "https://evil.example"}, {"state": "\ud800"},
    ],
)  # fmt: skip
def test_what_the_browser_brings_back_must_be_what_was_begun(plant, provider, changes):
    assert refused(sign_in(plant, provider, **changes))


def test_an_issuer_that_promises_to_say_who_it_is_must_say_it(plant, provider):
    provider.document = {"authorization_response_iss_parameter_supported": True}
    assert refused(sign_in(plant, provider))
    assert not isinstance(sign_in(plant, provider, issuer=provider.issuer), Refusal)


def test_a_sign_in_is_too_late_after_ten_minutes(plant, provider, time):
    begun = plant.begin_sign_in()
    state = parse_qs(urlsplit(begun.address).query)["state"][0]
    time.passes(minutes=11)
    assert refused(plant.finish_sign_in(Returned(cookie=begun.cookie, state=state, code="good")))


def test_an_address_is_proof_only_where_the_provider_verified_it(open_plant, provider):
    plant = open_plant("email", SUBJECT.replace("plant-ben", "Ben@Plant.example"))
    assert not isinstance(sign_in(plant, provider), Refusal)
    for unsure in (False, None, "true", 1):
        provider.changes = {"email_verified": unsure}
        assert isinstance(sign_in(plant, provider), Refusal)


def test_what_the_token_leaves_out_is_asked_for_of_the_same_person(open_plant, provider):
    plant = open_plant("preferred_username")
    provider.told = {"preferred_username": "plant-ben"}
    assert not isinstance(sign_in(plant, provider), Refusal)
    provider.told["sub"] = "another"
    assert refused(sign_in(plant, provider))


def test_a_locked_person_and_one_who_has_left_are_strangers(open_plant, provider):
    plant = open_plant()
    plant.lock_account("ben", because="phone lost", by="ada")
    assert sign_in(plant, provider).code == RefusalCode.UNKNOWN_PERSON


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"end_session_endpoint": "data:text/html,x"},
    ],
)
def test_a_provider_that_leads_elsewhere_is_not_asked(plant, provider, document):
    provider.document = document
    assert isinstance(plant.begin_sign_in(), Refusal)


def test_a_redirect_of_the_provider_is_not_followed(plant, provider):
    provider.moved_to = "http://127.0.0.1:9/"
    assert isinstance(plant.begin_sign_in(), Refusal)


def test_the_database_holds_nothing_to_end_a_sign_in_with(plant, provider):
    begun = plant.begin_sign_in()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.address).query).items()}
    with behind_the_back(plant.folder) as sql:
        row = dict(sql.execute("SELECT * FROM sign_in_flow").fetchone())
    assert not {asked["state"], asked["nonce"], begun.cookie} & set(row.values())
    assert row["verifier"] == asked["code_challenge"]


def test_a_disbelieved_token_is_journalled_and_a_made_up_answer_is_not(plant, provider):
    for _ in range(3):
        sign_in(plant, provider, code="bad")
    provider.changes = {"aud": "another"}
    for _ in range(3):
        sign_in(plant, provider)
    with plant.store.snapshot() as sql:
        rows = sql.execute("SELECT body FROM journal WHERE kind = 'sign_in_disbelieved'").fetchall()
    assert len(rows) == 1
    assert "aud" in rows[0]["body"] or "Claim" in rows[0]["body"]


def test_a_secret_that_is_not_there_is_told_without_it(open_plant, provider, monkeypatch):
    monkeypatch.delenv("OIDC_SECRET")
    answer = sign_in(open_plant(), provider)
    assert refused(answer)
    assert "env:OIDC_SECRET" in answer.because
