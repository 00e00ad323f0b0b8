"""Accounts of people: passwords, badges, links, locks, and sessions that end."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from chargehand.plant import sign_in_secrets
from chargehand.plant.people import HANDHELD
from chargehand.runtime import clock
from chargehand.settings import FILE
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.behind import behind_the_back

PASSWORD, OTHER = "the blue crane lifts", "a red barge waits below"
START = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.moment = START

    def __call__(self):
        return self.moment

    def passes(self, **span):
        self.moment += timedelta(**span)


@pytest.fixture
def time(monkeypatch):
    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Argon2 at its least: what it costs is the library's own business."""
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(sign_in_secrets, "_hasher", lambda: quick)
    sign_in_secrets._nobodys.cache_clear()


@pytest.fixture
def plant(time, make_plant, monkeypatch):
    monkeypatch.setenv("BADGE_PEPPER", "p" * 40)
    monkeypatch.setenv("CHARGEHAND__IDENTITY__BADGE_PEPPER", "env:BADGE_PEPPER")
    return make_plant()


def bearer_of(plant, who):
    return plant.visitor(plant.redeem(plant.account_link(who, by=who)))


def with_password(plant, who="ben", password=PASSWORD):
    assert plant.set_password(bearer_of(plant, who), password) is None


def entries(plant, kind):
    with plant.store.snapshot() as sql:
        rows = sql.execute(
            "SELECT key, actor, body FROM journal WHERE kind = ? ORDER BY number", (kind,)
        ).fetchall()
    return [(row["key"], row["actor"], json.loads(row["body"])) for row in rows]


def codes(*answers):
    return [answer.code if isinstance(answer, Refusal) else answer for answer in answers]


# passwords


def test_nobody_has_a_password_until_they_set_one_by_a_link(plant):
    assert (
        codes(plant.sign_in("ben", ""), plant.sign_in("ben", "admin"))
        == [RefusalCode.SIGN_IN_FAILED] * 2
    )
    with_password(plant)
    signed_in = plant.sign_in("ben", PASSWORD, address="10.0.0.1")
    assert plant.session(signed_in.key).person == "ben"
    assert plant.who(signed_in.key) is None, "a session is no API key"
    assert plant.verify().holds


def test_the_first_password_needs_a_link_just_redeemed(plant, time):
    late = bearer_of(plant, "ben")
    time.passes(minutes=16)
    assert plant.set_password(late, PASSWORD).code == RefusalCode.SIGN_IN_FAILED
    assert isinstance(plant.sign_in("ben", PASSWORD), Refusal)


def test_a_change_needs_the_present_password_and_ends_other_sessions(plant):
    with_password(plant)
    here = plant.sign_in("ben", PASSWORD)
    there = plant.sign_in("ben", PASSWORD)
    link = plant.account_link("ben", by="ada")
    bearer = plant.visitor(here.key)
    wrong = plant.set_password(bearer, OTHER, current="not this one at all")
    assert wrong.code == RefusalCode.SIGN_IN_FAILED
    assert plant.session(there.key)
    assert plant.set_password(bearer, OTHER, current=PASSWORD) is None
    assert plant.session(here.key)
    assert plant.session(there.key) is None
    assert plant.redeem(link) is None
    assert isinstance(plant.sign_in("ben", PASSWORD), Refusal)
    assert plant.session(plant.sign_in("ben", OTHER).key)


@pytest.mark.parametrize(
    "password",
    [
        "short", "password1234", "Passwort!2026!", "123456789012", "abcabcabcabc", "aaaaaaaaaaaaa",
        "qwertyuiop12", "chargehand2026", "ben ben ben ben", "x" * 201, "blue crane\0lifts",
    ],
)  # fmt: skip
def test_passwords_that_others_try_first_are_refused(plant, password):
    refusal = plant.set_password(bearer_of(plant, "ben"), password)
    assert refusal.code == RefusalCode.TOO_GUESSABLE


def test_the_keyboard_that_typed_it_does_not_matter(plant):
    with_password(plant, password="das blaue Café am Fluss".replace("é", "e\u0301"))
    assert plant.session(plant.sign_in("ben", "das blaue Café am Fluss").key)


