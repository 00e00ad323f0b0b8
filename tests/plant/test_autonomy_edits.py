"""No value of a breaker, demotion or notice can be edited without the audit seeing it."""

from __future__ import annotations

import pytest

from chargehand.governance.phase import Phase
from chargehand.plant.phases import demote_by, end_demotion
from tests.behind import behind_the_back
from tests.plant.test_breakers import (
    REJECTIONS,
    automated,
    closed,
    confirm_all,
    refill,
    rejected,
    with_breaker,
)
from tests.plant.test_every_edit import unseen

__all__ = ["automated"]


@pytest.fixture
def lived(automated):
    """A plant whose breaker opened, was on trial and closed, opened again and is half open."""
    with_breaker(automated, *REJECTIONS, "trial_count = 1")
    rejected(automated, 3, 2, 1)
    closed(automated)
    refill(automated)
    confirm_all(automated)
    automated.work()
    rejected(automated, 7, 6, 5)
    closed(automated)
    automated.stop_automation(by="cleo", reason="forklift in the aisle")
    for site in ("*", "S1"):
        automated.demote("cycle_count", site, "*", to="assist", by="ada", reason="wrong picks")
    automated.store.write(_overdue_and_done)
    automated.notice_seen(automated.notices(person="ada")[0].number, by="ada")
    assert automated.verify().holds
    return automated


def _overdue_and_done(docket):
    number = demote_by(
        docket, decision="*", site="S1", zone="*", to=Phase.ASSIST, cause="review_overdue",
        because="overdue", who="chargehand",
    )  # fmt: skip
    assert end_demotion(docket, number, who="ben", because="done")


@pytest.mark.engines("sqlite", "postgres")
def test_every_value_is_held_against_the_journal(lived):
    states = {one.state for one in lived.overview().breakers}
    assert states == {"half_open", "open"}
    with behind_the_back(lived.folder, checks=True) as sql:
        found = set()
        for table in ("breaker", "demotion", "notice"):
            found |= unseen(lived, sql, table)
    assert not found
    assert lived.verify().holds
