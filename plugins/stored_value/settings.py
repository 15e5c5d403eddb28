"""What a merchant sets, and what a storefront may say when it sells a card."""

from core import fields


class Settings(fields.In):
    """How long cards live, and when their owners are reminded."""

    renew_days = fields.Count(
        min=1,
        max=3650,
        load_default=90,
        metadata={
            "title_en": "Days a card lives on when money comes back to it after it expired",
            "title_zh": "过期卡收到退款后的延长天数",
        },
    )
    remind_days = fields.Count(
        max=365,
        load_default=7,
        metadata={
            "title_en": "Days before expiry to remind the owner (0: never)",
            "title_zh": "到期前提醒天数（0 不提醒）",
        },
    )


class Options(fields.In):
    """What a storefront may say under `options.stored_value` when it buys cards."""

    gift = fields.Flag(
        load_default=False,
        metadata={"description": "Issue the cards to nobody: the buyer asks for a code and hands it over."},
    )
