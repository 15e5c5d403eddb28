"""Why an order is closed or money goes back: the codes, with their texts."""

from collections.abc import Mapping

from core.errors import Invalid

CLOSE_REASONS: Mapping[str, Mapping[str, str]] = {
    "expired": {"en": "not paid in time", "zh": "超时未付款"},
    "final_timeout": {"en": "a later instalment was not paid in time", "zh": "超时未付尾款"},
    "buyer": {"en": "cancelled by the buyer", "zh": "买家取消"},
    "unreachable": {"en": "the buyer cannot be reached", "zh": "无法联系买家"},
    "mistake": {"en": "ordered by mistake", "zh": "买家误拍"},
    "bad_faith": {"en": "ordered in bad faith", "zh": "恶意下单"},
    "out_of_stock": {"en": "out of stock", "zh": "缺货"},
    "other": {"en": "other", "zh": "其他"},
}

REFUND_REASONS: Mapping[str, Mapping[str, str]] = {
    "no_reason": {"en": "no reason given", "zh": "无理由"},
    "changed_mind": {"en": "not wanted any more", "zh": "不想要了"},
    "promotion_not_applied": {"en": "a promotion was not applied", "zh": "未享受优惠"},
    "late": {"en": "delivered late", "zh": "配送太慢"},
    "not_as_agreed": {"en": "not sent as agreed", "zh": "未按约定发货"},
    "lost": {"en": "the parcel is lost", "zh": "包裹丢失"},
    "empty": {"en": "the parcel was empty", "zh": "空包裹"},
    "wrong_goods": {"en": "wrong goods", "zh": "发错货"},
    "missing_pieces": {"en": "pieces are missing", "zh": "少件"},
    "damaged": {"en": "damaged", "zh": "破损"},
    "not_as_described": {"en": "not as described", "zh": "与描述不符"},
    "expired_goods": {"en": "expired or spoiled", "zh": "过期或变质"},
    "rejected": {"en": "the merchant rejects the order", "zh": "商家拒单"},
    "stock_failure": {"en": "the merchant cannot supply", "zh": "库存不足"},
    "order_closed": {"en": "the order was closed", "zh": "订单关闭"},
    "late_payment": {"en": "the money came too late", "zh": "付款过迟"},
    "duplicate_payment": {"en": "it was paid twice", "zh": "重复付款"},
    "other": {"en": "other", "zh": "其他"},
}

#: reasons that only the system gives
SYSTEM_REASONS = ("order_closed", "late_payment", "duplicate_payment")
#: those of them that a buyer may give; the others are the merchant's and the system's
BUYER_REASONS = tuple(code for code in REFUND_REASONS if code not in ("rejected", "stock_failure", *SYSTEM_REASONS))


def check_reason(code: str, table: Mapping[str, Mapping[str, str]] = REFUND_REASONS) -> None:
    """:raises Invalid: *code* is not in *table*; the message lists what is."""
    if code not in table:
        raise Invalid.field("/reason", f"{code!r} is no reason; one of: {', '.join(table)}.", "reason")
