"""The reckoning after a crash: what WeChat Pay says against what we have booked, order by order."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select

from core.db import all_of, db, reading
from core.models import Event, Order, Payment
from core.services.orders import with_all
from tests.actors import Merchant
from tests.crash.rush import PRICE, Bought
from tests.plugins.wechatpay.simulators import Wechat

#: where an order may stand when all is done: the money is here, it is not, or it went back
ENDS = {"awaiting_shipment", "closed", "refunded"}


def differences(merchant: Merchant, wechat: Wechat, bought: list[Bought]) -> list[str]:
    """Every sentence that should not be true."""
    with merchant.inside(), reading():
        query = select(Order).where(Order.merchant_id == merchant.id).options(*with_all())
        orders = {order.number: order for order in db.session().scalars(query)}
        found = list(_of_all(orders, wechat, bought))
        known = {one["out_trade_no"]: one for one in wechat.orders()}
        back: Counter[str] = Counter()
        for refund in wechat.refunds():
            back[refund["out_trade_no"]] += refund["amount"]["refund"]
        for order in orders.values():
            found += [f"order {order.number}: {said}" for said in _of_order(order)]
            for payment in order.payments:
                said = _of_payment(order, payment, known.get(payment.out_trade_no), back[payment.out_trade_no])
                found += [f"order {order.number}, payment {payment.out_trade_no}: {one}" for one in said]
        return found


def _of_all(orders: dict[str, Order], wechat: Wechat, bought: list[Bought]) -> Iterator[str]:
    if len(orders) != len(bought) or set(orders) != {one.number for one in bought}:
        yield f"{len(orders)} orders are here, {len(bought)} were placed"
    ours = {payment.out_trade_no for order in orders.values() for payment in order.payments}
    yield from (
        f"WeChat Pay knows {one['out_trade_no']}, we do not"
        for one in wechat.orders()
        if one["out_trade_no"] not in ours
    )
    yield from (
        f"refund {one['out_refund_no']} is {one['status']}" for one in wechat.refunds() if one["status"] != "SUCCESS"
    )
    paid = {one["out_trade_no"] for one in wechat.orders() if one["trade_state"] in ("SUCCESS", "REFUND")}
    if paid != {number for one in bought for number in one.taken}:
        yield "WeChat Pay and the buyers do not agree who paid"


def _of_order(order: Order) -> Iterator[str]:
    if order.state not in ENDS:
        yield f"it stays {order.state}"
    whole = [row for row in order.payments if row.state == "settled" and not row.surplus]
    if len(whole) != (order.state != "closed"):
        yield f"it is {order.state} and was paid {len(whole)} times"
    if order.paid != PRICE * len(whole):
        yield f"{order.paid} were paid"
    told = Counter(row.name for row in all_of(Event, order.merchant_id, Event.about_id == order.id))
    if told["order.placed"] != 1 or told["order.paid"] != len(whole):
        yield f"its buyer was told {dict(told)}"


def _of_payment(order: Order, payment: Payment, there: dict[str, object] | None, back: int) -> Iterator[str]:
    money = there is not None and there["trade_state"] in ("SUCCESS", "REFUND")
    if money != (payment.state == "settled"):
        yield f"it is {payment.state} here and {there and there['trade_state']} there"
    if payment.state in ("created", "open", "unsure", "closing"):
        yield f"it stays {payment.state}"
    if back != payment.refunded or payment.refund_pending:
        yield f"{back} went back there, {payment.refunded} here, {payment.refund_pending} on the way"
    if money and order.state in ("closed", "refunded") and back != payment.settled_amount:
        yield f"its order is {order.state}, and {back} of {payment.settled_amount} went back"
