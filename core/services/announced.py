"""The catalogue of what core announces: the events behind the inbox, webhooks and plugins."""

from collections.abc import Mapping

from core.contracts.checkout import EventSpec

#: what the data of an order's event means
FIELDS: Mapping[str, str] = {
    "number": "the order's number",
    "move": "the move taken",
    "state": "the node it is in now",
}
EVERYBODY = ("merchant", "buyer", "webhook")
BUYER = ("buyer",)

#: name, meaning, who reads it in an inbox, English, Chinese
TOLD = (
    ("placed", "An order was placed.", EVERYBODY, "Order {number} was placed.", "订单 {number} 已提交。"),
    ("paid", "The whole payable has arrived.", EVERYBODY, "Order {number} is paid.", "订单 {number} 已付款。"),
    ("shipped", "The last goods were sent.", EVERYBODY, "Order {number} was sent.", "订单 {number} 已发货。"),
    ("closed", "It was closed unpaid.", EVERYBODY, "Order {number} was closed.", "订单 {number} 已关闭。"),
    ("reprice", "Changed by hand.", EVERYBODY, "The price of order {number} changed.", "订单 {number} 已改价。"),
    ("refunding", "All goes back.", EVERYBODY, "Order {number} is being refunded.", "订单 {number} 退款中。"),
    ("refunded", "All went back.", EVERYBODY, "Order {number} was refunded.", "订单 {number} 已退款。"),
    ("remind", "The buyer is reminded.", BUYER, "Order {number} waits for you.", "订单 {number} 等待您处理。"),
    (
        "late_payment",
        "Money came when the order was over; it goes back.",
        EVERYBODY,
        "A payment came too late for order {number}; it goes back.",
        "订单 {number} 的付款已过期，款项将原路退回。",
    ),
    (
        "duplicate_payment",
        "It was paid twice; the second money goes back.",
        EVERYBODY,
        "Order {number} was paid twice; the second payment goes back.",
        "订单 {number} 重复付款，多付款项将原路退回。",
    ),
    (
        "payment_failed",
        "An attempt failed.",
        BUYER,
        "A payment of order {number} failed; try again.",
        "订单 {number} 支付失败，请重试。",
    ),
)

#: what nobody finds in an inbox: for webhooks and plugins only
QUIET: Mapping[str, str] = {
    "pay": "The buyer starts a payment.",
    "pay_part": "An instalment has arrived.",
    "confirm_offline": "Staff saw money on the merchant's own account.",
    "edit_receiver": "The receiver was corrected.",
    "hold": "Staff keep the order back.",
    "free": "Staff's hold is gone.",
    "awaiting_shipment": "Nothing holds it back: the warehouse may start.",
    "ship": "A parcel was sent, more will follow.",
    "hand_over": "Goods were handed over, more will follow.",
    "fix_tracking": "A parcel's number was mended.",
    "receive_shipment": "One shipment of several is there.",
    "extend": "There is more time to receive.",
    "received": "All of it is there.",
    "completed": "It is over; nothing more will happen by itself.",
    "refund": "A part of it is being given back.",
    "withdraw_refund": "The refund of a part was taken back.",
    "refund_failed": "The channel could not give the money back yet.",
    "resumed": "The refund ended and the order goes on where it was.",
    "hide": "The buyer does not want to see it any more.",
}

#: what the data of a parcel's event means
PARCEL: Mapping[str, str] = {
    "number": "the order's number",
    "parcel_id": "the parcel",
    "carrier": "the courier company's code",
    "tracking_no": "its number there",
}
TROUBLE = {"status": "how far it is", "reason": "why", "reason_en": "why, in English", "reason_zh": "why, in Chinese"}

EVENTS = (
    EventSpec(
        "parcel.delivered",
        "A parcel was signed for, as its courier says.",
        {**PARCEL, "at": "when"},
        EVERYBODY,
        {
            "en": "Parcel {tracking_no} of order {number} was delivered.",
            "zh": "订单 {number} 的包裹 {tracking_no} 已签收。",
        },
    ),
    EventSpec(
        "parcel.exception",
        "Something is wrong with a parcel on its way.",
        {**PARCEL, **TROUBLE},
        EVERYBODY,
        {
            "en": "Parcel {tracking_no} of order {number}: {reason_en}.",
            "zh": "订单 {number} 的包裹 {tracking_no}：{reason_zh}。",
        },
    ),
    *(EventSpec(f"order.{name}", meaning, FIELDS, who, {"en": en, "zh": zh}) for name, meaning, who, en, zh in TOLD),
    *(EventSpec(f"order.{name}", meaning, FIELDS) for name, meaning in QUIET.items()),
    EventSpec("case.opened", "Something needs a human.", {"case_id": "the case", "kind": "its kind"}),
)
