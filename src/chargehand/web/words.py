"""How the console says amounts, times and states: pure functions, used as template filters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity

CURRENCY_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
UNITS = {
    "H87": "pcs",
    "SET": "sets",
    "PR": "pairs",
    "KGM": "kg",
    "GRM": "g",
    "MTR": "m",
    "LTR": "l",
    "HUR": "h",
}
PHASES = {"observe": "Observe", "assist": "Assist", "automate": "Automate"}
"""The policy's own words, so that a person finds them in its text."""
STATES = {
    "waiting": "Needs approval",
    "observed": "Observed, not carried out",
    "cleared": "Cleared",
    "sent": "Sent, not confirmed yet",
    "confirmed": "Confirmed",
    "rejected": "Rejected",
    "superseded": "Replaced by a newer proposal",
    "expired": "Expired",
    "failed": "Failed, a person has to look",
    "declined": "Declined by the floor",
    "all": "All states",
}
RANKS = {"HIGH": 1, "MEDIUM": 2, "LOW": 3}
FIELDS = {
    "from_location": "Take from",
    "to_location": "Bring to",
    "need_by": "Needed by",
    "order_up_to": "Order up to",
}
SHORT_NAMES = {"mro": "MRO", "oee": "OEE", "ai": "AI"}
NO_BREAK = "\xa0"
ROUNDED_FROM = 100
SUM_IN_TEXT = re.compile(rf"\b({'|'.join(CURRENCY_SIGNS)}) (?=[−-]?\d)")
FRESH_FOR = timedelta(minutes=5)
QUIET_FOR = timedelta(hours=24)
SOON = timedelta(hours=1)


def money(sum_: Money) -> str:
    r"""Write a sum to the cent.

    >>> money(Money.of("1234.5"))
    '€\xa01,234.50'
    """
    sign = "−" if sum_.amount < 0 else ""
    return f"{sign}{_currency(sum_)}{NO_BREAK}{abs(sum_.amount):,.2f}"


def money_about(sum_: Money) -> str:
    r"""Write an estimate: cents would claim an accuracy that it does not have.

    >>> money_about(Money.of("14200.37")), money_about(Money.of("-0.5"))
    ('€\xa014,200', '−€\xa00.50')
    """
    if abs(sum_.amount) < ROUNDED_FROM:
        return money(sum_)
    sign = "−" if sum_.amount < 0 else ""
    return f"{sign}{_currency(sum_)}{NO_BREAK}{abs(sum_.amount):,.0f}"


def _currency(sum_: Money) -> str:
    return CURRENCY_SIGNS.get(sum_.currency, sum_.currency)


def said(text: str) -> str:
    r"""Write the sums in a sentence as the rest of the page does.

    >>> said("It saves EUR 3,771.34 a year, and EUR stays EUR")
    'It saves €\xa03,771.34 a year, and EUR stays EUR'
    """
    return SUM_IN_TEXT.sub(lambda found: CURRENCY_SIGNS[found[1]] + NO_BREAK, text)


def amount(value: Decimal | float) -> str:
    """Write a number without needless zeros.

    >>> amount(Decimal("42.000")), amount(Decimal("1200")), amount(Decimal("0.250"))
    ('42', '1,200', '0.25')
    """
    text = f"{Decimal(str(value)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unit(code: str) -> str:
    """Write a unit code as people do; an unknown one stays as it is.

    >>> unit("H87"), unit("MTQ")
    ('pcs', 'MTQ')
    """
    return UNITS.get(code, code)


def quantity(value: Quantity) -> str:
    """Write a quantity with its unit.

    >>> quantity(Quantity.parse("42 H87"))
    '42 pcs'
    """
    return f"{amount(value.amount)} {unit(value.unit)}"


def percent(fraction: float) -> str:
    """Write a fraction in percent, never rounded up to certainty.

    >>> percent(0.724), percent(0.999)
    ('72 %', '99 %')
    """
    whole = round(fraction * 100)
    return f"{99 if whole == 100 and fraction < 1 else whole} %"  # noqa: PLR2004 - percent


def percent_down(fraction: float) -> str:
    """Write a lower bound in percent: rounded down, for it must not promise more.

    >>> percent_down(0.9487), percent_down(1.0)
    ('94 %', '100 %')
    """
    return f"{int(fraction * 100 + 1e-9)} %"


def seconds(length: float) -> str:
    """Write a length of time given in seconds.

    >>> seconds(4.0), seconds(7200)
    ('4 s', '2 h')
    """
    return span(timedelta(seconds=length))


