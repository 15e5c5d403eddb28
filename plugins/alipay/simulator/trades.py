"""Placing, opening, asking for and closing a trade: one out_trade_no per seller, born when a buyer opens it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core import now
from plugins.alipay.simulator import crypto
from plugins.alipay.simulator.checks import Asked
from plugins.alipay.simulator.notices import tell_trade
from plugins.alipay.simulator.refusal import Refusal, failed, invalid
from plugins.alipay.simulator.shapes import read_fen
from plugins.alipay.simulator.world import BEIJING, Trade, World, beijing, yuan

CODE_LIFE = timedelta(hours=2)
LIFE = {"precreate": timedelta(hours=3)}
LONGEST = timedelta(days=15)
DEAREST = 10_000_000_000
#: what makes another order of it
IDENTITY = ("total_amount", "subject", "seller_id")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
ZERO = {"buyer_pay_amount": "0.00", "invoice_amount": "0.00", "point_amount": "0.00", "receipt_amount": "0.00"}


def place(world: World, asked: Asked) -> Trade:
    """An order, or the same one again: nobody has opened it yet.

    :raises Refusal: its number has been used otherwise, or the time to pay is over.
    """
    amount = read_fen(asked.biz["total_amount"])
    if not 1 <= amount <= DEAREST:
        raise failed("TOTAL_FEE_EXCEED", "订单金额超过限额")
    _check_party(asked)
    trade = world.trades.get((asked.whose.seller_id, asked.biz["out_trade_no"]))
    if trade is not None:
        return _again(world, trade, asked)
    expires_at = _expiry(asked)
    if expires_at <= now():
        raise failed("NOW_TIME_AFTER_EXPIRE_TIME_ERROR", "当前时间晚于订单失效时间")
    trade = Trade(
        merchant=asked.merchant,
        whose=asked.whose,
        product=asked.verb,
        biz=asked.biz,
        amount=amount,
        notify_url=asked.params.get("notify_url", ""),
        return_url=asked.params.get("return_url", ""),
        created_at=now(),
        expires_at=expires_at,
        trade_no=world.next_trade_no(),
        token=crypto.word(24),
    )
    world.trades[trade.key] = trade
    world.by_token[trade.token] = trade
    return trade


def precreate(world: World, asked: Asked) -> dict[str, Any]:
    """A code to scan."""
    trade = place(world, asked)
    return {"out_trade_no": trade.number, "qr_code": f"https://qr.alipay.com/bax{trade.token}"}


def scan(trade: Trade) -> None:
    """A buyer opens it: from now on queries know it."""
    if not trade.opened:
        trade.opened, trade.opened_at = True, now()


def query(world: World, asked: Asked) -> dict[str, Any]:
    """What became of a trade."""
    trade = find(world, asked, ZERO)
    told: dict[str, Any] = {
        "trade_no": trade.trade_no,
        "out_trade_no": trade.number,
        "trade_status": trade.status,
        "total_amount": yuan(trade.amount),
        "buyer_logon_id": "sim***@example.com",
        "buyer_user_id": trade.buyer_id or "2088102000000001",
        **ZERO,
    }
    if trade.paid_at is not None:
        told["send_pay_date"] = beijing(trade.paid_at)
        told |= dict.fromkeys(
            ("buyer_pay_amount", "invoice_amount", "receipt_amount"), yuan(trade.amount - trade.coupon)
        )
        told["fund_bill_list"] = [{"amount": yuan(trade.amount - trade.coupon), "fund_channel": "ALIPAYACCOUNT"}]
    if trade.biz.get("store_id"):
        told["store_id"] = trade.biz["store_id"]
    return told


def close(world: World, asked: Asked) -> dict[str, Any]:
    """Nobody may pay this trade any more."""
    trade = find(world, asked)
    if trade.status != "WAIT_BUYER_PAY":
        raise failed("TRADE_STATUS_ERROR", "交易状态不合法")
    end(world, trade)
    return {"out_trade_no": trade.number, "trade_no": trade.trade_no}


def end(world: World, trade: Trade) -> None:
    """It is closed unpaid, and the merchant is told."""
    trade.status, trade.closed_at = "TRADE_CLOSED", now()
    tell_trade(world, trade)


def settle(world: World) -> None:
    """What time does by itself: trades expire, and the days end in which money may go back."""
    for trade in list(world.trades.values()):
        if trade.status == "WAIT_BUYER_PAY" and trade.expires_at <= now():
            if trade.opened:
                end(world, trade)
            else:
                trade.status = "TRADE_CLOSED"
        window = timedelta(days=world.switches.refund_days)
        if trade.status == "TRADE_SUCCESS" and trade.paid_at is not None and trade.paid_at + window <= now():
            trade.status = "TRADE_FINISHED"
            tell_trade(world, trade)


def find(world: World, asked: Asked, more: dict[str, str] | None = None) -> Trade:
    """The trade that is meant; the number of Alipay's wins.

    :raises Refusal: there is none that a buyer has opened, or it is another seller's.
    """
    seller, trade_no = asked.whose.seller_id, asked.biz.get("trade_no")
    if trade_no:
        mine = [one for (whose, _), one in world.trades.items() if whose == seller]
        trade = next((one for one in mine if one.trade_no == trade_no), None)
    else:
        trade = world.trades.get((seller, str(asked.biz.get("out_trade_no"))))
    if trade is None or not trade.opened:
        raise failed("TRADE_NOT_EXIST", "交易不存在", **(more or {}), out_trade_no=asked.biz.get("out_trade_no", ""))
    return trade


def _again(world: World, trade: Trade, asked: Asked) -> Trade:
    if trade.is_paid:
        raise failed("TRADE_HAS_SUCCESS", "交易已被支付")
    if trade.status == "TRADE_CLOSED":
        raise failed("TRADE_HAS_CLOSE", "交易已经关闭")
    if trade.product != asked.verb or any(trade.biz.get(name) != asked.biz.get(name) for name in IDENTITY):
        raise failed("CONTEXT_INCONSISTENT", "交易信息被篡改")
    return trade


def _check_party(asked: Asked) -> None:
    role, biz = asked.merchant.role, asked.biz
    if biz.get("seller_id", asked.whose.seller_id) != asked.whose.seller_id:
        raise failed("SELLER_NOT_EXIST", "卖家不存在")
    smid = biz.get("sub_merchant", {}).get("merchant_id")
    if role.smids and not smid:
        raise failed("SECONDARY_MERCHANT_ID_BLANK", "二级商户编号错误")
    if smid and smid not in role.smids:
        raise failed("SECONDARY_MERCHANT_ID_INVALID", "二级商户不存在")
    if role.mode == "isv" and not asked.whose.token:
        raise Refusal("40006", "isv.insufficient-isv-permissions", "ISV权限不足，请检查应用授权令牌")


def _expiry(asked: Asked) -> datetime:
    biz, begin = asked.biz, now()
    if "time_expire" in biz:
        wall = datetime.strptime(biz["time_expire"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        if wall - BEIJING > begin + LONGEST:
            raise invalid("time_expire", "is more than 15 days ahead")
        return wall - BEIJING
    express = biz.get("timeout_express")
    if express is None:
        return begin + LIFE.get(asked.verb, LONGEST)
    if express == "1c":
        midnight = (begin + BEIJING).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return midnight - BEIJING
    return begin + timedelta(**{_UNITS[express[-1]]: int(express[:-1])})
