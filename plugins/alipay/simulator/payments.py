"""The buyer's side: opens what he was given, pays, or pays after the shop has closed."""

from typing import Any
from urllib.parse import urlencode

from core import now
from plugins.alipay.simulator import crypto
from plugins.alipay.simulator.notices import tell_trade
from plugins.alipay.simulator.trades import CODE_LIFE, scan, settle
from plugins.alipay.simulator.world import Trade, World, beijing, yuan

BUYER = "2088102000000001"


class CannotPay(Exception):
    """Why the buyer's phone shows an error."""


def open_trade(world: World, trade: Trade) -> Trade:
    """The buyer scans the code, or signs in at the cashier.

    :raises CannotPay: it is closed, or the code is too old.
    """
    _check_open(world, trade, after_close=False)
    scan(trade)
    return trade


def pay(world: World, trade: Trade, *, coupon: int = 0, after_close: bool = False) -> Trade:
    """The buyer pays *trade*, and the merchant is told.

    :param coupon: fen that a coupon of the merchant's covers.
    :param after_close: he was already typing his password when the shop closed the trade.
    :raises CannotPay: he cannot.
    """
    _check_open(world, trade, after_close)
    if not 0 <= coupon < trade.amount:
        raise CannotPay(f"a coupon covers 0 to {trade.amount - 1} fen of this trade")
    scan(trade)
    trade.status, trade.paid_at, trade.closed_at = "TRADE_SUCCESS", now(), None
    trade.buyer_id, trade.coupon = BUYER, coupon
    tell_trade(world, trade)
    return trade


def return_address(trade: Trade) -> str:
    """Where the buyer's browser goes after paying, with the signed word of it; empty = nowhere."""
    if not trade.return_url:
        return ""
    told: dict[str, Any] = {
        "charset": "utf-8",
        "out_trade_no": trade.number,
        "method": f"alipay.trade.{trade.product}.pay.return",
        "total_amount": yuan(trade.amount),
        "trade_no": trade.trade_no,
        "auth_app_id": trade.whose.auth_app_id,
        "version": "1.0",
        "app_id": trade.merchant.app_id,
        "seller_id": trade.whose.seller_id,
        "timestamp": beijing(now()),
    }
    text = "&".join(f"{name}={told[name]}" for name in sorted(told))
    told |= {"sign": crypto.sign(trade.merchant.alipay_key, text.encode()), "sign_type": "RSA2"}
    return f"{trade.return_url}{'&' if '?' in trade.return_url else '?'}{urlencode(told)}"


def _check_open(world: World, trade: Trade, after_close: bool) -> None:
    settle(world)
    if trade.is_paid:
        raise CannotPay("the trade is paid")
    if trade.status == "TRADE_CLOSED" and not after_close:
        raise CannotPay("the trade is closed")
    if trade.product == "precreate" and not trade.opened and now() >= trade.created_at + CODE_LIFE:
        raise CannotPay("the code is too old: the shop must ask for a fresh one")
