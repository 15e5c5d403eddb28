"""What a merchant sets: how long to wait for a row, when to begin, and what channels should charge."""

from core import fields


class Settings(fields.In):
    """How bills are compared."""

    pool_days = fields.Count(
        min=0,
        max=30,
        load_default=3,
        metadata={
            "title_en": "Further bills to wait for before money counts as missing at the channel",
            "title_zh": "渠道缺单等待账单天数",
        },
    )
    hour = fields.Count(
        min=9,
        max=23,
        load_default=10,
        metadata={"title_en": "Fetch bills from this hour on (Beijing time)", "title_zh": "账单拉取时间（北京时间）"},
    )
    fee_rates = fields.MapOf(
        fields.Count(max=10_000),
        key=fields.Text(100),
        load_default=dict,
        metadata={
            "title_en": "Fee by name or id of the account, hundredths of a per cent",
            "title_zh": "各账户手续费率（万分之几）",
        },
    )
