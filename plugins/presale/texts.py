"""What presale tells of, in words."""

from core import EventSpec
from plugins.presale.terms import MOVE_ENDS, MOVE_OPENS, MOVE_SHIP

_BUYER = ("buyer", "webhook")
_ALL = ("merchant", "buyer", "webhook")
_NUMBER = {"number": "the order's number"}
_FINAL = {**_NUMBER, "amount": "what is still to be paid, with its currency", "until": "when the window ends, in UTC"}
_MOVE = {**_NUMBER, "move": "the move taken", "state": "the node it is in now"}

EVENTS = (
    EventSpec(
        "presale.final_opened",
        "The final of an order can be paid now.",
        _FINAL,
        _BUYER,
        {
            "en": "Pay {amount} for order {number} until {until}.",
            "zh": "订单 {number} 可付尾款 {amount}，截止 {until}。",
        },
    ),
    EventSpec(
        "presale.final_ending",
        "The final window ends soon.",
        _FINAL,
        _BUYER,
        {
            "en": "Order {number}: pay {amount} until {until}, or it is cancelled.",
            "zh": "订单 {number} 尾款 {amount} 将于 {until} 截止，逾期订单取消。",
        },
    ),
    EventSpec(
        "presale.final_missed",
        "The final was not paid in time; the order is cancelled.",
        {**_NUMBER, "kept": "what is kept of the deposit, with its currency"},
        _ALL,
        {
            "en": "The final of order {number} was missed; {kept} of the deposit is kept.",
            "zh": "订单 {number} 错过支付尾款已取消，定金不退 {kept}。",
        },
    ),
    EventSpec(
        "presale.compensated",
        "The merchant could not supply, and paid something on top of the deposit.",
        {**_NUMBER, "amount": "what was paid, with its currency", "tender": "where it was paid into"},
        _ALL,
        {"en": "{amount} was paid to you for order {number}.", "zh": "订单 {number} 已赔付 {amount}。"},
    ),
    EventSpec(f"order.{MOVE_OPENS}", "The final window of an order has opened.", _MOVE),
    EventSpec(f"order.{MOVE_ENDS}", "The final window of an order ends soon.", _MOVE),
    EventSpec(f"order.{MOVE_SHIP}", "The day has come when an order may be sent.", _MOVE),
)
