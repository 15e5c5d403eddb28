"""The badge of an order: one colour and one word that say how it stands."""

from collections.abc import Mapping

from core.models import Order

#: green done, orange on its way, grey over; red: an open case, somebody must look
COLOURS: Mapping[str, str] = {
    "pending_payment": "orange",
    "paid": "orange",
    "awaiting_shipment": "orange",
    "shipped": "orange",
    "received": "orange",
    "completed": "green",
    "closed": "grey",
    "refunding": "orange",
    "refunded": "grey",
}

TEXTS: Mapping[str, Mapping[str, str]] = {
    "pending_payment": {"en": "Pending payment", "zh": "待付款"},
    "paid": {"en": "Paid", "zh": "已付款"},
    "awaiting_shipment": {"en": "Awaiting shipment", "zh": "待发货"},
    "shipped": {"en": "Shipped", "zh": "已发货"},
    "received": {"en": "Received", "zh": "已收货"},
    "completed": {"en": "Completed", "zh": "已完成"},
    "closed": {"en": "Closed", "zh": "已关闭"},
    "refunding": {"en": "Refunding", "zh": "退款中"},
    "refunded": {"en": "Refunded", "zh": "已退款"},
}


def badge(order: Order, language: str, *, flagged: bool) -> dict[str, str]:
    """The badge in *language* (``zh`` or ``en``).

    :param flagged: whether a case of it is open.
    """
    text = TEXTS[order.state]
    return {"colour": "red" if flagged else COLOURS[order.state], "text": text.get(language, text["en"])}
