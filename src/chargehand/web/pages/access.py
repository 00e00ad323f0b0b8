"""Access: people and what their roles may do, accounts and sessions, keys, and why or why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.governance.access import Act
from chargehand.governance.policy import parse_policy
from chargehand.governance.terms import Policy
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.work import TransactionType
from chargehand.web import words
from chargehand.web.forms import Filled, FilledForm
from chargehand.web.pages.decision import STATUS_BY_CODE, UNPROCESSABLE
from chargehand.web.render import Notice, go, page
from chargehand.web.session import Fields, Seen, Visit, root_of
from chargehand.web.titles import titled

if TYPE_CHECKING:
    from chargehand.governance.authority import Person

HERE = "/access"
VIEWS = [(HERE, "People and roles", 0), ("/access/keys", "Keys", 0),
         ("/access/explain", "Why, or why not", 0)]  # fmt: skip
DAYS_DEFAULT = 90
OVERLAP_DEFAULT = 24
HOURS_DIGITS_MAX = 4
DECIDING = ("approve", "reject", "change")

router = APIRouter(include_in_schema=False)


@router.get("/access")
def people(seen: Seen) -> Response:
    """Show people with their roles, ways in and sessions, and what roles may do."""
    return _people(seen)


@router.post("/access/{act}/{person}")
def account(request: Request, seen: Seen, fields: Fields, act: str, person: str) -> Response:
    """Do something about somebody's account; the plant asks who may."""
    by, plant = str(seen.person.person), seen.plant
    acts: Mapping[str, Callable[[], object]] = {
        "link": lambda: plant.account_link(person, by=by),
        "lock": lambda: plant.lock_account(person, because=fields.get("because", ""), by=by),
        "unlock": lambda: plant.unlock_account(person, by=by),
        "sign-out": lambda: plant.close_sessions(person, by=by),
        "pin": lambda: plant.set_pin(person, fields.get("pin", ""), by=by),
        "badge": lambda: plant.give_badge(person, fields.get("badge", ""), by=by),
    }
    said = {
        "lock": f"{person} is locked out.",
        "unlock": f"{person} may sign in again.",
        "sign-out": f"Every session of {person} is ended.",
        "pin": f"{person} has another PIN.",
        "badge": f"{person} has a badge.",
    }
    if act not in acts:
        return _people(seen, Notice(kind="problem", text=f"There is no act {act[:20]}."), 404)
    done = acts[act]()
    if isinstance(done, Refusal):
        told = Notice(kind="problem", text=f"Nothing was done. {words.sentence(done.because)}")
        return _people(seen, told, STATUS_BY_CODE.get(done.code, UNPROCESSABLE))
    if act == "link":
        # Shown on this very answer and kept nowhere: it opens the plant once, for ten minutes.
        base = str(request.base_url).rstrip("/").removesuffix(root_of(request))
        link = f"{base}{root_of(request)}/login?token={done}"
        return _people(seen, secret=("One-time link", link, f"for {person}, good for ten minutes"))
    return go(seen, HERE, Notice(text=said[act]))


@router.get("/access/keys")
def keys(seen: Seen) -> Response:
    """List keys that hold, and what each is limited to."""
    return _keys(seen)


@router.post("/access/keys")
def make_key(seen: Seen, form: FilledForm) -> Response:
    """Make a key; it is shown once."""
    days = form.one("days").strip() or str(DAYS_DEFAULT)
    if not days.isascii() or not days.isdecimal() or len(days) > HOURS_DIGITS_MAX:
        told = Notice(kind="problem", text=f"{days!r} is no number of days.")
        return _keys(seen, told, UNPROCESSABLE, typed=form)
    made = seen.plant.make_key(
        form.one("person"), by=str(seen.person.person), label=form.one("label").strip(),
        days=int(days), acts=form.all("acts"), sites=form.all("sites"),
    )  # fmt: skip
    if isinstance(made, Refusal):
        return _refused(seen, made, form)
    note = f"for {made.person}, until {words.day(made.expires_at)}"
    return _keys(seen, secret=("New key", made.key, note))


@router.post("/access/keys/{prefix}/{act}")
def change_key(seen: Seen, fields: Fields, prefix: str, act: str) -> Response:
    """Put another key in a key's place, or end it."""
    by = str(seen.person.person)
    if act == "rotate":
        hours = fields.get("hours", "")
        known = hours.isascii() and hours.isdecimal() and len(hours) <= HOURS_DIGITS_MAX
        overlap = timedelta(hours=int(hours) if known else OVERLAP_DEFAULT)
        made = seen.plant.rotate_key(prefix, by=by, overlap=overlap)
        if isinstance(made, Refusal):
            return _refused(seen, made)
        ends = (
            f"; {prefix} ends {words.day(made.replaced_ends_at)}" if made.replaced_ends_at else ""
        )
        note = f"in the place of {prefix}, until {words.day(made.expires_at)}{ends}"
        return _keys(seen, secret=("New key", made.key, note))
    done = seen.plant.end_key(prefix, by=by)
    if isinstance(done, Refusal):
        return _refused(seen, done)
    return go(seen, "/access/keys", Notice(text=f"{prefix} is ended: it opens nothing any more."))


