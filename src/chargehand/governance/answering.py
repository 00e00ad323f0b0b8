"""Who may answer a weekly exception review."""

from __future__ import annotations

from chargehand.governance.access import Act, may
from chargehand.governance.authority import Person
from chargehand.governance.terms import Policy
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def may_answer(
    person: Person | None, site: str, roles: frozenset[str], policy: Policy
) -> Refusal | None:
    """Refuse unless somebody may answer the review of a site.

    They need the act ``review`` there and one of the roles that its rule names.
    """
    if person is None or not person.active or person.service:
        because = "only people who are active here answer a review"
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
    given = may(person, Act.REVIEW, site, policy)
    if not given.passed:
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=given.text)
    if not roles & set(person.roles):
        named = ", ".join(sorted(roles)) or "nobody"
        because = f"{person.person} holds none of the roles that review {site}: {named}"
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
    return None
