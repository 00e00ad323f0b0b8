"""Everything that people do to govern a plant, as one part of it."""

from __future__ import annotations

from chargehand.plant.accounts import Accounts
from chargehand.plant.change_requests import ChangeRequests
from chargehand.plant.deciding_acts import DecidingActs
from chargehand.plant.drilling import Drills
from chargehand.plant.explorer import Explorer
from chargehand.plant.notices import Notices
from chargehand.plant.permitted import Permitted
from chargehand.plant.phases import Phases
from chargehand.plant.replaying_since import Replays
from chargehand.plant.reviews import Reviews
from chargehand.plant.trust import Trust
from chargehand.plant.whereabouts import Whereabouts


class Governed(
    ChangeRequests,
    Phases,
    DecidingActs,
    Reviews,
    Trust,
    Drills,
    Replays,
    Accounts,
    Notices,
    Permitted,
    Whereabouts,
    Explorer,
):
    """The acts and questions of governance."""