@router.post("/access/sessions/end/{prefix}")
def end_session(seen: Seen, fields: Fields, prefix: str) -> Response:  # noqa: ARG001 - checks the form
    """End one session."""
    done = seen.plant.close_session(prefix, by=str(seen.person.person))
    if isinstance(done, Refusal):
        told = Notice(kind="problem", text=words.sentence(done.because))
        return _people(seen, told, STATUS_BY_CODE.get(done.code, UNPROCESSABLE))
    return go(seen, HERE, Notice(text="That session is ended."))


@router.get("/access/explain")
def explain(request: Request, seen: Seen) -> Response:
    """Say why somebody may do something, or not: every grant and clause that was looked at."""
    asked = {name: value.strip() for name, value in request.query_params.items()}
    answer = _explained(seen, asked) if asked.get("who") and asked.get("what") else None
    told = None
    if isinstance(answer, Refusal):
        told, answer = Notice(kind="problem", text=words.sentence(answer.because)), None
    policy = _policy(seen)
    return page(
        seen,
        "screens/access_explain.html",
        here=HERE,
        at="/access/explain",
        views=VIEWS,
        notice=told,
        asked=asked,
        answer=answer,
        people=policy.people if policy else (),
        acts=[act.value for act in Act],
        deciding=DECIDING,
        decisions=[(name, titled(name)) for name, _, _ in seen.plant.decisions()],
        transactions=[str(one) for one in TransactionType],
    )


def _explained(seen: Visit, asked: Mapping[str, str]) -> object:
    names = ("decision", "transaction", "site", "zone", "value")
    chosen = {name: asked.get(name) or None for name in names}
    what = asked.get("proposal") or asked["what"]
    return seen.plant.explain(asked["who"], what, **chosen)  # type: ignore[arg-type]


def _policy(seen: Visit) -> Policy | None:
    policy = parse_policy(seen.plant.policy_text()[1], held=True)
    return policy if isinstance(policy, Policy) else None


def _people(
    seen: Visit,
    notice: Notice | None = None,
    status: int = 200,
    *,
    secret: tuple[str, str, str] | None = None,
) -> Response:
    me, policy = str(seen.person.person), _policy(seen)
    accounts = seen.plant.accounts(by=me)
    sessions = seen.plant.sessions(by=me)
    if isinstance(sessions, Refusal):
        sessions = seen.plant.sessions(by=me, person=me)
    return page(
        seen,
        "screens/access.html",
        here=HERE,
        at=HERE,
        views=VIEWS,
        status=status,
        notice=notice,
        secret=secret,
        policy=policy,
        accounts={} if isinstance(accounts, Refusal) else {one.person: one for one in accounts},
        may=not isinstance(accounts, Refusal),
        why_not=accounts.because if isinstance(accounts, Refusal) else "",
        sessions=() if isinstance(sessions, Refusal) else sessions,
        ways=seen.plant.ways(),
        roles=[_role(policy, role) for role in policy.roles] if policy else (),
        acts=[act.value for act in Act],
    )


def _role(policy: Policy, role: str) -> tuple[str, tuple[Person, ...], dict[str, tuple[str, str]]]:
    """A role, who has it, and for each act the sites and the clause that give it."""
    given: dict[str, tuple[str, str]] = {}
    for rule in policy.access:
        if rule.role == role:
            sites = "everywhere" if "*" in rule.sites else ", ".join(sorted(rule.sites))
            for act in rule.acts:
                before = f"{given[act][0]}, " if act in given else ""
                given[act] = (before + sites, rule.clause)
    if role in policy.administrators:
        for act in (Act.ADMINISTER, Act.PROPOSE_POLICY, Act.READ, Act.AUDIT):
            given.setdefault(act.value, ("everywhere", "administration.policy"))
    return role, tuple(one for one in policy.people if role in one.roles), given


def _keys(
    seen: Visit,
    notice: Notice | None = None,
    status: int = 200,
    *,
    secret: tuple[str, str, str] | None = None,
    typed: Filled | None = None,
) -> Response:
    me, policy, overview = str(seen.person.person), _policy(seen), seen.plant.overview()
    held = seen.plant.keys(by=me)
    own = isinstance(held, Refusal)
    if isinstance(held, Refusal):
        held = seen.plant.keys(by=me, person=me)
    people = policy.people if policy else ()
    return page(
        seen,
        "screens/access_keys.html",
        here=HERE,
        at="/access/keys",
        views=VIEWS,
        status=status,
        notice=notice,
        overview=overview,
        secret=secret,
        rows=() if isinstance(held, Refusal) else held,
        own=own,
        holders=[one for one in people if one.active and (not own or one.person == me)],
        acts=[act.value for act in Act],
        typed=typed or Filled(()),
        days=DAYS_DEFAULT,
        overlap=OVERLAP_DEFAULT,
    )


def _refused(seen: Visit, refusal: Refusal, form: Filled | None = None) -> Response:
    told = Notice(kind="problem", text=f"Nothing was done. {words.sentence(refusal.because)}")
    status = STATUS_BY_CODE.get(refusal.code, UNPROCESSABLE)
    return _keys(seen, told, status, typed=form)