@pytest.mark.parametrize("who", ["", "nobody", "x" * 5000, "ben\0", "BEN", "%", "\ud800"])
def test_the_answer_is_the_same_whether_or_not_anybody_has_the_id(plant, who):
    with_password(plant)
    known, stranger = plant.sign_in("ben", OTHER), plant.sign_in(who, PASSWORD)
    assert stranger == known


def test_as_much_work_is_done_for_an_id_that_nobody_has(plant, monkeypatch):
    with_password(plant)
    looked = []
    fits = sign_in_secrets.fits

    def counted(known, secret):
        looked.append(known is None)
        return fits(known, secret)

    monkeypatch.setattr("chargehand.plant.sign_in_local.fits", counted)
    plant.sign_in("ben", OTHER)
    plant.sign_in("nobody", OTHER)
    assert looked == [False, True]


def test_passwords_are_off_beside_a_provider_unless_the_settings_say_otherwise(
    make_plant, time, monkeypatch
):
    monkeypatch.setenv("CHARGEHAND__OIDC__ISSUER", "https://id.example")
    monkeypatch.setenv("CHARGEHAND__OIDC__CLIENT_ID", "plant")
    closed = make_plant(name="closed")
    assert not closed.ways().password
    assert closed.sign_in("ben", PASSWORD).code == RefusalCode.SIGN_IN_OFF
    assert closed.set_password(bearer_of(closed, "ben"), PASSWORD).code == RefusalCode.SIGN_IN_OFF
    monkeypatch.setenv("CHARGEHAND__IDENTITY__LOCAL", "true")
    both = make_plant(name="both")
    with_password(both)
    assert both.session(both.sign_in("ben", PASSWORD).key)


# tries


def test_five_wrong_passwords_lock_an_id_longer_each_time(plant, time):
    with_password(plant)
    for _ in range(4):
        assert plant.sign_in("ben", OTHER).code == RefusalCode.SIGN_IN_FAILED
    assert plant.sign_in("ben", OTHER).code == RefusalCode.SIGN_IN_FAILED
    locked = plant.sign_in("ben", PASSWORD)
    assert (locked.code, locked.transient) == (RefusalCode.SIGN_IN_LOCKED, True)
    time.passes(minutes=15, seconds=1)
    for _ in range(5):
        assert plant.sign_in("ben", OTHER).code == RefusalCode.SIGN_IN_FAILED
    time.passes(minutes=20)
    assert plant.sign_in("ben", PASSWORD).code == RefusalCode.SIGN_IN_LOCKED
    time.passes(minutes=11)
    assert plant.session(plant.sign_in("ben", PASSWORD).key)
    assert [fact["failures"] for _, _, fact in entries(plant, "sign_in_locked")] == [5, 10]
    assert plant.verify().holds


def test_failures_that_led_to_no_lock_are_forgotten(plant, time):
    with_password(plant)
    for _ in range(3):
        for _ in range(4):
            plant.sign_in("ben", OTHER)
        time.passes(minutes=16)
    assert plant.session(plant.sign_in("ben", PASSWORD).key)
    assert not entries(plant, "sign_in_locked")


def test_twenty_failures_lock_an_address_for_everybody_there(plant):
    with_password(plant)
    for number in range(20):
        plant.sign_in(f"guess-{number}", OTHER, address="10.9.9.9")
    assert plant.sign_in("ben", PASSWORD, address="10.9.9.9").code == RefusalCode.SIGN_IN_LOCKED
    assert plant.session(plant.sign_in("ben", PASSWORD, address="10.0.0.1").key)


def test_a_right_password_pays_no_failures_of_others_at_the_address_back(plant):
    """Somebody with an account of their own does not get more tries at other people's."""
    with_password(plant)
    for number in range(19):
        plant.sign_in(f"guess-{number}", OTHER, address="10.9.9.9")
        plant.sign_in("ben", PASSWORD, address="10.9.9.9")
    plant.sign_in("guess", OTHER, address="10.9.9.9")
    assert plant.sign_in("ben", PASSWORD, address="10.9.9.9").code == RefusalCode.SIGN_IN_LOCKED


