"""What a list shows, kept in the address, so that a link shows a colleague the same list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chargehand.plant.reading import Page
from chargehand.web.render import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import Overview, ProposalRow

LIMIT = 100
WHOSE = {"": "Everybody's", "mine": "I may approve", "queue": "My queue"}
STATE_CHOICES = (
    "waiting",
    "sent",
    "confirmed",
    "observed",
    "cleared",
    "rejected",
    "superseded",
    "expired",
    "failed",
    "declined",
    "all",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxFilter:
    """Which proposals the inbox lists."""

    state: str = "waiting"
    decision: str = ""
    site: str = ""
    zone: str = ""
    whose: str = ""
    """``mine``: what the person may approve; ``queue``: what waits in their queue; else all."""
    after: str = ""
    unknown: str = ""
    """A state that was asked for and that there is not: then nothing is listed."""

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> InboxFilter:
        """Read the filter from an address or a form."""
        state = fields.get("state") or "waiting"
        is_known = state in STATE_CHOICES
        return cls(
            state=state if is_known else "waiting",
            unknown="" if is_known else state[:40],
            decision=fields.get("decision", ""),
            site=fields.get("site", ""),
            zone=fields.get("zone", ""),
            whose=fields["whose"] if fields.get("whose") in WHOSE else "",
            after=fields.get("after", ""),
        )

    @property
    def query(self) -> str:
        """The query part of an address that shows this list."""
        return query(**self.fields)

    @property
    def fields(self) -> dict[str, str]:
        """The fields that differ from the plain inbox, for hidden inputs."""
        chosen = {
            "state": self.unknown or ("" if self.state == "waiting" else self.state),
            "decision": self.decision,
            "site": self.site,
            "zone": self.zone,
            "whose": self.whose,
            "after": self.after,
        }
        return {name: value for name, value in chosen.items() if value}

    @property
    def is_plain(self) -> bool:
        """Whether nothing is filtered out."""
        return not replace(self, after="").fields

    def starting_after(self, cursor: str) -> InboxFilter:
        """The window behind a cursor."""
        return replace(self, after=cursor)

    def rows(self, plant: Plant, person: str) -> Page[ProposalRow]:
        """Read one window of the inbox, as it is for a person."""
        if self.unknown:
            return Page(rows=())
        return plant.inbox(
            state=self.state,
            decision=self.decision or None,
            site=self.site or None,
            zone=self.zone or None,
            after=self.after or None,
            limit=LIMIT,
            may_approve=person if self.whose == "mine" else None,
            queue_of=person if self.whose == "queue" else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option of a filter."""

    value: str
    name: str
    chosen: bool


def choices(values: Iterable[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    """Make options; a chosen value that is not among them stays choosable."""
    listed = list(values)
    if chosen and chosen not in {value for value, _ in listed}:
        listed.append((chosen, chosen))
    return tuple(Choice(value=v, name=name, chosen=v == chosen) for v, name in listed)


def site_choices(overview: Overview, chosen: str) -> tuple[Choice, ...]:
    """Options for the site; none where there is only one."""
    if len(overview.sites) < 2 and not chosen:  # noqa: PLR2004 - nothing to choose
        return ()
    return choices([("", "All sites"), *((site, site) for site in overview.sites)], chosen)
