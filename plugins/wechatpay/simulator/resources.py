"""Orders and refunds as WeChat Pay tells them, in answers and in notices; amounts in fen."""

from typing import Any

from core import now
from plugins.wechatpay.simulator.world import Order, Refund, beijing

TRADE_TYPE = {"jsapi": "JSAPI", "app": "APP", "native": "NATIVE", "h5": "MWEB"}
STATES = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "REFUND": "订单发生过退款，退款详情请查询退款单",
    "CLOSED": "订单已关闭",
}
FAILED = "支付失败，请重新下单支付"
WALLET = "支付用户零钱"


def parties(order: Order) -> dict[str, str]:
    """Whose order it is, without the apps."""
    if order.partner:
        return {"sp_mchid": order.merchant.mchid, "sub_mchid": str(order.sub_mchid)}
    return {"mchid": order.merchant.mchid}


def payment_resource(order: Order, pretend_paid: bool = False) -> dict[str, Any]:
    """The payment resource. One that is not paid tells little.

    :param pretend_paid: for a forgery: as if it were.
    """
    apps = ("sp_appid", "sub_appid") if order.partner else ("appid",)
    told = parties(order) | {name: order.params[name] for name in apps if name in order.params}
    told |= {"out_trade_no": order.number, "attach": order.params.get("attach", "")}
    if not (order.is_paid or pretend_paid):
        return told | {
            "trade_state": order.trade_state,
            "trade_state_desc": FAILED if order.failed and order.trade_state == "NOTPAY" else STATES[order.trade_state],
        }
    state = order.trade_state if order.is_paid else "SUCCESS"
    told |= {
        "transaction_id": order.transaction_id or "42SIM20260101000000000000",
        "trade_type": TRADE_TYPE[order.channel],
        "trade_state": state,
        "trade_state_desc": STATES[state],
        "bank_type": "OTHERS",
        "success_time": beijing(order.paid_at or now()),
        "payer": payer(order),
        "amount": {
            "total": order.total,
            "payer_total": order.total - order.coupon,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }
    return told | ({"promotion_detail": [_coupon(order)]} if order.coupon else {})


def payer(order: Order) -> dict[str, str]:
    """Who paid, by the names of the app that he used."""
    if not order.partner:
        return {"openid": order.openid}
    given: dict[str, str] = order.params.get("payer", {})
    name = "sub_openid" if "sub_openid" in given or "sub_appid" in order.params else "sp_openid"
    return {name: order.openid}


def refund_answer(refund: Refund) -> dict[str, Any]:
    """The refund, as asking for it and querying it answers."""
    order = refund.order
    told = _refund_numbers(refund) | {
        "channel": "ORIGINAL",
        "user_received_account": WALLET,
        "create_time": beijing(refund.created_at),
        "status": refund.status,
        "funds_account": refund.params.get("funds_account", "UNSETTLED"),
        "amount": _refund_amounts(refund)
        | {
            "from": refund.params["amount"].get("from", []),
            "settlement_refund": refund.payer_refund,
            "settlement_total": order.total - order.coupon,
            "discount_refund": refund.amount - refund.payer_refund,
            "currency": "CNY",
            "refund_fee": 0,
        },
        "promotion_detail": [],
    }
    if refund.amount > refund.payer_refund:
        told["promotion_detail"] = [
            {
                "promotion_id": "SIM-COUPON",
                "scope": "GLOBAL",
                "type": "DISCOUNT",
                "amount": order.coupon,
                "refund_amount": refund.amount - refund.payer_refund,
            }
        ]
    if refund.status == "SUCCESS" and refund.finished_at is not None:
        told["success_time"] = beijing(refund.finished_at)
    return told


def refund_notice(refund: Refund) -> dict[str, Any]:
    """The refund, as a notice tells it: the status has another name, and there is no currency."""
    told = (
        parties(refund.order)
        | _refund_numbers(refund)
        | {
            "refund_status": refund.status,
            "user_received_account": WALLET,
            "amount": _refund_amounts(refund),
        }
    )
    if refund.status == "SUCCESS" and refund.finished_at is not None:
        told["success_time"] = beijing(refund.finished_at)
    return told


def _refund_numbers(refund: Refund) -> dict[str, Any]:
    return {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.number,
        "transaction_id": refund.order.transaction_id,
        "out_trade_no": refund.order.number,
    }


def _refund_amounts(refund: Refund) -> dict[str, Any]:
    return {
        "total": refund.order.total,
        "refund": refund.amount,
        "payer_total": refund.order.total - refund.order.coupon,
        "payer_refund": refund.payer_refund,
    }


def _coupon(order: Order) -> dict[str, Any]:
    return {
        "coupon_id": "SIM-COUPON",
        "name": "券",
        "scope": "GLOBAL",
        "type": "NOCASH",
        "amount": order.coupon,
        "stock_id": "SIM-STOCK",
        "wechatpay_contribute": 0,
        "merchant_contribute": order.coupon,
        "other_contribute": 0,
        "currency": "CNY",
    }
