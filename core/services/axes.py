"""The three axes beside an order's node, derived from its rows; whoever changes those rows says so here."""

from core.models import Order


def money_changed(order: Order) -> None:
    """An instalment was paid."""
    order.payment_axis = payment(order)


def goods_changed(order: Order) -> None:
    """Units were sent, received, or given back unsent."""
    order.fulfilment_axis = fulfilment(order)


def refunds_changed(order: Order) -> None:
    """A refund was asked for, withdrawn or done."""
    order.refund_axis = refund(order)
    goods_changed(order)


def payment(order: Order) -> str:
    """``none``, ``part`` or ``paid``: how much of the payable has arrived."""
    if all(instalment.settled_at for instalment in order.instalments):
        return "paid"
    return "part" if order.paid else "none"


def fulfilment(order: Order) -> str:
    """``none``, ``part``, ``shipped`` or ``received``: how far the goods are."""
    goods = order.goods_lines
    if not any(line.shipped for line in goods):
        return "none"
    if any(line.left_to_ship for line in goods):
        return "part"
    return "received" if all(line.received == line.shipped for line in goods) else "shipped"


def refund(order: Order) -> str:
    """``none``, ``applying``, ``part`` or ``all``: how much has gone back, or is asked back."""
    if order.goods_lines and all(line.given_back for line in order.goods_lines):
        return "all"
    if any(refund.status == "open" for refund in order.own_refunds):
        return "applying"
    return "part" if any(line.refunded or line.refunded_amount for line in order.lines) else "none"
