"""What the plugin tells of, in words."""

from core import EventSpec

_NUMBER = {"number": "the order"}
_STORE = {**_NUMBER, "store": "the code of the store"}
_UNTIL = {**_NUMBER, "until": "when the code expires, null = never"}

EVENTS = (
    EventSpec(
        "pickup.ready",
        "The code to fetch an order with was issued.",
        {**_STORE, "until": _UNTIL["until"]},
        ("buyer", "webhook"),
        {"en": "Order {number}: your pickup code is ready.", "zh": "订单 {number} 的提货码已生成。"},
    ),
    EventSpec(
        "pickup.changed",
        "The buyer fetches it at another store or in another slot.",
        {**_STORE, "slot": "when the slot begins, null = at any time"},
        ("merchant", "webhook"),
        {
            "en": "Order {number} is fetched elsewhere or at another time.",
            "zh": "订单 {number} 的自提门店或时段已更改。",
        },
    ),
    EventSpec(
        "pickup.prepared",
        "The store has laid the goods ready.",
        _STORE,
        ("buyer", "webhook"),
        {"en": "Order {number} is ready to be fetched.", "zh": "订单 {number} 已备货完成，可到店自提。"},
    ),
    EventSpec(
        "pickup.expiring",
        "A code expires soon.",
        _UNTIL,
        ("buyer", "webhook"),
        {"en": "Order {number} must be fetched by {until}.", "zh": "订单 {number} 请在 {until} 前提货。"},
    ),
    EventSpec(
        "pickup.expired",
        "A code has expired before everything was fetched.",
        _UNTIL,
        ("buyer", "merchant", "webhook"),
        {"en": "Order {number} was not fetched in time.", "zh": "订单 {number} 逾期未提货。"},
    ),
    EventSpec(
        "pickup.redeemed",
        "Units were handed over.",
        {
            **_STORE,
            "quantity": "how many units",
            "amount": "what was paid for them, minor units",
            "left": "units still to be fetched",
            "by": "who handed them over",
        },
        ("buyer", "merchant", "webhook"),
        {
            "en": "Order {number}: {quantity} fetched at {store}.",
            "zh": "订单 {number} 已在 {store} 提货 {quantity} 件。",
        },
    ),
)
