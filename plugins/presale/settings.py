"""What a merchant sets for all presales."""

from core import fields


class Settings(fields.In):
    """How high deposits may be, and where compensations go."""

    deposit_percent = fields.Count(
        min=1,
        max=100,
        load_default=20,
        metadata={
            "title_en": "A deposit is at most so many per cent of the price",
            "title_zh": "定金占预售价的最高百分比",
            "description": "what is above 20 per cent is no deposit by law (Civil Code of China, article 586)",
        },
    )
    compensation_tender = fields.Code(
        load_default="balance",
        metadata={"title_en": "Where compensations are paid into", "title_zh": "赔付入账方式"},
    )
