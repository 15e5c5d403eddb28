"""The buyer's side, which only the control API plays: pays, fails to pay, pays after the shop has closed."""

from core import now
from plugins.wechatpay.simulator.notices import tell
from plugins.wechatpay.simulator.orders import deadline, find
from plugins.wechatpay.simulator.resources import payment_resource
from plugins.wechatpay.simulator.world import Order, World

BUYER = "oSIMbuyer"


class CannotPay(Exception):
    """Why the buyer's phone shows an error."""


def pay(
    world: World, order: Order, *, token: str = "", openid: str = "", coupon: int = 0, after_close: bool = False
) -> Order:
    """The buyer pays *order*, and the merchant is told.

    :param token: what he scanned or opened; an older one of the same order is dead.
    :param coupon: fen that a coupon of the merchant's covers.
    :param after_close: he was already typing his password when the shop closed the order.
    :raises CannotPay: he cannot.
    """
    find(world, order.merchant, order.number)  # closes it by itself after seven days
    _check_open(order, token, after_close)
    wanted = _wanted_openid(order)
    if wanted and openid and openid != wanted:
        raise CannotPay("order information is wrong: it was opened by another WeChat user")
    if not 0 <= coupon < order.total:
        raise CannotPay(f"a coupon covers 0 to {order.total - 1} fen of this order")
    order.trade_state, order.transaction_id = "SUCCESS", world.next_id("42")
    order.paid_at, order.coupon = now(), coupon
    order.openid = wanted or openid or BUYER
    world.by_transaction[order.transaction_id] = order
    tell(
        world,
        order.merchant,
        order.params["notify_url"],
        "TRANSACTION.SUCCESS",
        "transaction",
        "支付成功",
        payment_resource(order),
        order.number,
    )
    return order


def fail(order: Order) -> Order:
    """The buyer's card is refused: nobody is told, and he may try again.

    :raises CannotPay: it is not open.
    """
    _check_open(order, "", False)
    order.failed = True
    return order


def _check_open(order: Order, token: str, after_close: bool) -> None:
    if order.is_paid:
        raise CannotPay("the order is paid")
    if order.trade_state == "CLOSED":
        if not after_close:
            raise CannotPay("the order is closed")
        return
    until = deadline(order)
    if until is not None and now() > until:
        raise CannotPay("time_expire has passed")
    if order.token_until is not None and now() >= order.token_until:
        raise CannotPay("the token is too old: the shop must ask for a fresh one")
    if token and token != order.token:
        raise CannotPay("a fresh token was given since: this one is dead")


def _wanted_openid(order: Order) -> str:
    given: dict[str, str] = order.params.get("payer", {})
    return next(iter(given.values()), "")
