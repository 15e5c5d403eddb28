"""What a merchant sets about freight."""

from core import fields

METHODS = ("courier", "ordinary_mail")


class Settings(fields.In):
    """How templates work together, and which ways to deliver they are for."""

    several_templates = fields.Choice(
        "add_up",
        "dearest_first_unit",
        load_default="add_up",
        metadata={
            "title_en": "Several templates in one cart",
            "title_zh": "多个运费模板同时使用时",
            "description": "add_up: each is charged whole; dearest_first_unit: one first price, all else as more units",
        },
    )
    methods = fields.ListOf(
        fields.Code(),
        min=1,
        max=20,
        load_default=lambda: list(METHODS),
        metadata={"title_en": "Delivery methods the templates are for", "title_zh": "适用的配送方式"},
    )
