"""What the control API shows of trades, refunds, notices and apps."""

from typing import Any

from plugins.alipay.simulator.merchants import Merchant
from plugins.alipay.simulator.world import Notice, Refund, Trade


def show_merchant(merchant: Merchant, url: str) -> dict[str, Any]:
    """Ready settings of an account, and what its map of stores may say."""
    return {"settings": merchant.settings(url), "stores": merchant.stores()}


def show_trade(trade: Trade) -> dict[str, Any]:
    """One trade; amounts in fen. ``opened``: whether queries know it."""
    return {
        "merchant": trade.merchant.name,
        "seller_id": trade.whose.seller_id,
        "out_trade_no": trade.number,
        "trade_no": trade.trade_no,
        "product": trade.product,
        "amount": trade.amount,
        "coupon": trade.coupon,
        "trade_status": trade.status,
        "opened": trade.opened,
        "paid": trade.is_paid,
        "refunded": trade.refunded,
        "sub_merchant": trade.biz.get("sub_merchant", {}).get("merchant_id"),
        "notify_url": trade.notify_url,
        "cashier": f"/cashier/{trade.token}",
        "refunds": [show_refund(one) for one in trade.refunds],
    }


def show_refund(refund: Refund) -> dict[str, Any]:
    """One refund, in fen."""
    return {
        "out_trade_no": refund.trade.number,
        "out_request_no": refund.number,
        "amount": refund.amount,
        "status": "REFUND_SUCCESS" if refund.done_at else "REFUND_PROCESSING",
    }


def show_notice(notice: Notice) -> dict[str, Any]:
    """One notice that is not accepted yet."""
    return {
        "id": notice.id,
        "merchant": notice.merchant.name,
        "trade_status": notice.params.get("trade_status"),
        "number": notice.number,
        "refund_number": notice.refund_number,
        "url": notice.url,
        "due_at": notice.due_at.isoformat(),
        "held": notice.held,
        "tries": notice.tries,
    }
