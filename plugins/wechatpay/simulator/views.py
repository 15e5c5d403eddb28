"""What the control API shows of orders, refunds, notices and merchants."""

from typing import Any

from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.resources import refund_answer
from plugins.wechatpay.simulator.world import Notice, Order, Refund


def show_merchant(merchant: Merchant, url: str) -> dict[str, Any]:
    """Ready settings of an account, and what a provider's map of stores needs."""
    return {
        "settings": merchant.settings(url),
        "sub_mchids": list(merchant.role.subs),
        "sub_appids": dict(merchant.role.subs),
        "apps": list(merchant.apps),
        "platform_serials": [key.serial for key in merchant.valid_certificates()],
    }


def show_order(order: Order) -> dict[str, Any]:
    """One order."""
    return {
        "merchant": order.merchant.name,
        "mchid": order.merchant.mchid,
        "sub_mchid": order.sub_mchid,
        "out_trade_no": order.number,
        "channel": order.channel,
        "total": order.total,
        "payer_total": order.total - order.coupon,
        "trade_state": order.trade_state,
        "transaction_id": order.transaction_id,
        "openid": order.openid,
        "attach": order.params.get("attach", ""),
        "notify_url": order.params["notify_url"],
        "refunds": [one.number for one in order.refunds],
        "to_split": bool(order.params.get("settle_info", {}).get("profit_sharing")),
        "unfrozen": order.unfrozen,
    }


def show_refund(refund: Refund) -> dict[str, Any]:
    """One refund."""
    return refund_answer(refund) | {"merchant": refund.order.merchant.name}


def show_notice(notice: Notice) -> dict[str, Any]:
    """One notice that is not accepted yet."""
    return {
        "id": notice.id,
        "merchant": notice.merchant.name,
        "event_type": notice.event_type,
        "number": notice.number,
        "url": notice.url,
        "due_at": notice.due_at.isoformat(),
        "held": notice.held,
        "tries": notice.tries,
    }