def test_an_id_that_nobody_has_is_locked_as_well_and_not_written_down(plant):
    for _ in range(5):
        plant.sign_in("my secret, in the wrong field", OTHER)
    assert plant.sign_in("my secret, in the wrong field", OTHER).code == RefusalCode.SIGN_IN_LOCKED
    with behind_the_back(plant.folder) as sql:
        rows = sql.execute("SELECT * FROM sign_in_failure").fetchall()
        told = sql.execute("SELECT * FROM journal").fetchall()
    assert "wrong field" not in repr([list(row) for row in (*rows, *told)])


@pytest.mark.engines("sqlite", "postgres")
def test_tries_at_the_same_time_are_counted_each(plant):
    with_password(plant)
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(plant.sign_in("ben", OTHER)))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = codes(*answers)
    assert found.count(RefusalCode.SIGN_IN_FAILED) == 5
    assert found.count(RefusalCode.SIGN_IN_LOCKED) == 7
    assert len(entries(plant, "sign_in_locked")) == 1
    assert plant.verify().holds


def test_an_administrator_unlocks_and_others_do_not(plant):
    with_password(plant)
    for _ in range(5):
        plant.sign_in("ben", OTHER)
    rows = {row.person: row for row in plant.accounts(by="ada")}
    assert rows["ben"].locked_until == START + timedelta(minutes=15)
    assert plant.unlock_account("ben", by="cleo").code == RefusalCode.NOT_AUTHORIZED
    assert plant.unlock_account("ben", by="ada") is True
    assert plant.unlock_account("ben", by="ada") is False
    assert plant.session(plant.sign_in("ben", PASSWORD).key)


# locks by an administrator


@pytest.mark.engines("sqlite", "postgres")
def test_a_locked_account_gets_in_by_no_way(plant):
    with_password(plant)
    key = plant.issue_key("ben", label="script")
    link = plant.account_link("ben", by="ben")
    session = plant.sign_in("ben", PASSWORD)
    assert plant.lock_account("ben", because="phone lost", by="ada") is None
    assert plant.session(session.key) is None
    assert plant.bearer(key) is None
    assert plant.redeem(link) is None
    assert plant.sign_in("ben", PASSWORD).code == RefusalCode.SIGN_IN_FAILED
    assert plant.account_link("ben", by="ben").code == RefusalCode.NOT_AUTHORIZED
    assert plant.make_key("ben", by="ben", label="x").code == RefusalCode.NOT_AUTHORIZED
    assert plant.unlock_account("ben", by="ada") is True
    assert plant.bearer(key).person.person == "ben"
    assert plant.session(session.key) is None, "sessions stay ended"
    assert plant.verify().holds


def test_only_administrators_lock_and_never_themselves(plant):
    refused = codes(
        plant.lock_account("ada", because="a joke", by="ben"),
        plant.lock_account("ada", because="a joke", by="ada"),
        plant.lock_account("nobody", because="a joke", by="ada"),
        plant.accounts(by="ben"),
    )
    assert refused == [
        RefusalCode.NOT_AUTHORIZED, RefusalCode.CHANGE_INVALID, RefusalCode.UNKNOWN_PERSON,
        RefusalCode.NOT_AUTHORIZED,
    ]  # fmt: skip


def test_a_lock_struck_out_of_no_table_holds(plant):
    """The journal alone says who is locked: there is no row to edit."""
    key = plant.issue_key("ben", label="script")
    plant.lock_account("ben", because="phone lost", by="ada")
    with behind_the_back(plant.folder) as sql:
        sql.execute("DELETE FROM sign_in_failure")
        sql.execute("UPDATE credential SET ended_at = NULL")
    assert plant.bearer(key) is None


# badges


def with_badge(plant, who="cleo", number="0123456789", pin="480213"):
    assert plant.give_badge(who, number, by="ada") is None
    assert plant.set_pin(who, pin, by="ada") is None
    return plant.sign_in_by_badge(number, pin, address="10.0.0.7")


