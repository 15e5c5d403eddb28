"""What a merchant sets, and what a storefront says under `options.coupons`."""

from typing import Any

from marshmallow import post_load

from core import fields

#: longer than this no code is, so that none is taken for a coupon's id
CODE_LENGTH = 30
MOST_CODES, MOST_IDS = 5, 10


class Settings(fields.In):
    """How the merchant handles coupons."""

    return_after_refund = fields.Flag(
        load_default=False,
        metadata={"title_en": "Give coupons back after a whole refund", "title_zh": "整单退款后退还优惠券"},
    )


class Options(fields.In):
    """Coupons for a quote or an order: public codes, and ids of the buyer's own coupons."""

    codes = fields.ListOf(fields.Code(max=CODE_LENGTH), max=MOST_CODES, load_default=list)
    ids = fields.ListOf(fields.Identifier(), max=MOST_IDS, load_default=list)

    @post_load
    def as_text(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """As the order keeps them: codes in capitals, ids as text."""
        return {"codes": [code.upper() for code in values["codes"]], "ids": [str(one) for one in values["ids"]]}
