"""Money back: one refund per out_request_no of a trade, repeated without harm; amounts in fen."""

from datetime import timedelta
from typing import Any

from core import now
from plugins.alipay.simulator.checks import Asked
from plugins.alipay.simulator.notices import tell_refund
from plugins.alipay.simulator.refusal import Refusal, failed
from plugins.alipay.simulator.shapes import read_fen
from plugins.alipay.simulator.trades import end, find
from plugins.alipay.simulator.world import Refund, Trade, World, beijing, yuan

CANCEL_WITHIN = timedelta(hours=24)
ZERO = {"refund_fee": "0.00", "send_back_fee": "0.00"}


def refund(world: World, asked: Asked) -> dict[str, Any]:
    """Give money back; the same number with the same amount is the same refund, and changes no funds again."""
    trade, amount = find(world, asked, ZERO), read_fen(asked.biz["refund_amount"])
    number = asked.biz.get("out_request_no")
    if number is None and amount != trade.amount:
        raise failed("REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额与订单金额不一致", **ZERO)
    number = number or trade.number
    known = next((one for one in trade.refunds if one.number == number), None)
    if known is not None:
        if known.amount != amount:
            raise failed("DISCORDANT_REPEAT_REQUEST", "不一致的请求", **ZERO)
        return _answer(trade, known, changed=False)
    _check_room(world, trade, amount)
    made = give_back(world, trade, number, amount, str(asked.biz.get("refund_reason", "")))
    return _answer(trade, made, changed=made.done_at is not None)


def query(world: World, asked: Asked) -> dict[str, Any]:
    """What became of a refund; one that is not there is answered with nothing, and with no error."""
    trade = find(world, asked)
    found = next((one for one in trade.refunds if one.number == asked.biz["out_request_no"]), None)
    if found is None:
        return {}
    told: dict[str, Any] = {
        "out_request_no": found.number,
        "out_trade_no": trade.number,
        "trade_no": trade.trade_no,
        "refund_amount": yuan(found.amount),
        "refund_status": "REFUND_SUCCESS" if found.done_at else "REFUND_PROCESSING",
        "total_amount": yuan(trade.amount),
    }
    if found.reason:
        told["refund_reason"] = found.reason
    if found.done_at and "gmt_refund_pay" in asked.biz.get("query_options", ()):
        told["gmt_refund_pay"] = beijing(found.done_at)
    return told


def cancel(world: World, asked: Asked) -> dict[str, Any]:
    """Close it, or give all of it back; what was never opened is left as it is."""
    try:
        trade = find(world, asked)
    except Refusal:
        return {"out_trade_no": asked.biz.get("out_trade_no", ""), "retry_flag": "N"}
    told = {"out_trade_no": trade.number, "trade_no": trade.trade_no, "retry_flag": "N"}
    if trade.status == "WAIT_BUYER_PAY":
        end(world, trade)
        return told | {"action": "close"}
    if trade.status == "TRADE_FINISHED":
        raise failed("TRADE_HAS_FINISHED", "交易已完结", retry_flag="N")
    if trade.paid_at is not None and now() > trade.paid_at + CANCEL_WITHIN:
        raise failed("TRADE_CANCEL_TIME_OUT", "超过撤销时间范围", retry_flag="N")
    if trade.status == "TRADE_SUCCESS" and trade.amount > trade.asked_back:
        give_back(world, trade, trade.number, trade.amount - trade.asked_back, "cancel")
        return told | {"action": "refund"}
    return told


def give_back(world: World, trade: Trade, number: str, amount: int, reason: str) -> Refund:
    """Begin a refund, whoever wants it; it changes funds at once unless the switch says otherwise."""
    made = Refund(trade, number, amount, reason, now())
    trade.refunds.append(made)
    seconds = world.switches.refund_seconds
    if seconds == 0:
        finish(world, made)
    elif seconds > 0:
        made.finish_at = now() + timedelta(seconds=seconds)
    return made


def finish(world: World, found: Refund) -> None:
    """The money is with the buyer, and the payment's notify_url is told."""
    if found.done_at is not None:
        return
    found.done_at, found.finish_at = now(), None
    trade = found.trade
    if trade.refunded == trade.amount:
        trade.status, trade.closed_at = "TRADE_CLOSED", now()
    tell_refund(world, found)


def settle(world: World) -> None:
    """Finish the refunds whose time has come."""
    for trade in world.trades.values():
        for one in trade.refunds:
            if one.finish_at is not None and one.finish_at <= now():
                finish(world, one)


def _check_room(world: World, trade: Trade, amount: int) -> None:
    if trade.status == "TRADE_FINISHED":
        raise failed("TRADE_HAS_FINISHED", "交易已完结", **ZERO)
    if trade.status == "TRADE_CLOSED":
        raise failed("TRADE_HAS_CLOSE", "交易已经关闭", **ZERO)
    if trade.status != "TRADE_SUCCESS":
        raise failed("TRADE_STATUS_ERROR", "交易状态不合法", **ZERO)
    if amount < 1 or trade.asked_back + amount > trade.amount:
        raise failed("REASON_TRADE_REFUND_FEE_ERR", "退款金额无效", **ZERO)
    spacing = world.switches.refund_spacing
    if spacing and trade.refunds and now() < trade.refunds[-1].asked_at + timedelta(seconds=spacing):
        raise failed("FREQUENCY_LIMITED", "同一笔交易退款间隔过短", **ZERO)
    if trade.merchant.name in world.switches.poor:
        raise failed("SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足", **ZERO)


def _answer(trade: Trade, found: Refund, changed: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "out_trade_no": trade.number,
        "trade_no": trade.trade_no,
        "buyer_logon_id": "sim***@example.com",
        "buyer_user_id": trade.buyer_id,
        "fund_change": "Y" if changed else "N",
        "refund_fee": yuan(trade.refunded),
        "send_back_fee": yuan(found.amount if found.done_at else 0),
    }
    return told | ({"gmt_refund_pay": beijing(found.done_at)} if found.done_at else {})