def test_a_badge_and_its_pin_open_a_session_to_see_and_report_for_eight_hours(plant, time):
    signed_in = with_badge(plant)
    bearer = plant.bearer(signed_in.key)
    assert (bearer.person.person, bearer.kind) == ("cleo", HANDHELD)
    assert bearer.scope.acts == {"read", "report"}
    assert plant.session(signed_in.key) is None, "it is no session of the whole console"
    assert signed_in.expires_at == START + timedelta(hours=8)
    for _ in range(8):
        time.passes(minutes=59)
        assert plant.bearer(signed_in.key)
    time.passes(minutes=8)
    assert plant.bearer(signed_in.key) is None


def test_a_badge_without_its_pin_opens_nothing_and_is_locked(plant):
    with_badge(plant)
    assert plant.sign_in_by_badge("0123456789", "").code == RefusalCode.SIGN_IN_FAILED
    for _ in range(4):
        assert plant.sign_in_by_badge("0123456789", "111222").code == RefusalCode.SIGN_IN_FAILED
    assert plant.sign_in_by_badge("0123456789", "480213").code == RefusalCode.SIGN_IN_LOCKED
    assert plant.unlock_account("cleo", by="ada") is True
    assert plant.bearer(plant.sign_in_by_badge("0123456789", "480213").key)


def test_a_badge_is_one_persons_and_a_new_one_ends_the_old(plant):
    with_badge(plant)
    taken = plant.give_badge("ben", "0123456789", by="ada")
    assert taken.code == RefusalCode.CHANGE_INVALID
    assert plant.give_badge("cleo", "9876543210", by="ada") is None
    assert isinstance(plant.sign_in_by_badge("0123456789", "480213"), Refusal)
    assert plant.bearer(plant.sign_in_by_badge("9876543210", "480213").key)
    assert plant.drop_secret("cleo", "badge_number", by="ada") == 3, "and two sessions"
    assert isinstance(plant.sign_in_by_badge("9876543210", "480213"), Refusal)


@pytest.mark.parametrize("pin", ["", "12345", "123456", "654321", "777777", "121212", "48021a"])
def test_pins_that_others_try_first_are_refused(plant, pin):
    assert plant.set_pin("cleo", pin, by="ada").code == RefusalCode.TOO_GUESSABLE


def test_without_a_pepper_nobody_has_a_badge(make_plant, time):
    plant = make_plant()
    assert plant.give_badge("cleo", "0123456789", by="ada").code == RefusalCode.SIGN_IN_OFF
    assert plant.sign_in_by_badge("0123456789", "480213").code == RefusalCode.SIGN_IN_OFF


def test_a_badge_number_cannot_be_found_by_trying_all(plant, make_plant, monkeypatch):
    """What is kept of it under another pepper is something else."""
    with_badge(plant)
    monkeypatch.setenv("BADGE_PEPPER", "q" * 40)
    assert isinstance(plant.sign_in_by_badge("0123456789", "480213"), Refusal)


# sessions


def test_a_session_ends_when_nobody_acts_and_a_page_left_open_is_nobody(plant, time):
    with_password(plant)
    key = plant.sign_in("ben", PASSWORD).key
    for _ in range(3):
        time.passes(minutes=50)
        assert plant.visitor(key)
    for _ in range(5):
        time.passes(minutes=11)
        assert plant.visitor(key, acting=False)
    time.passes(minutes=11)
    assert plant.visitor(key, acting=False) is None
    assert plant.visitor(key) is None


def test_a_session_ends_after_twelve_hours_whatever_is_done(plant, time):
    with_password(plant)
    key = plant.sign_in("ben", PASSWORD).key
    for _ in range(24):
        assert plant.visitor(key)
        time.passes(minutes=30)
    assert plant.visitor(key) is None


