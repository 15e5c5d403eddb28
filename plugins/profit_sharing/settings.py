"""What a merchant sets: when to split, and what all shares may come to."""

from core import fields


class Settings(fields.In):
    """How payments are split."""

    days = fields.Count(
        min=0,
        max=25,
        load_default=0,
        metadata={"title_en": "Days after completion until it is split", "title_zh": "订单完成后几天分账"},
    )
    cap_basis_points = fields.Count(
        min=1,
        max=10_000,
        load_default=3000,
        metadata={
            "title_en": "What all shares and the fee may come to, hundredths of a per cent of what is paid",
            "title_zh": "分账最高比例（万分之几，含手续费）",
        },
    )
    fee_basis_points = fields.Count(
        min=0,
        max=1000,
        load_default=60,
        metadata={
            "title_en": "The channel's fee, hundredths of a per cent, rounded up: it is not shared",
            "title_zh": "渠道手续费率（万分之几）",
        },
    )