def span(length: timedelta) -> str:
    """Write a length of time in its largest fitting unit.

    >>> span(timedelta(minutes=18)), span(timedelta(hours=50))
    ('18 min', '2 d')
    """
    seconds = int(abs(length).total_seconds())
    for size, name, least in ((86400, "d", 2), (3600, "h", 2), (60, "min", 1)):
        if seconds >= size * least:
            return f"{seconds // size} {name}"
    return f"{seconds} s"


def due(moment: datetime, now: datetime) -> str:
    """How long until a moment, or how long it is past.

    >>> now = datetime(2026, 1, 5, tzinfo=UTC)
    >>> due(now + timedelta(hours=2), now), due(now - timedelta(minutes=3), now)
    ('2 h', '3 min late')
    """
    return span(moment - now) + (" late" if moment < now else "")


def urgency(moment: datetime, now: datetime) -> str:
    """``late``, ``soon`` (within the hour) or ``calm``."""
    if moment < now:
        return "late"
    return "soon" if moment - now <= SOON else "calm"


def freshness(last_signal_at: datetime | None, now: datetime) -> tuple[str, str]:
    """State (``live``, ``quiet``, ``stale`` or ``none``) and words for the chip in the head.

    >>> now = datetime(2026, 1, 5, tzinfo=UTC)
    >>> freshness(now - timedelta(days=3), now)
    ('stale', 'No signal for 3 d')
    """
    if last_signal_at is None:
        return "none", "No signal yet"
    age = now - last_signal_at
    if age <= FRESH_FOR:
        return "live", "Live"
    if age <= QUIET_FOR:
        return "quiet", f"Last signal {span(age)} ago"
    return "stale", f"No signal for {span(age)}"


def day(moment: datetime) -> str:
    """Write a moment to the minute, in UTC; the page's script turns it into local time."""
    return f"{moment.astimezone(UTC):%d %b %Y %H:%M} UTC"


def clock(moment: datetime) -> str:
    """Write a moment to the second, in UTC."""
    return f"{moment.astimezone(UTC):%d %b %H:%M:%S} UTC"


def adds(label: str, headline: str) -> bool:
    """Whether a label says anything that the headline does not.

    >>> adds("6205@A-01", "Count 6205 at A-01"), adds("6205 Bearing", "Buy 4 of 6205")
    (False, True)
    """
    parts = re.split(r"[@\s]+", label)
    return label not in headline and not all(part in headline for part in parts)


def state(code: str) -> str:
    """Say the state of a proposal in words."""
    return STATES.get(code, code)


def phase(code: str) -> str:
    """Say a rollout phase in words."""
    return PHASES.get(code, code)


def phases(by_decision: Mapping[str, str]) -> str:
    """Say in a few words which phases are on.

    >>> phases({"a": "assist", "b": "assist"}), phases({"a": "assist", "b": "observe"})
    ('Assist', '1 Observe, 1 Assist')
    """
    held = list(by_decision.values())
    counts = {code: held.count(code) for code in PHASES if code in held}
    if len(counts) == 1:
        return phase(next(iter(counts)))
    return ", ".join(f"{count} {phase(code)}" for code, count in counts.items()) or "No policy"


def rank(priority: str) -> int:
    """1, 2 or 3: the number in the priority's shape."""
    return RANKS.get(priority, 3)


def spoken(name: str) -> str:
    """Turn a code into words.

    >>> spoken("mro_replenishment"), spoken("need_by")
    ('MRO replenishment', 'Needed by')
    """
    if name in FIELDS:
        return FIELDS[name]
    parts = [SHORT_NAMES.get(part, part) for part in re.split(r"[\s_-]+", name.strip())]
    plain = " ".join(parts)
    return plain[:1].upper() + plain[1:]


def sentence(text: str) -> str:
    """Begin a reason with a capital letter and end it with a point; names in code stay as they are.

    >>> sentence("it waits"), sentence("mro_replenishment is observed only.")
    ('It waits.', 'mro_replenishment is observed only.')
    """
    first = text.partition(" ")[0]
    start = text[:1].upper() if first.isalpha() else text[:1]
    return start + text[1:] + ("" if text.endswith((".", "!", "?", ":")) or not text else ".")


def shortened(text: str, length: int = 12) -> str:
    """Cut a hash to what people compare; the whole stands in the entry."""
    return text if len(text) <= length else f"{text[:length]}…"


def pretty(body: Mapping[str, Any]) -> str:
    """Lay out a JSON body for reading."""
    return json.dumps(body, indent=2, ensure_ascii=False, default=str)