def test_the_settings_say_how_long_sessions_live(make_plant, time, monkeypatch):
    monkeypatch.setenv("CHARGEHAND__IDENTITY__SESSION_HOURS", "1")
    monkeypatch.setenv("CHARGEHAND__IDENTITY__IDLE_MINUTES", "5")
    plant = make_plant()
    key = plant.redeem(plant.login_token("ben"))
    time.passes(minutes=6)
    assert plant.session(key) is None
    assert plant.settings.identity.session_hours == 1


def test_everybody_ends_their_own_sessions_and_an_administrator_any(plant):
    mine, theirs = (plant.redeem(plant.login_token(who)) for who in ("ben", "cleo"))
    listed = plant.sessions(by="ben", person="ben")
    assert [(row.person, row.label) for row in listed] == [("ben", "link")]
    assert mine.split("_", 2)[2] not in repr(listed)
    assert plant.sessions(by="ben").code == RefusalCode.NOT_AUTHORIZED
    prefix = theirs.split("_")[1]
    assert plant.close_session(prefix, by="ben").code == RefusalCode.NOT_AUTHORIZED
    assert plant.close_session(prefix, by="ada").person == "cleo"
    assert plant.session(theirs) is None
    assert plant.close_sessions("ben", by="ben") == 1
    assert plant.session(mine) is None


def test_who_made_a_link_is_in_the_journal(plant):
    plant.account_link("ben", by="ada")
    made = [(actor, fact["person"]) for _, actor, fact in entries(plant, "credential")]
    assert made == [("ada", "ben")]
    assert plant.account_link("ben", by="cleo").code == RefusalCode.NOT_AUTHORIZED
    assert plant.account_link("gone", by="ada").code == RefusalCode.UNKNOWN_PERSON


# edits of the database


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE credential SET person = 'ada' WHERE kind = 'session'",
        "UPDATE credential SET hash = (SELECT max(hash) FROM credential WHERE kind = 'key')",
        "UPDATE credential SET kind = 'session' WHERE kind = 'login'",
        "UPDATE credential SET kind = 'badge_number' WHERE kind = 'session'",
    ],
)
def test_an_edited_row_opens_nothing(plant, edit):
    key, token = plant.issue_key("ben", label="x"), plant.login_token("ben")
    session = plant.redeem(plant.login_token("ben"))
    with behind_the_back(plant.folder) as sql:
        sql.execute(edit)
    for secret in (session, key.replace("chk", "chs", 1), token.replace("chl", "chs", 1)):
        found = plant.visitor(secret)
        assert found is None or (found.person.person, secret) == ("ben", session)
    assert not plant.verify().holds


def test_a_password_written_into_the_table_is_none(plant):
    with_password(plant)
    known = sign_in_secrets.hashed(OTHER)
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE credential SET hash = ? WHERE kind = 'password'", (known,))
        sql.execute(
            "INSERT INTO credential (prefix, kind, hash, person, label, created_at, expires_at)"
            " SELECT 'aaaa', kind, hash, 'ada', label, created_at, expires_at FROM credential"
            " WHERE kind = 'password'"
        )
    assert isinstance(plant.sign_in("ben", OTHER), Refusal)
    assert isinstance(plant.sign_in("ada", OTHER), Refusal)


def test_an_ended_session_and_a_wider_scope_cannot_be_written_back(plant):
    session = plant.redeem(plant.login_token("ben"))
    limited = plant.make_key("ben", by="ben", label="x", acts=["read"]).key
    plant.end_session(session)
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE credential SET ended_at = NULL, scope = '', expires_at = '2999-01-01'")
    assert plant.session(session) is None
    found = plant.bearer(limited)
    assert found is None or found.scope.acts == {"read"}


def test_settings_name_secrets_and_never_hold_them(tmp_path):
    from chargehand.settings import SettingsFault, load

    text = '[identity]\nbadge_pepper = "hunter2"\n[oidc]\nissuer = "http://id.example"\n'
    (tmp_path / FILE).write_text(text + 'client_id = "x"\nclient_secret = "hunter2"\n')
    with pytest.raises(SettingsFault) as caught:
        load(tmp_path)
    assert str(caught.value).count("a secret is named, not written") == 2
    assert "it should begin with https://" in str(caught.value)
    assert "hunter2" not in str(caught.value)
