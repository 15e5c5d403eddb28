"""The words that the whole plugin shares, and how long from now."""

from datetime import datetime, timedelta

from core import now

#: the plugin, its tender, and the source of what it posts
NAME = "stored_value"
#: the way into checkout that sells cards
ENTRY = "stored_value_card"

#: what customers have on their cards, free to spend
CARDS = f"tender:{NAME}"
#: what the shop gave away
MARKETING = "marketing"
#: what expired
EXPIRED = "expired_cards"
#: what staff put right
ADJUSTED = "adjusted_cards"


def days_from_now(days: int) -> datetime:
    """So many days from now."""
    return now() + timedelta(days=days)
