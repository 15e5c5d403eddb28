"""What is said where the merchant wrote nothing: a table of events, and the catalogue's own lines for all others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core import event_catalog

#: event -> audience -> the ways by which it is told as long as the merchant does not say otherwise
TOLD: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "order.placed": {"buyer": ("email",)},
    "order.paid": {"buyer": ("email",), "merchant": ("email",)},
    "order.awaiting_shipment": {"warehouse": ("email",)},
    "order.shipped": {"buyer": ("email", "sms")},
    "order.closed": {"buyer": ("email",)},
    "order.reprice": {"buyer": ("email",)},
    "order.remind": {"buyer": ("email", "sms")},
    "order.refunding": {"buyer": ("email",)},
    "order.refunded": {"buyer": ("email", "sms")},
    "order.payment_failed": {"buyer": ("email",)},
    "order.late_payment": {"buyer": ("email",), "merchant": ("email",)},
    "order.duplicate_payment": {"buyer": ("email",), "merchant": ("email",)},
    "parcel.delivered": {"buyer": ("email",)},
    "parcel.exception": {"buyer": ("email",), "customer_service": ("email",)},
    "case.opened": {"customer_service": ("email",)},
}

#: (event, audience) -> language -> subject and body; what is not here says the catalogue's line
TEXTS: Final[Mapping[tuple[str, str], Mapping[str, tuple[str, str]]]] = {
    ("order.placed", "buyer"): {
        "zh": (
            "订单 {number} 已提交",
            "{customer}，您好：\n\n您的订单 {number} 已提交。\n{goods}\n应付 {total}。\n\n{shop}",
        ),
        "en": (
            "Your order {number}",
            "Hello {customer},\n\nwe have your order {number}.\n{goods}\nTo pay: {total}.\n\n{shop}",
        ),
    },
    ("order.paid", "buyer"): {
        "zh": ("订单 {number} 已付款", "{customer}，您好：\n\n已收到订单 {number} 的付款 {paid}。\n{goods}\n\n{shop}"),
        "en": (
            "Your payment for {number}",
            "Hello {customer},\n\n{paid} has arrived for order {number}.\n{goods}\n\n{shop}",
        ),
    },
    ("order.shipped", "buyer"): {
        "zh": ("订单 {number} 已发货", "{customer}，您好：\n\n您的订单 {number} 已发货。\n{parcels}\n\n{shop}"),
        "en": (
            "Your order {number} is on its way",
            "Hello {customer},\n\nyour order {number} was sent.\n{parcels}\n\n{shop}",
        ),
    },
    ("order.refunded", "buyer"): {
        "zh": ("订单 {number} 已退款", "{customer}，您好：\n\n订单 {number} 已退款 {refunded}。\n\n{shop}"),
        "en": ("Your refund for {number}", "Hello {customer},\n\n{refunded} of order {number} went back.\n\n{shop}"),
    },
    ("order.paid", "merchant"): {
        "zh": ("新订单 {number}", "订单 {number} 已付款 {paid}。\n{goods}"),
        "en": ("New order {number}", "Order {number} is paid: {paid}.\n{goods}"),
    },
    ("order.awaiting_shipment", "warehouse"): {
        "zh": ("待发货：{number}", "订单 {number} 待发货。\n{goods}"),
        "en": ("To send: {number}", "Order {number} is to be sent.\n{goods}"),
    },
    ("case.opened", "customer_service"): {
        "zh": ("有事项待处理：{kind}", "有事项需要人工处理：{kind}。\n请在后台查看：{case_id}"),
        "en": ("To look at: {kind}", "Something needs a human: {kind}.\nIt is case {case_id}."),
    },
}


@dataclass(frozen=True)
class Text:
    """What is said, with its placeholders."""

    subject: str
    body: str


def is_told(event: str, audience: str, channel: str) -> bool:
    """Whether *event* is told where the merchant said nothing about it."""
    return channel in TOLD.get(event, {}).get(audience, ())


def text(event: str, audience: str, channel: str, language: str) -> Text | None:
    """What is said where the merchant wrote nothing; None = there is nothing in this language.

    A text message is the catalogue's one line; WeChat has templates of its own, so there is none.
    """
    if channel == "wechat_template":
        return None
    written = TEXTS.get((event, audience), {}).get(language)
    if written is not None and channel == "email":
        return Text(*written)
    spec = event_catalog().get(event)
    line = spec.texts.get(language) if spec else None
    if line is None and written is not None:
        return Text(*written)
    return Text(line, line) if line is not None else None
