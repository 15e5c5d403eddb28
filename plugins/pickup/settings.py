"""What a merchant sets, and what a storefront says under `options.pickup`."""

from typing import Any

from marshmallow import post_load

from core import fields


class Settings(fields.In):
    """How long goods wait at the store, and what becomes of those that nobody fetches."""

    valid_days = fields.Count(
        max=3650,
        load_default=30,
        metadata={
            "title_en": "Days the code is good for, from payment or from the end of the slot (0: for ever)",
            "title_zh": "提货码有效天数，自付款或预约时段结束起算（0 不过期）",
        },
    )
    remind_days = fields.Count(
        max=365,
        load_default=3,
        metadata={
            "title_en": "Days before the code expires to remind the buyer (0: never)",
            "title_zh": "到期前提醒天数（0 不提醒）",
        },
    )
    on_expiry = fields.Choice(
        "refund",
        "close",
        load_default="refund",
        metadata={
            "title_en": "When nobody came: refund what was not fetched, or close the order and keep the money",
            "title_zh": "过期未提货：自动退款，或关闭订单不退款",
        },
    )
    wrong_codes = fields.Count(
        min=1,
        max=1000,
        load_default=10,
        metadata={
            "title_en": "Wrong codes that one verifier may enter in ten minutes",
            "title_zh": "每位核销员十分钟内可输错次数",
        },
    )


class Options(fields.In):
    """Where and when the buyer fetches the goods."""

    store = fields.Code(metadata={"description": "the store; left out, it is that of `delivery.store`"})
    slot = fields.Moment(metadata={"description": "when a slot begins, as GET pickup/stores lists them"})

    @post_load
    def as_text(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """As the order keeps it: the moment as text."""
        if "slot" in values:
            values["slot"] = values["slot"].isoformat()
        return values
