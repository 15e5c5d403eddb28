"""What the plugin tells of, in words."""

from core import EventSpec

_FIELDS = {
    "card": "the last four digits of its number",
    "customer_id": "whose card it is, null while it is nobody's",
    "amount": "minor units that were on it",
    "expires_at": "when it expires, or did",
}

EVENTS = (
    EventSpec(
        "stored_value.card_expiring",
        "A gift card expires soon.",
        _FIELDS,
        ("buyer", "webhook"),
        {"en": "Your gift card {card} expires on {expires_at}.", "zh": "您的储值卡 {card} 将于 {expires_at} 到期。"},
    ),
    EventSpec("stored_value.card_expired", "A gift card has expired.", _FIELDS),
)
