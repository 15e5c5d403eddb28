"""What a merchant sets about webhooks."""

from core import fields

NAME = "webhooks"


class Settings(fields.In):
    """Limits, patience, and how long things are kept."""

    most_endpoints = fields.Count(
        min=1, max=50, load_default=10, metadata={"title_en": "Endpoints at most", "title_zh": "最多端点数"}
    )
    most_waiting = fields.Count(
        min=10,
        max=100_000,
        load_default=10_000,
        metadata={"title_en": "Deliveries waiting per endpoint at most", "title_zh": "每个端点最多等待的投递数"},
    )
    disable_after_days = fields.Count(
        min=1,
        max=30,
        load_default=5,
        metadata={"title_en": "Disable after days of failure", "title_zh": "连续失败几天后停用"},
    )
    keep_days = fields.Count(
        min=7,
        max=365,
        load_default=30,
        metadata={"title_en": "Keep the delivery log for days", "title_zh": "投递日志保留天数"},
    )
    overlap_hours = fields.Count(
        min=0,
        max=168,
        load_default=24,
        metadata={"title_en": "Hours for which an old secret signs as well", "title_zh": "旧密钥继续签名的小时数"},
    )
